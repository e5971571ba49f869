"""A report is read in the gateway: told in full, without Rasa, and forgotten but for the names of its findings."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.channels.gateway import reports as gateway_reports
from bot.channels.gateway.normalise import normalise, places
from bot.channels.gateway.reports import Reports, asked_beside
from bot.channels.gateway.words import Clinic
from knowledge.passages import Library, Review
from tests.channels.conftest import EXPLANATION, Gateway

REPORT = (
    "MRI LEFT KNEE\n\nFINDINGS: There is a small joint effusion. No fracture. A stress reaction cannot be excluded. "
    "ACL is intact. Prominent plica.\n\nIMPRESSION: Small joint effusion."
)


async def told(gateway: Gateway, report: str = REPORT) -> dict[str, Any]:
    [message] = (await gateway.send({"report": report})).json()["messages"]
    assert message["type"] == "report"
    return dict(message)


def reviewed_until(library: Library, last: dt.date) -> Library:
    """The same library, with the review of the joint effusion good until `last`."""
    review = Review("reviewed", "radiologist", last, last)
    effusion = library.findings["joint-effusion"]
    effusion = replace(effusion, passages=tuple(replace(p, review=review) for p in effusion.passages))
    return replace(library, findings={**library.findings, "joint-effusion": effusion})


async def test_what_has_run_out_of_its_review_is_not_shown_from_the_next_day_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = dt.date(2027, 3, 31)
    library, reader = gateway_reports._reader()
    monkeypatch.setattr(gateway_reports, "_reader", lambda: (reviewed_until(library, last), reader))
    days = [last]
    clinic = Clinic(
        name="Elm", phone="1", emergency_number="2", crisis_line="3", booking_url="", opening_hours="", serve="reviewed"
    )
    reports = Reports(clinic, lambda: days[0])

    async def shown() -> list[tuple[str, bool]]:
        telling = await reports.tell("FINDINGS: Small joint effusion.")
        return [(f.passage_id or "", bool(f.short)) for f in telling.findings]

    assert await shown() == [("joint-effusion#what-it-is", True)]
    days[0] = last + dt.timedelta(days=1)
    assert await shown() == [("", False)]


class TestWhatIsTold:
    async def test_each_finding_stands_in_the_group_of_what_the_report_says_of_it(self, gateway: Gateway) -> None:
        report = (await told(gateway))["report"]
        assert {g["status"]: [f["finding"] for f in g["findings"]] for g in report["groups"]} == {
            "present": ["joint-effusion"], "uncertain": ["stress-fracture"], "absent": ["fracture", "acl-tear"],
        }  # fmt: skip
        numbers = [f["number"] for group in report["groups"] for f in group["findings"]]
        assert numbers == [1, 2, 3, 4]

    async def test_offsets_point_at_the_words_as_they_were_sent(self, gateway: Gateway) -> None:
        sent = "\r\n  " + REPORT.replace("\n", "\r\n").replace("joint", "jo\u200bint").replace(
            "fracture", "fractu\u0301re"
        )
        mentions = (await told(gateway, sent))["report"]["mentions"]
        assert {m["finding"] for m in mentions} >= {"joint-effusion", "stress-fracture", "acl-tear"}
        for mention in mentions:
            assert normalise(sent[mention["start"] : mention["end"]]) == mention["term"]

    async def test_its_buttons_open_passages(self, gateway: Gateway) -> None:
        message = await told(gateway)
        first = message["report"]["groups"][0]["findings"][0]
        assert message["buttons"][0] == {"title": "What is a joint effusion?", "action": first["action"]}
        assert first["title"] == "What is a joint effusion?"
        gateway.rasa.says({"custom": EXPLANATION})
        await gateway.send({"action": first["action"]})
        payload = gateway.rasa.sent[-1]["payload"]
        assert payload == '/explain_passage{"passage": "joint-effusion#what-it-is"}'

    async def test_the_text_alone_says_all_of_it(self, gateway: Gateway) -> None:
        message = await told(gateway)
        report = message["report"]
        parts = [report["opening"], *report["questions"], *report["unexplained"], *report["normal"], report["closing"]]
        parts += [f["name"] for group in report["groups"] for f in group["findings"]]
        parts += [q["sentence"] for group in report["groups"] for f in group["findings"] for q in f["quotes"]]
        assert [part for part in parts if part not in message["text"]] == []

    async def test_the_clinics_names_are_filled_in_our_words_and_not_in_the_patients(self, gateway: Gateway) -> None:
        message = await told(gateway, REPORT.replace("Prominent plica", "Prominent $clinic_name plica"))
        assert "North Clinic, 555 0100." in message["report"]["sheet"]["text"]
        assert "call 911" in message["report"]["sheet"]["html"]
        assert "North Clinic plica" not in json.dumps(message)

    async def test_what_nothing_is_known_of_is_said_kindly(self, gateway: Gateway) -> None:
        [message] = (await gateway.send({"report": "Lorem ipsum dolor sit amet."})).json()["messages"]
        assert (message["type"], message["text"]) == ("unknown", "Please type the words you want explained.")

    async def test_a_reading_needs_no_rasa(self, gateway: Gateway) -> None:
        gateway.rasa.answer = lambda request: httpx.ConnectError("down")
        assert (await told(gateway))["report"]["mentions"]


class TestWhatRasaLearns:
    async def test_the_findings_in_their_order_and_none_of_the_words(self, gateway: Gateway) -> None:
        await told(gateway)
        noted = (
            "joint-effusion|present|left|;stress-fracture|uncertain|left|;fracture|absent|left|;acl-tear|absent|left|"
        )
        [sent] = gateway.rasa.sent
        assert sent["payload"] == f'/note_report{{"report_findings": "{noted}"}}'

    async def test_what_it_did_not_get_it_gets_before_the_next_message(self, gateway: Gateway) -> None:
        gateway.rasa.answer = lambda request: httpx.ConnectError("down")
        await told(gateway)
        gateway.rasa.says({"text": "ok"})
        gateway.rasa.sent.clear()
        await gateway.ask("is the second one serious")
        assert [next(iter(set(sent) - {"conversation"})) for sent in gateway.rasa.sent] == ["payload", "text"]
        await gateway.ask("and the first")
        assert len(gateway.rasa.sent) == 3


class TestTypedIntoTheOrdinaryInput:
    async def test_a_report_is_read_and_never_goes_to_rasa(self, gateway: Gateway) -> None:
        [message] = await gateway.ask(REPORT)
        assert message["type"] == "report"
        assert [sent for sent in gateway.rasa.sent if "text" in sent] == []

    async def test_the_question_beside_it_is_answered_after_it(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        messages = await gateway.ask(REPORT + "\n\nIs the effusion serious?")
        assert [message["type"] for message in messages] == ["report", "explanation"]
        assert [sent["text"] for sent in gateway.rasa.sent if "text" in sent] == ["Is the effusion serious?"]

    async def test_a_danger_sign_beside_it_comes_first(self, gateway: Gateway) -> None:
        messages = await gateway.ask(REPORT + "\n\nI have crushing chest pain and can't breathe, is it that?")
        assert [message["type"] for message in messages][:2] == ["urgent", "report"]

    async def test_a_quote_without_a_question_is_read(self, gateway: Gateway) -> None:
        [message] = await gateway.ask("my report says there is a small joint effusion and no fracture")
        assert [m["status"] for m in message["report"]["mentions"]] == ["present", "absent"]

    async def test_a_quote_of_one_finding_is_explained(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask("my report says there is a small joint effusion. im 54")
        assert message["type"] == "explanation"
        # where it has no explanation, and where the report is not sure, or denies it, the words are read
        [message] = await gateway.ask("my report says a joint effusion is not excluded")
        assert message["type"] == "report"
        gateway.rasa.says({"custom": {"type": "unknown", "text": "No."}})
        [message] = await gateway.ask("my report says there is a small joint effusion. im 54")
        assert message["type"] == "report"

    async def test_a_question_that_quotes_is_a_question(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask("my report says there is a small joint effusion, is that bad?")
        assert message["type"] == "explanation"

    async def test_where_the_question_has_no_answer_the_quote_is_read(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": {"type": "unknown", "text": "No."}})
        [message] = await gateway.ask("my report says there is a small joint effusion, is that bad?")
        assert message["type"] == "report"

    async def test_words_that_quote_no_report_go_to_rasa(self, gateway: Gateway) -> None:
        [message] = await gateway.ask("what is a joint effusion")
        assert message["text"] == "ok"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("FINDINGS: Effusion. Is that serious?", "Is that serious?"),
        ("Pain ?mets ?cord compression. FINDINGS: Effusion.", ""),
        ("What now? FINDINGS: Effusion.", "What now?"),
        ("FINDINGS: Effusion.", ""),
        ("FINDINGS: " + "very " * 60 + "long?", ""),
        ('It reads "no fracture?" and more', "no fracture?"),
        # without its mark, as the last thing that is said
        ("FINDINGS: Effusion. Is a fluid bad", "Is a fluid bad"),
        ("FINDINGS: Effusion.\nso what does this mean", "so what does this mean"),
        ("FINDINGS: Effusion. why wasnt that seen before", "why wasnt that seen before"),
        ("FINDINGS: Effusion. Would recommend an X-ray", ""),
        ("FINDINGS: Is the effusion larger. No.", ""),
    ],
)
def test_the_question_beside_a_report_is_found(text: str, question: str) -> None:
    assert asked_beside(text) == question


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "a",
        "  a b ",
        "a\r\n\r\nb\u2028c",
        "e\u0301\u200be\u202e",
        "\ud83d\ude00",
        "👩\u200d👩 x",
        "n\u200dn",
        "\ud800a\x00b",
    ],
)
def test_every_character_is_found_where_it_was_sent(sent: str) -> None:
    clean = normalise(sent)
    origin = places(sent, clean)
    assert len(origin) == len(clean)
    assert [start for start, _ in origin] == sorted(start for start, _ in origin)
    for character, (start, end) in zip(clean, origin, strict=True):
        assert normalise(sent[start:end]) == character or not character.strip() or character in "\u200d"
