"""What is read ahead is read once, for one taking, and a failure of it costs nothing but time."""

from __future__ import annotations

import threading

import pytest

from knowledge.read_ahead import ReadAhead


class Counted:
    """Reads a text as its length; notes what it read. `gate` holds it up; `fails` has it fail so many times."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fails = 0

    def __call__(self, text: str) -> int:
        self.texts.append(text)
        assert self.gate.wait(5)
        if self.fails:
            self.fails -= 1
            raise ValueError(text)
        return len(text)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def ahead(counted: Counted) -> ReadAhead[int]:
    return ReadAhead(counted)


def test_what_was_begun_is_not_read_again_and_is_given_away(ahead: ReadAhead[int], counted: Counted) -> None:
    ahead.begin("how long")
    assert ahead.take("how long") == 8
    assert counted.texts == ["how long"]
    assert ahead.take("how long") == 8
    assert counted.texts == ["how long", "how long"]


def test_what_is_still_being_read_is_waited_for(ahead: ReadAhead[int], counted: Counted) -> None:
    counted.gate.clear()
    begun = threading.Thread(target=ahead.begin, args=("is it bad",))
    begun.start()
    while not counted.texts:
        pass
    taken: list[int] = []
    taking = threading.Thread(target=lambda: taken.append(ahead.take("is it bad")))
    taking.start()
    taking.join(0.05)
    assert taking.is_alive() and not taken
    counted.gate.set()
    for thread in (begun, taking):
        thread.join(5)
    assert taken == [9]
    assert counted.texts == ["is it bad"]


def test_another_text_is_read_by_itself(ahead: ReadAhead[int], counted: Counted) -> None:
    ahead.begin("how long")
    assert ahead.take("how long?") == 9
    assert counted.texts == ["how long", "how long?"]


def test_what_failed_ahead_is_read_anew(ahead: ReadAhead[int], counted: Counted) -> None:
    counted.fails = 1
    with pytest.raises(ValueError, match="why"):
        ahead.begin("why")
    assert ahead.take("why") == 3


def test_few_are_held_and_none_in_words(ahead: ReadAhead[int]) -> None:
    for number in range(100):
        ahead.begin(f"my shin hurts {number}")
    held = vars(ahead)["_begun"]
    assert len(held) == 16
    assert not any("shin" in key for key in held)
