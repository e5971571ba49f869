"""Whatever is asked, every sentence of the answer stands in a file of the project: traced by hash, over 500 turns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from knowledge.passages import Library, load_library, sentences
from tests.conversations.patient import Patient

ROOT = Path(__file__).parents[2]
TURNS, TURNS_OF_ONE = 520, 13


def hashed(text: str) -> str:
    """Of a text, without the difference that line ends and list marks make."""
    plain = " ".join(text.replace("\n- ", "\n").removeprefix("- ").split())
    return hashlib.sha256(plain.encode()).hexdigest()


@cache
def library() -> Library:
    return load_library()


@cache
def written() -> frozenset[str]:
    """Hashes of each sentence in the passages, of their titles and of the questions that buttons ask."""
    found = set()
    for passage in library().passages.values():
        found |= {passage.title, library().question(passage), *passage.text.split("\n")}
        found |= {*sentences(passage.text), *sentences(passage.short)}
    return frozenset(map(hashed, found))


@cache
def raw() -> str:
    """All files of passages, without source marks, on one line."""
    files = [ROOT / "knowledge/about.md", *sorted((ROOT / "knowledge").glob("*/*.md"))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return " ".join(re.sub(r"\s*\[\^[\w-]+\]", "", text).split())


@cache
def responses() -> tuple[re.Pattern[str], ...]:
    """Each response of bot/domain, with what is filled in by name taken from the clinic, or left open and named."""
    clinic = yaml.safe_load((ROOT / "bot/clinic.yml").read_text(encoding="utf-8"))
    names = {"clinic_name": clinic["name"], "clinic_phone": clinic["phone"]} | {
        name: clinic[name] for name in ("emergency_number", "crisis_line", "booking_url", "opening_hours")
    }
    found = []
    for file in sorted((ROOT / "bot/domain").glob("*.yml")):
        for rows in (yaml.safe_load(file.read_text(encoding="utf-8")).get("responses") or {}).values():
            text = rows[0].get("text") or rows[0]["custom"]["text"]
            for name, value in names.items():
                text = text.replace(f"${name}", value)
            text = text.replace("$flags", "{flags}").replace(" $advice", "{advice}")
            found += map(_opened, dict.fromkeys([text, *sentences(text)]))
    return tuple(found)


def _opened(text: str) -> re.Pattern[str]:
    parts = []
    for literal, field, *_ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if field:
            parts.append(f"(?P<{field}>.*?)")
    return re.compile("".join(parts), re.S)


@cache
def flags() -> Mapping[str, frozenset[str]]:
    rows = yaml.safe_load((ROOT / "knowledge/red_flags.yml").read_text(encoding="utf-8"))["flags"]
    advice = frozenset(s for row in rows if row.get("advice") for s in sentences(row["advice"]))
    return {"name": frozenset(row["name"] for row in rows), "advice": advice}


@cache
def tellings() -> tuple[re.Pattern[str], ...]:
    """Each line that a report can be told in, with what is filled in left open and named."""
    words = yaml.safe_load((ROOT / "knowledge/report_language/telling.yml").read_text(encoding="utf-8"))
    del words["sheet"], words["plain"]
    heads = [f"{status['title'].upper()}. {status['hint']}" for status in words["statuses"].values()]
    lists = [words[name]["title"].upper() for name in ("hedges", "questions")]
    return tuple(
        map(
            _opened,
            [
                *_leaves(words),
                *heads,
                *lists,
                f"{words['opening']} {words['nothing_found']}",
                "{number}. {name}",
                "{number}. {name} ({plain})",
            ],
        )
    )


def _leaves(words: Any) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    else:
        for word in words.values() if isinstance(words, dict) else words:
            yield from _leaves(word)


def untraced(message: Mapping[str, Any], asked: str = "") -> list[str]:
    """What a message says that stands in no file, nor, where a report is quoted, in what was asked."""
    if message["type"] == "report":
        lines = [line.removeprefix("- ") for line in message["text"].split("\n") if line]
        titles = [part for part in _titles(message) if not _stands(part, asked)]
        return titles + [line for line in lines if not _is_told(line, " ".join(asked.split()))]
    return [part for part in _parts(message) if not _stands(part, asked)]


def _is_told(line: str, asked: str) -> bool:
    found = [match for pattern in tellings() if (match := pattern.fullmatch(line))]
    return any(all(_is_told_of(n, v, asked) for n, v in match.groupdict().items()) for match in found)


def _is_told_of(name: str, value: str, asked: str) -> bool:
    match name:
        case "name":
            return any(value == finding.title for finding in library().findings.values())
        case "short" | "question":
            return all(sentence in raw() for sentence in sentences(value))
        case "plain":
            return value in (ROOT / "knowledge/report_language/telling.yml").read_text(encoding="utf-8")
        case "quotes" | "phrases":
            return all(quote.strip("“” …") in asked for quote in value.split(" · "))
        case "first" | "second" | "words":
            return value.strip(" …") in asked
        case "counts":
            return re.fullmatch(r"[\w ,]+", value) is not None
        case _:
            return name == "number" and value.isdigit()


def _parts(message: Mapping[str, Any]) -> Iterator[str]:
    """The text of a message, cut where it was put together."""
    text: str = message["text"]
    if message["type"] == "explanation":
        passage = message["passage"]
        before, _, after = text.partition(passage["text"])
        yield from sentences(passage["text"])
        yield from before.strip().split("\n\n")
        for line in after.strip().split("\n"):
            if line.startswith("Sources: "):
                cited = library().passages[passage["id"]].sources
                if line != "Sources: " + "; ".join(f"{source.org}, {source.year}" for source in cited):
                    yield line
            else:
                yield line
    elif message["type"] == "choices":
        yield from text.split("\n")
    else:
        yield from text.split("\n- ")
    yield from _titles(message)


def _titles(message: Mapping[str, Any]) -> Iterator[str]:
    for row in [*message["buttons"], *message.get("choices", [])]:
        yield row["title"]


def _stands(part: str, asked: str) -> bool:
    """Whether a part stands in a file, as a whole or, where leads were put together, sentence by sentence."""
    return _stands_whole(part, asked) or all(_stands_whole(sentence, asked) for sentence in sentences(part))


def _stands_whole(part: str, asked: str) -> bool:
    if hashed(part) in written():
        return True
    for response in responses():
        match = response.fullmatch(part)
        if match and all(_is_filled_from_a_file(name, value, asked) for name, value in match.groupdict().items()):
            return True
    return _is_title_of_a_response(part)


def _is_title_of_a_response(part: str) -> bool:
    """Buttons of responses have titles of their own."""
    found = []
    for file in sorted((ROOT / "bot/domain").glob("*.yml")):
        found += re.findall(r"title: (.+)", file.read_text(encoding="utf-8"))
    return part in found


def _is_a_flag(text: str) -> bool:
    """A danger sign's name, as it is or as a response says how sure it is."""
    if text in flags()["name"]:
        return True
    filled = [match.groupdict() for response in responses() if (match := response.fullmatch(text))]
    return any(fields.keys() == {"flags"} and fields["flags"] in flags()["name"] for fields in filled)


def _is_filled_from_a_file(name: str, value: str, asked: str) -> bool:
    match name:
        case "flags":
            return all(map(_is_a_flag, value.split("; ")))
        case "advice":
            return set(sentences(value.strip())) <= flags()["advice"]
        case "phrase":
            return any(value == finding.phrase for finding in library().findings.values())
        case "title":
            return hashed(value) in written()
        case "question":
            return value in asked
        case "body_part":
            return value.isalpha() and value in asked.lower()
        case _:
            return False


def turns() -> list[str]:
    """What patients write: questions, dangers and what only looks like one, in turn."""
    gold = [row["text"] for row in yaml.safe_load((ROOT / "tests/questions.yml").read_text(encoding="utf-8"))]
    rows = yaml.safe_load((ROOT / "tests/red_flags/vignettes.yml").read_text(encoding="utf-8"))
    dangers = [text for row in rows for text in row["texts"]]
    step = max(1, len(gold) // (TURNS * 3 // 4))
    mixed = [t for pair in zip(gold[::step], dangers, strict=False) for t in pair] + gold[1::step]
    return [text[:2000] for text in islice(dict.fromkeys(mixed), TURNS)]


def test_every_sentence_said_in_five_hundred_turns_stands_in_a_file(new_patient: Callable[[], Patient]) -> None:
    said, strange, types = turns(), [], set()
    assert len(said) >= 500
    for start in range(0, len(said), TURNS_OF_ONE):
        patient = new_patient()
        strange += [part for message in patient.greeting.messages for part in untraced(message)]
        for text in said[start : start + TURNS_OF_ONE]:
            for message in patient.says(text).messages:
                types.add(message["type"])
                strange += untraced(message, text)
                if message["type"] == "explanation":
                    body = " ".join(message["passage"]["text"].replace("\n- ", "\n").split())
                    assert body in raw().replace(" - ", " "), message["passage"]["id"]
    assert types >= {"explanation", "choices", "unknown", "urgent", "text"}
    assert strange == []


def test_what_stands_in_no_file_would_be_seen() -> None:
    passage = next(iter(library().passages.values()))
    sound = {"type": "text", "text": passage.title, "buttons": []}
    assert untraced(sound) == []
    assert untraced({**sound, "text": passage.title + " It is harmless."}) == [passage.title + " It is harmless."]
    report = {**sound, "type": "report", "text": "Your report: “no fracture”"}
    assert untraced(report, "FINDINGS: no fracture.") == []
    assert untraced(report, "FINDINGS: a fracture.") == [report["text"]]
    invented = {**report, "text": "1. Fracture\nThis is harmless."}
    assert untraced(invented, "no fracture") == ["This is harmless."]
    changed = {**sound, "type": "urgent", "text": "This can be an emergency: a broken heart. Call 911 now."}
    assert untraced(changed) == [changed["text"]]
