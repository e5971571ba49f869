"""Whatever is pasted: reading never raises, every place is in the text, and its time grows no faster than the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.passages import load_library
from knowledge.reports import ReportReader, looks_like_report
from tests.growth import LINEAR, growth

SPECIMENS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "reports").glob("*.txt"))]
WORDS = sorted({word for text in SPECIMENS for word in text.split()})


@pytest.fixture(scope="module", name="reader")
def _reader() -> ReportReader:
    return ReportReader(load_library())


def check(reader: ReportReader, text: str) -> None:
    reading = reader.read(text)
    for mention in reading.mentions:
        assert text[mention.start : mention.end] == mention.term != ""
        assert mention.sentence in text
        for words in (mention.location, mention.level, mention.grade, mention.size, mention.severity):
            assert words is None or words in text
    for span in (*reading.normal, *reading.unexplained, *reading.hedges):
        assert text[span.start : span.end] == span.words != ""
    # what a finding explains is not called unexplained
    assert not any(m.start < s.end and s.start < m.end for s in reading.unexplained for m in reading.mentions)
    places = [(s.start, s.end) for s in reading.sections]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert {c.finding for c in reading.contradictions} <= {m.finding for m in reading.mentions}
    assert reading.by_finding().keys() == {m.finding for m in reading.mentions}
    assert {(m.start, m.end) for m in reading.told()} <= {(m.start, m.end) for m in reading.mentions}
    looks_like_report(text)


@given(st.text(max_size=400))
@settings(deadline=None, max_examples=60)
def test_any_text_is_read(reader: ReportReader, text: str) -> None:
    check(reader, text)


@given(
    st.lists(
        st.sampled_from([*WORDS, "\n", "\n\n", ":", ";", ".", ",", "?", "-", "FINDINGS:", "no", "or"]), max_size=60
    )
)
@settings(deadline=None, max_examples=60)
def test_any_mixture_of_the_words_of_reports_is_read(reader: ReportReader, words: list[str]) -> None:
    check(reader, " ".join(words))


@given(st.sampled_from(SPECIMENS), st.integers(0, 400), st.integers(0, 1200))
@settings(deadline=None, max_examples=40)
def test_any_piece_of_a_report_is_read(reader: ReportReader, text: str, start: int, length: int) -> None:
    check(reader, text[start : start + length])


def test_nothing_has_an_empty_reading(reader: ReportReader) -> None:
    for text in ("", " ", "\n\n", "...", ":::"):
        reading = reader.read(text)
        assert (reading.mentions, reading.normal, reading.unexplained) == ((), (), ())


@pytest.mark.parametrize(
    "text", ["\n\n".join(SPECIMENS)[:20000], "no " * 6000, "tear, " * 3300, "x" * 20000, "L4-5 " * 4000]
)
def test_its_time_grows_with_the_report(reader: ReportReader, text: str) -> None:
    reader.read(text)
    assert growth(reader.read, text) < LINEAR
