"""Of a long message the asking part is kept; a short one stays as it is."""

from __future__ import annotations

import pytest

from knowledge.condense import LONG, asks, condense, headline, sentences


def named(sentence: str) -> bool:
    return "edema" in sentence.lower()


STORY = (
    "Hi there. I am 44 and I have run three marathons since my son was born in the spring of that year. "
    "In March I slipped on wet leaves behind the house and landed on my left knee. The pain came back each evening."
)


def test_a_message_of_thirty_words_is_read_whole_and_one_more_word_is_not() -> None:
    story, question = "I fell on ice. " * 6, "What is bone edema in plain words?"
    assert len((story + question).split()) == LONG + 1
    assert condense(story.removeprefix("I ") + question, named) == story.removeprefix("I ") + question
    assert condense(story + question, named) == "What is bone edema in plain words?"


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ("What does marrow edema mean?", "What does marrow edema mean?"),
        ("what does marrow edema mean", "what does marrow edema mean"),
        ("Is it serious? Thanks in advance!", "Is it serious?"),
        ("And how long does it take.", "And how long does it take."),
        ("I would like to know about marrow edema.", "I would like to know about marrow edema."),
        ("Please explain marrow edema to me.", "Please explain marrow edema to me."),
        ("Any advice on marrow edema is welcome.", "Any advice on marrow edema is welcome."),
        ("The scan says marrow edema, should I rest it", "The scan says marrow edema, should I rest it"),
        ("Is it bad? My mother worries. Can I walk?", "Is it bad? Can I walk?"),
    ],
)
def test_the_sentences_that_ask_are_kept(end: str, kept: str) -> None:
    assert condense(f"{STORY} {end}", named) == kept


def test_a_question_in_the_middle_is_found() -> None:
    assert condense(f"My scan came. Is marrow edema bad? {STORY}", named) == "Is marrow edema bad?"


def test_of_many_questions_the_last_ones_are_kept_in_order() -> None:
    text = f"{STORY} What is it? Why me? Is it bad? Can I run?"
    assert condense(text, named) == "Why me? Is it bad? Can I run?"
    assert condense(text, named, most=1) == "Can I run?"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        # the last sentence that names it goes before the ones that ask
        (
            f"MRI: edema in the hip. It says edema in the knee. {STORY} Is it bad?",
            "It says edema in the knee. Is it bad?",
        ),
        (f"Is it bad? {STORY} It says edema in the knee.", "It says edema in the knee. Is it bad?"),
        # unless one of those says it
        (f"It says edema in the knee. {STORY} Is it bad? Is edema common?", "Is it bad? Is edema common?"),
        (f"It says edema in the knee. {STORY}", f"It says edema in the knee. {STORY.partition('year. ')[2]}"),
    ],
)
def test_what_is_asked_about_is_kept_with_the_question(text: str, kept: str) -> None:
    assert condense(text, named) == kept


def test_without_names_to_look_for_only_what_asks_is_kept() -> None:
    assert condense(f"It says edema in the knee. {STORY} Is it bad?") == "Is it bad?"


def test_where_nothing_asks_the_last_two_sentences_are_kept() -> None:
    assert condense(STORY, named) == (
        "In March I slipped on wet leaves behind the house and landed on my left knee. The pain came back each evening."
    )


def test_a_long_text_without_any_sentence_stays() -> None:
    assert condense("?! " * 40, named) == "?! " * 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello doctor! My knee hurts.\nIs it bad?? Thank you very much.", ["My knee hurts.", "Is it bad??"]),
        ("Dear all, good morning", []),
        ("Hello, is it bad? Thanks, can I still run?", ["Hello, is it bad?", "Thanks, can I still run?"]),
        ("... !!! \n\n", []),
        ("The scan was 1.5 T. It is 3.2 cm.", ["The scan was 1.5 T.", "It is 3.2 cm."]),
    ],
)
def test_greetings_and_thanks_are_no_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("can I sleep on it", True),
        ("Can't sleep on it since.", False),
        ("explain bone bruise", True),
        ("Could anybody explain the edema", True),
        ("nobody could explain it", False),
        ("My doctor didn't explain", False),
        # in the middle of a sentence that has no end
        ("still in the boot how long do I still need it", True),
        ("the ring in my hip is torn, what does it do", True),
        ("he told me how it is done and what it does", False),
        ("I know when I can run", False),
    ],
)
def test_what_asks_is_told_from_what_tells(sentence: str, asked: bool) -> None:
    assert asks(sentence) is asked


AFTER = "it came on in May and it still aches at night. Is it bad?"


@pytest.mark.parametrize(
    ("text", "above"),
    [
        (f"Bone bruise. {AFTER}", "Bone bruise"),
        (f"KNEE ARTHRITIS.\n{AFTER}", "KNEE ARTHRITIS"),
        (f"edema in the hip\n{AFTER}", "edema in the hip"),
        # somebody speaks or greets, it goes on for long, or hardly anything comes after it
        (f"I have edema. {AFTER}", ""),
        (f"Hello doctor. {AFTER}", ""),
        (f"Sorry for the story. {AFTER}", ""),
        (f"A dull ache in the left knee. {AFTER}", ""),
        (f"Edema? {AFTER}", ""),
        (f"MRI: {AFTER}", ""),
        ("Edema. Is it bad?", ""),
        ("edema", ""),
    ],
)
def test_what_stands_above_a_message_is_its_subject(text: str, above: str) -> None:
    assert headline(text) == above


def test_the_subject_goes_with_the_question_and_the_story_does_not() -> None:
    text = f"Marrow edema. {STORY} My sister had edema too. Is it bad?"
    assert condense(text, named) == "Marrow edema. Is it bad?"
    assert condense(f"Kneecap. {STORY} Is edema bad?", named) == "Kneecap. Is edema bad?"


def test_a_question_that_is_announced_is_found() -> None:
    assert condense(f"{STORY} And so my main question is this edema. Bye.", named) == (
        "And so my main question is this edema."
    )


def test_where_nothing_asks_the_last_sentences_with_words_are_kept() -> None:
    assert condense(f"{STORY} It says edema there. Yours, Ann.", named).startswith(
        "The pain came back each evening. It says"
    )
