"""What Rasa does not check of its domain, rules and buttons (`rasa data validate` warns of little and exits 0)."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter, Template
from typing import Any

import pytest
import yaml

from actions.__main__ import actions
from actions.explain_about import TOPICS
from bot.channels.gateway.words import RESPONSES, Clinic
from knowledge.passages import Library, load_aspects
from knowledge.retrieval import Retriever

from .conftest import ROOT, StrictLoader, read, read_folder

ASPECT_INTENTS = {aspect: "ask_" + aspect.replace("-", "_") for aspect in load_aspects()}
# Rasa's own: the FallbackClassifier's intent, and actions that every bot has.
RASA_INTENTS = {"nlu_fallback"}
RASA_ACTIONS = {"action_listen", "action_restart", "action_default_fallback"}


def steps(rules: list[dict[str, Any]], key: str) -> list[str]:
    return [step[key] for rule in rules for step in rule["steps"] if key in step]


def said_in_actions() -> set[str]:
    """Response names in the code of actions/ and of the gateway; a name with a part filled in ends with `*`."""
    found = set(RESPONSES)
    for path in (ROOT / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.add("".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values))
            elif isinstance(node, ast.Constant):
                found.add(str(node.value))
    # what ends with _ is the first part of a name that is filled in
    return {name for name in found if name.startswith("utter_") and not name.endswith("_")}


def buttons(content: Any) -> Iterator[dict[str, str]]:
    """Every button below a piece of YAML, also those of custom messages."""
    if isinstance(content, dict):
        yield from content.get("buttons") or ()
        content = list(content.values())
    if isinstance(content, list):
        for child in content:
            yield from buttons(child)


def texts(content: Any) -> Iterator[str]:
    """Every text and button title below a piece of YAML."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in ("text", "title") and isinstance(value, str):
                yield value
            yield from texts(value)
    elif isinstance(content, list):
        for child in content:
            yield from texts(child)


@pytest.mark.parametrize("folder", ["bot", "data", "knowledge", "tests/stories", "tests/nlu"])
def test_no_key_stands_twice_in_a_yaml_file(folder: str) -> None:
    read_folder(folder)  # raises, naming file and line
    read(ROOT / "config.yml")


def test_a_key_that_stands_twice_would_be_seen() -> None:
    with pytest.raises(yaml.constructor.ConstructorError, match=r"stands twice: utter_a\n.*line 2"):
        yaml.load("responses:\n  utter_a: [{text: One}]\n  utter_b: []\n  utter_a: [{text: Two}]\n", StrictLoader)


@pytest.mark.parametrize("section", ["intents", "entities", "slots", "responses", "actions", "forms"])
def test_nothing_is_declared_in_two_domain_files(domain_files: dict[str, Any], section: str) -> None:
    declared = Counter(
        next(iter(name)) if isinstance(name, dict) else name
        for content in domain_files.values()
        for name in content.get(section) or ()
    )
    assert {name: times for name, times in declared.items() if times > 1} == {}


def test_each_domain_file_shares_its_name_with_its_rules_and_examples(domain_files: dict[str, Any]) -> None:
    # nobody asks for what red_flags and languages hold: the gateway and the answers in other languages say it
    topics = {Path(file).stem for file in domain_files} - {"_shared", "red_flags", "languages"}
    assert {path.stem for path in (ROOT / "data/rules").iterdir()} == topics
    # those hold examples of many topics, by how they were written
    assert {path.stem for path in (ROOT / "data/nlu").iterdir()} - {"labelled", "chat_turns"} == topics


def test_the_labelled_examples_are_of_findings_and_topics_that_there_are(library: Library) -> None:
    assert len(library.labelled) > 2000
    unknown = {about for *_, about in library.labelled} - set(library.findings) - set(library.passages)
    assert unknown == set()
    assert {about for *_, about in library.labelled} >= set(library.findings)


def test_every_action_of_the_rules_is_in_the_domain_and_in_actions_and_the_other_way_round(
    domain_files: dict[str, Any], rules: list[dict[str, Any]], library: Library
) -> None:
    class Unasked(Retriever):
        def __init__(self) -> None:
            self.library = library

    declared = {name for content in domain_files.values() for name in content.get("actions") or ()}
    fallbacks = {
        value
        for policy in read(ROOT / "config.yml")["policies"]
        for key, value in policy.items()
        if key.endswith("action_name")
    }
    used = {name for name in steps(rules, "action") if name.startswith("action_")} | fallbacks
    assert declared == {action.name() for action in actions(Unasked())}
    assert declared == used - RASA_ACTIONS


def test_every_response_that_is_said_is_written_and_the_other_way_round(
    responses: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    said = {name for name in steps(rules, "action") if name.startswith("utter_")} | said_in_actions()
    written = set(responses)
    patterns = {re.compile(re.escape(name).replace(r"\*", r"\w+")) for name in said}
    assert {name for name in written if not any(p.fullmatch(name) for p in patterns)} == set()
    assert {p.pattern for p in patterns if not any(p.fullmatch(name) for name in written)} == set()


def test_every_intent_but_the_buttons_has_one_rule_and_every_rule_one_intent(
    intents: list[str], rules: list[dict[str, Any]]
) -> None:
    assert Counter(steps(rules, "intent")) == Counter([*intents, *RASA_INTENTS])
    assert [
        rule["rule"] for rule in rules if [next(iter(step)) for step in rule["steps"]] != ["intent", "action"]
    ] == []


def test_no_two_rules_have_the_same_name(rules: list[dict[str, Any]]) -> None:
    assert [name for name, times in Counter(rule["rule"] for rule in rules).items() if times > 1] == []


def test_every_aspect_has_its_intent_its_rule_and_its_file_of_examples(
    intents: list[str], rules: list[dict[str, Any]]
) -> None:
    answered = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}
    files = {path.stem: read(path)["nlu"] for path in (ROOT / "data/nlu/explain_finding").iterdir()}
    assert sorted(ASPECT_INTENTS.values()) == sorted(set(intents) & set(ASPECT_INTENTS.values())) == sorted(files)
    assert {answered[intent] for intent in ASPECT_INTENTS.values()} == {"action_explain_finding"}
    assert {name: [row["intent"] for row in rows] for name, rows in files.items()} == {name: [name] for name in files}


def test_the_intents_about_plainscan_lead_to_the_action_that_knows_their_topic(rules: list[dict[str, Any]]) -> None:
    about = {r["steps"][0]["intent"] for r in rules if r["steps"][1].get("action") == "action_explain_about"}
    assert about == set(TOPICS)


def fault_of(payload: str, intents: list[str], entities: set[str], library: Library) -> str | None:
    """Why a button's payload leads nowhere, or None."""
    # doubled where Rasa itself says it, which would take single braces for slots
    match = re.fullmatch(r"/(\w+)(\{.*\})?", payload.replace("{{", "{").replace("}}", "}"))
    if not match or match.group(1) not in intents:
        return "names no intent"
    named = json.loads(match.group(2) or "{}")
    if set(named) - entities:
        return "names no entity"
    if match.group(1) == "explain_passage" and named.get("passage") not in library.passages:
        return "names no passage"
    return None


def test_every_button_leads_to_a_passage_or_an_intent(
    domain_files: dict[str, Any], intents: list[str], library: Library
) -> None:
    entities = {name for content in domain_files.values() for name in content.get("entities") or ()}
    found = [button for content in domain_files.values() for button in buttons(content)]
    in_code = re.findall(r'"(/\w+)"(?! \+)', (ROOT / "actions/messages.py").read_text(encoding="utf-8"))
    payloads = [button["payload"] for button in found] + in_code
    assert len(found) >= 8 and in_code
    assert {p: fault for p in payloads if (fault := fault_of(p, intents, entities, library))} == {}
    assert [button for button in found if not button["title"].strip()] == []


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ("/explain_passage{\"passage\": \"about#colour\"}", "names no passage"),
        ("/explain_passage", "names no passage"),
        ("/explain_passge{\"passage\": \"about#privacy\"}", "names no intent"),
        ("explain_passage", "names no intent"),
        ("/deny{\"colour\": \"red\"}", "names no entity"),
        ("/deny", None),
    ],
)  # fmt: skip
def test_a_button_that_leads_nowhere_would_be_seen(
    intents: list[str], library: Library, payload: str, fault: str | None
) -> None:
    assert fault_of(payload, intents, {"passage"}, library) == fault


def test_a_button_that_names_a_passage_asks_its_question(domain_files: dict[str, Any], library: Library) -> None:
    """A patient gets what the button says, not another aspect."""
    asked = {
        button["title"]: library.passages[
            re.search(r"\"passage\": \"([^\"]+)\"", button["payload"])[1]  # type: ignore[index]
        ]
        for content in domain_files.values()
        for button in buttons(content)
        if button["payload"].startswith("/explain_passage{")
    }
    of_findings = {title: library.question(p) for title, p in asked.items() if p.finding != library.about.id}
    # "it" can stand for the finding that the buttons beside it name
    assert {t: q for t, q in of_findings.items() if t.casefold() not in (q.casefold(), _it(q).casefold())} == {}


def _it(question: str) -> str:
    return question.replace("bone marrow edema", "it")


def test_slots_are_typed_and_steer_no_rule(domain_files: dict[str, Any]) -> None:
    slots = {n: slot for content in domain_files.values() for n, slot in (content.get("slots") or {}).items()}
    assert set(slots) == {
        "finding", "aspect", "body_part", "report_findings", "earlier_finding", "shown_passage", "shown_short",
        "offered_passages", "missed", "cautions", "mentioned_findings",
    }  # fmt: skip
    assert {name for name, slot in slots.items() if slot["type"] == "any" or slot["influence_conversation"]} == set()


def test_the_places_to_fill_in_a_response_are_the_ones_that_are_filled(responses: dict[str, Any]) -> None:
    fields = {
        name: {field for text in texts(variations) for _, field, _, _ in Formatter().parse(text) if field}
        for name, variations in responses.items()
    }
    assert {name: found for name, found in fields.items() if found} == {
        "utter_card": {"title", "passage", "sources", "review"},
        "utter_review_reviewed": {"reviewer_role", "reviewed_on"},
        "utter_finding_assumed": {"phrase"},
        "utter_aspect_missing": {"phrase"},
        "utter_compare_missing": {"phrase"},
        "utter_offer_more": {"phrase"},
        "utter_unknown_of": {"phrase"},
        "utter_same_for_part": {"body_part"},
        "utter_several_unknown": {"question"},
        "utter_sources_of": {"title"},
        "utter_whole_text": {"title"},
    }


def test_what_the_clinic_sets_is_filled_in_everywhere(responses: dict[str, Any]) -> None:
    clinic = Clinic.model_validate(read(ROOT / "bot/clinic.yml"))
    filled = {name: [clinic.fill(text) for text in texts(variations)] for name, variations in responses.items()}
    left = {name: {i for t in found for i in Template(t).get_identifiers()} for name, found in filled.items()}
    # what was found in a message is filled in by the gateway too
    assert {name: fields for name, fields in left.items() if fields - {"flags", "advice"}} == {}
    assert [name for name, fields in left.items() if fields and not name.startswith("utter_urgent_")] == []


def test_every_response_is_said_in_one_way(responses: dict[str, Any]) -> None:
    """Code and gateway read the first variation; a second one would be said by Rasa alone."""
    assert {name: len(variations) for name, variations in responses.items() if len(variations) != 1} == {}


def test_rasa_never_selects_a_part_of_the_domain() -> None:
    """With it every action fails: rasa-sdk then gets no responses, and the patient nothing."""
    endpoint = read(ROOT / "bot/endpoints.yml")["action_endpoint"]
    assert endpoint["url"] and not endpoint.get("enable_selective_domain")


def test_no_test_story_lies_where_rasa_would_learn_from_it() -> None:
    assert [path.name for path in (ROOT / "data").rglob("test_*")] == []
