"""What is noticed on the vignettes, and that nothing harmless around a danger hides it."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import red_flag_evaluation as evaluation
from knowledge.red_flags import RedFlags, load_red_flags

FILES = evaluation.developed_with(Path(__file__).parent)
HARMLESS = (
    "I am writing from home.",
    "My MRI was on Monday and the report came today.",
    "What does bone marrow edema mean?",
    "Thank you for your help.",
    "I had knee surgery in 2015.",
    "I have no allergies.",
    "My sister read about it in a magazine.",
    "The scan shows mild edema of the medial femoral condyle without a fracture line.",
    "I do not smoke.",
    "What if it takes longer than that?",
    "No fever.",
    "Can edema be caused by overuse?",
)
LONG = " ".join(HARMLESS) * 20
INVISIBLE = "\u200b\u200d\u2060\ufeff\u00ad"


@cache
def flags() -> RedFlags:
    return load_red_flags()


@cache
def noticed() -> tuple[evaluation.Vignette, ...]:
    """The urgent vignettes of one message that are noticed."""
    vignettes = [v for v in evaluation.load_vignettes(FILES) if v.urgent and len(v.texts) == 1]
    return tuple(v for v in vignettes if evaluation.play(v, flags()).raised)


def raised(text: str) -> set[str]:
    return {r.flag.id for r in flags().raised(flags().read(text))}


def test_the_floors_hold() -> None:
    outcomes = [evaluation.play(v, flags()) for v in evaluation.load_vignettes(FILES)]
    assert evaluation.holds(outcomes)
    assert sum(o.too_low for o in outcomes) <= 2


def test_a_floor_that_is_fallen_below_would_be_seen() -> None:
    vignettes = evaluation.load_vignettes(FILES)
    silent = [evaluation.Outcome(v, ()) for v in vignettes]
    assert not evaluation.holds(silent)
    right = [evaluation.play(v, flags()) for v in vignettes]
    one_missed = [evaluation.Outcome(o.vignette, ()) if o.vignette.id == "cauda-01" else o for o in right]
    assert not evaluation.holds(one_missed)


def test_wilsons_interval_is_the_known_one() -> None:
    low, high = evaluation.Share(45, 50).interval
    assert (round(low, 3), round(high, 3)) == (0.786, 0.957)
    assert evaluation.Share(0, 0).interval == (0.0, 1.0)


def steps_to_read(text: str) -> int:
    """How many calls of functions a text takes, once its words are known: the same on every machine."""
    flags().read(text)
    steps = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        flags().read(text)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(v.texts[0] for v in evaluation.load_vignettes(FILES))[:40_000],
        "There is mild edema of the medial femoral condyle without a fracture line or collapse. " * 460,
        "no " * 12_000,
    ],
    ids=["dangers", "report", "denials"],
)
def test_the_work_grows_with_the_text_and_no_faster(text: str) -> None:
    assert steps_to_read(text) < 4.4 * steps_to_read(text[: len(text) // 4])


@pytest.mark.parametrize("blanks", [" ", "   ", "\t", "\n"])
def test_can_not_is_one_word_however_far_apart_it_is_written(blanks: str) -> None:
    assert raised(f"my husband with the lumbar hernia can{blanks}not make urine, only drops come") == {"rf-cauda"}


metamorphic = settings(max_examples=60, deadline=None, derandomize=True)
urgent = st.integers(0, 10_000).map(lambda n: noticed()[n % len(noticed())].texts[0])


@metamorphic
@given(urgent, st.sampled_from([str.upper, str.title, str.swapcase]))
def test_case_removes_no_flag(text: str, change: object) -> None:
    assert raised(text) <= raised(change(text))  # type: ignore[operator]


@metamorphic
@given(urgent, st.randoms(use_true_random=False))
def test_blanks_and_what_cannot_be_seen_remove_no_flag(text: str, random: object) -> None:
    spaced = text.replace(" ", "   ").replace(",", " ,")
    hidden = "".join(c + random.choice(INVISIBLE) if random.random() < 0.2 else c for c in text)  # type: ignore[attr-defined]
    assert raised(text) <= raised(hidden)
    assert raised(text) <= raised(f"  \t{spaced}\r\n ")


@metamorphic
@given(urgent, st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=4), st.booleans())
def test_harmless_sentences_around_it_remove_no_flag(text: str, sentences: list[str], before: bool) -> None:
    around = " ".join(sentences)
    assert raised(text) <= raised(f"{around} {text}" if before else f"{text}. {around}")


@metamorphic
@given(urgent, st.sampled_from(["start", "middle", "end"]))
def test_its_place_in_a_long_paste_removes_no_flag(text: str, place: str) -> None:
    pasted = {"start": f"{text}\n\n{LONG}", "middle": f"{LONG}\n\n{text}\n\n{LONG}", "end": f"{LONG}\n\n{text}"}[place]
    assert raised(text) <= raised(pasted)


@pytest.mark.parametrize("text", HARMLESS)
def test_the_harmless_sentences_are_harmless(text: str) -> None:
    assert raised(text) == set()
