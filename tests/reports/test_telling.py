"""What is told of a report, with answers that are known beforehand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import textstat

from knowledge.passages import Library, load_library
from knowledge.reports import Contradiction, Hedge, Mention, Reading, ReportReader, Span, Status
from knowledge.reports.sheet import MOST_ITEMS, MOST_NAMES, MOST_OPEN, Row, sheet, sheet_html, sheet_text
from knowledge.reports.telling import ORDER, Teller, Telling, as_text

TODAY = dt.date(2026, 11, 26)
Tell = Callable[..., Telling]


@pytest.fixture(scope="module", name="library")
def _library() -> Library:
    return load_library()


@pytest.fixture(scope="module", name="teller")
def _teller(library: Library) -> Teller:
    return Teller(library, library)


@pytest.fixture(scope="module", name="reader")
def _reader(library: Library) -> ReportReader:
    return ReportReader(library)


def mention(finding: str, status: str, sentence: str = "", section: str = "findings", **details: str) -> Mention:
    term = finding.replace("-", " ")
    sentence = sentence or f"Something is said of {term} here."
    return Mention(finding, term, Status(status), 0, len(term), sentence, section, **details)  # type: ignore[arg-type]


def told(teller: Teller, *mentions: Mention, **others: object) -> Telling:
    return teller.tell(Reading(mentions=mentions, **others), TODAY)  # type: ignore[arg-type]


class TestTheFindings:
    def test_what_is_there_comes_first_and_in_it_what_the_impression_names(self, teller: Teller) -> None:
        telling = told(
            teller,
            mention("fracture", "absent"), mention("joint-effusion", "present"),
            mention("stress-fracture", "uncertain"),
            mention("bone-bruise", "present", section="impression"), mention("baker-cyst", "prior"),
        )  # fmt: skip
        assert [group.status for group in telling.groups] == list(ORDER)
        assert [(f.number, f.finding) for f in telling.findings] == [
            (1, "bone-bruise"), (2, "joint-effusion"), (3, "stress-fracture"), (4, "fracture"), (5, "baker-cyst"),
        ]  # fmt: skip

    def test_the_opening_counts_them(self, teller: Teller) -> None:
        telling = told(
            teller,
            mention("fracture", "absent"), mention("acl-tear", "absent"), mention("joint-effusion", "present"),
            mention("stress-fracture", "uncertain"),
        )  # fmt: skip
        assert telling.opening.endswith("it names 1 as found, 1 as not certain and 2 as not found.")

    def test_each_has_the_patients_own_sentences_once_with_what_they_say(self, teller: Teller) -> None:
        first, second = "L4-L5: Severe bulge.", "L5-S1:\n  Mild bulge."
        telling = told(
            teller,
            mention("disc-bulge", "present", first, level="L4-L5", severity="Severe"),
            mention("disc-bulge", "present", first, level="L4-L5", severity="Severe"),
            mention("disc-bulge", "present", second, level="L5-S1", severity="Mild", side="bilateral"),
        )
        [finding] = telling.findings
        assert [(quote.sentence, quote.details) for quote in finding.quotes] == [
            (first, ("severe", "L4-L5")), ("L5-S1: Mild bulge.", ("mild", "both sides", "L5-S1")),
        ]  # fmt: skip

    def test_a_very_long_sentence_is_cut_around_the_term(self, teller: Teller) -> None:
        sentence = "word " * 200 + "fracture " + "word " * 200
        [finding] = told(teller, mention("fracture", "present", sentence)).findings
        quote = finding.quotes[0].sentence
        assert len(quote) < 300 and " fracture " in quote and quote.startswith("… word") and quote.endswith("word …")

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("present", "Your report says that this is there."),
            ("absent", "Your report says that this was NOT seen."),
            ("uncertain", "The radiologist is not certain about this."),
            ("prior", "Your report speaks of this as something from before."),
        ],
    )
    def test_the_status_is_told_in_words(self, teller: Teller, status: str, words: str) -> None:
        telling = told(teller, mention("fracture", status))
        assert telling.findings[0].told == words
        assert words in as_text(telling, teller.words)

    def test_what_to_do_about_it_is_not_said_of_what_is_not_there(self, teller: Teller) -> None:
        there, not_there = (told(teller, mention("bone-infection", s)).findings[0].short for s in ("present", "absent"))
        assert there.startswith(not_there)
        assert "Call about it today" in there and "Call" not in not_there

    def test_of_two_that_disagree_neither_is_told_alone(self, teller: Teller) -> None:
        yes = mention("meniscus-tear", "present", "Medial meniscus tear.", "impression")
        no = mention("meniscus-tear", "absent", "No meniscus tear.")
        contradiction = Contradiction("meniscus-tear", no, yes, Status.UNCERTAIN)
        telling = told(teller, no, yes, contradictions=(contradiction,))
        assert {m.status for m in telling.mentions} == {Status.UNCERTAIN}
        assert telling.findings[0].told == "Your report says two different things about this. Ask which one is right."
        assert "“No meniscus tear”, in another “Medial meniscus tear”. I treat" in as_text(telling, teller.words)
        assert telling.questions[0] == "Meniscus tear: the report says two different things. Which one is right?"

    def test_what_an_addendum_corrects_is_told_as_found_and_that_it_was_corrected(
        self, teller: Teller, reader: ReportReader
    ) -> None:
        report = (
            "FINDINGS: Marrow edema of the scaphoid. No fracture.\nIMPRESSION: No fracture of the scaphoid.\n"
            "ADDENDUM 14 May 2024: There is a fracture of the scaphoid waist."
        )
        telling = teller.tell(reader.read(report), TODAY)
        found = {f.finding: (f.status.value, [q.sentence for q in f.quotes]) for f in telling.findings}
        assert found["scaphoid-fracture"] == ("present", ["There is a fracture of the scaphoid waist."])
        assert "fracture" not in found
        assert "An addendum corrects a report, so I treat this as found." in telling.contradictions[0].line

    def test_a_finding_that_may_not_be_served_is_named_and_no_more(self, library: Library) -> None:
        teller = Teller(library, library.served("reviewed", TODAY))
        [finding] = told(teller, mention("fracture", "present")).findings
        assert (finding.name, finding.short, finding.passage_id) == ("Fracture", "", None)


class TestTheRest:
    @pytest.mark.parametrize("status", ["absent", "prior"])
    def test_a_report_that_finds_nothing_is_no_comfort(self, teller: Teller, status: str) -> None:
        opening = told(teller, mention("fracture", status)).opening
        assert "That alone does not explain how you feel." in opening

    def test_a_report_of_normal_parts_alone_is_no_comfort(self, teller: Teller) -> None:
        telling = told(teller, normal=(Span("ACL is intact", 0, 13, "ACL"),))
        assert "That alone does not explain how you feel." in telling.opening
        assert telling.normal == ("ACL is intact",)
        assert not telling.empty

    def test_a_report_of_other_things_is_honest_and_lists_them(self, teller: Teller) -> None:
        telling = told(teller, unexplained=(Span("renal cyst", 0, 10), Span("Renal  cyst", 20, 31)))
        assert "no finding that I have a text on" in telling.opening
        assert "I could not explain: “renal cyst”." in as_text(telling, teller.words)
        assert len(telling.questions) >= 3

    def test_of_nothing_nothing_is_told(self, teller: Teller) -> None:
        assert told(teller).empty

    def test_a_hedge_is_explained_once_and_only_where_something_is_there_or_open(self, teller: Teller) -> None:
        sentence = "fracture is suspicious."
        hedge = Hedge("report-language#suspicious-for", "suspicious", 12, 22)
        assert told(teller, mention("fracture", "absent", sentence), hedges=(hedge,)).hedges == ()
        [card] = told(teller, mention("fracture", "uncertain", sentence), hedges=(hedge, hedge)).hedges
        assert card.passage_id == "report-language#suspicious-for" and card.short

    @pytest.mark.parametrize("count", range(9))
    def test_there_are_three_to_seven_questions(self, teller: Teller, library: Library, count: int) -> None:
        for status in ("present", "uncertain", "absent"):
            questions = told(teller, *(mention(f, status) for f in list(library.findings)[:count])).questions
            assert 3 <= len(questions) <= 7
            assert len(set(questions)) == len(questions)

    def test_questions_are_the_findings_own(self, teller: Teller, library: Library) -> None:
        telling = told(teller, mention("joint-effusion", "present"), mention("fracture", "absent"))
        own = library.passages["joint-effusion#questions-to-ask"].text
        assert [q.removeprefix("Joint effusion: ") in own for q in telling.questions] == [True] * 4

    def test_every_finding_has_a_few_plain_words(self, teller: Teller, library: Library) -> None:
        plain = teller.words["plain"]
        assert set(plain) == set(library.findings)
        assert [words for words in plain.values() if len(words.split()) > 13 or not words[0].islower()] == []


class TestTheSheet:
    def rows(self, teller: Teller, telling: Telling) -> list[Row]:
        return sheet(telling, teller.words, TODAY)

    def test_it_holds_what_the_visit_needs(self, teller: Teller) -> None:
        telling = told(
            teller, mention("joint-effusion", "present", side="left", severity="small"), mention("fracture", "absent"),
            unexplained=(Span("plica", 90, 95),),
        )  # fmt: skip
        text = sheet_text(self.rows(teller, telling))
        for part in (
            "FOR MY VISIT", "on November 26, 2026",
            "Found:\n- Joint effusion: more fluid in a joint than usual (small, left)",
            "Not found: Fracture (a broken bone).", "Words that I want to ask about: plica",
            "[ ] Joint effusion: Is the amount normal, small or large for this joint?", "NOTES\n____",
            "The explanations rest on: ", "Draft: no clinician has reviewed these explanations yet.",
        ):  # fmt: skip
            assert part in text

    def test_it_stays_short_however_much_was_found(self, teller: Teller, library: Library) -> None:
        ids = list(library.findings)
        telling = told(
            teller, *(mention(f, s) for f, s in zip(ids, ["present", "absent", "uncertain"] * 30, strict=False))
        )
        rows = self.rows(teller, telling)
        assert sum(row.kind == "item" for row in rows) == MOST_ITEMS + 1 + MOST_OPEN + 1
        assert sum(row.kind == "ask" for row in rows) == 7
        [absent] = [row.text for row in rows if row.text.startswith("Not found:")]
        assert absent.count("(") <= MOST_NAMES + 2 and absent.endswith("more in the chat.")

    def test_what_the_report_says_can_break_nothing_in_the_page(self, teller: Teller) -> None:
        bad = "<script>alert(1)</script>\"'&"
        telling = told(teller, mention("fracture", "present", level=bad), unexplained=(Span(bad, 50, 70),))
        page = sheet_html(self.rows(teller, telling))
        assert "<script" not in page and "&lt;script&gt;" in page

    def test_it_reads_at_grade_six_to_eight_or_below(self, teller: Teller, library: Library) -> None:
        for finding in library.findings.values():
            rows = self.rows(teller, told(teller, mention(finding.id, "present")))
            text = " ".join(f"{row.text.rstrip('.:?')}." for row in rows if row.kind not in ("small", "note"))
            for name in sorted(finding.names, key=len, reverse=True):
                text = text.replace(f"{name}:", "It:")
            assert textstat.flesch_kincaid_grade(text) <= 8, finding.id


def test_no_word_of_ours_is_left_to_be_filled_in(teller: Teller, reader: ReportReader) -> None:
    report = "Small joint effusion. No fracture. Cannot exclude a stress fracture. ACL is intact. Prominent plica."
    telling = teller.tell(reader.read(report), TODAY)
    text = as_text(telling, teller.words) + sheet_text(sheet(telling, teller.words, TODAY))
    assert "{" not in text
