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
REPORT = "FINDINGS: Marrow edema of the medial femoral condyle. No fracture. IMPRESSION: Bone contusion."


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
        found |= {passage.title, library().question(passage), *sentences(passage.text), *passage.text.split("\n")}
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
            found.append(_opened(text.replace("$flags", "{flags}").replace(" $advice", "{advice}")))
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


def untraced(message: Mapping[str, Any]) -> list[str]:
    """What a message says that stands in no file."""
    return [part for part in _parts(message) if not _stands(part)]


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
        yield text
    for row in [*message["buttons"], *message.get("choices", [])]:
        yield row["title"]


def _stands(part: str) -> bool:
    if hashed(part) in written():
        return True
    for response in responses():
        match = response.fullmatch(part)
        if match and all(_is_filled_from_a_file(name, value) for name, value in match.groupdict().items()):
            return True
    return _is_title_of_a_response(part)


def _is_title_of_a_response(part: str) -> bool:
    """Buttons of responses have titles of their own."""
    found = []
    for file in sorted((ROOT / "bot/domain").glob("*.yml")):
        found += re.findall(r"title: (.+)", file.read_text(encoding="utf-8"))
    return part in found


def _is_filled_from_a_file(name: str, value: str) -> bool:
    match name:
        case "flags":
            return set(value.split("; ")) <= flags()["name"]
        case "advice":
            return set(sentences(value.strip())) <= flags()["advice"]
        case "phrase":
            return any(value == finding.phrase for finding in library().findings.values())
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
                strange += untraced(message)
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
    changed = {**sound, "type": "urgent", "text": "This can be an emergency: a broken heart. Call 911 now."}
    assert untraced(changed) == [changed["text"]]
