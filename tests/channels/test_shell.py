"""The chat as whole transcripts: what is typed, and all that is printed on stdout for it."""

from textwrap import dedent

import pytest

from tests.channels.shell_chat import ALT_ENTER, ENTER, Chat, paste, text
from tests.channels.shell_gateway import REPORT, FakeGateway


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    return Chat(monkeypatch)


@pytest.fixture
def gateway(chat: Chat) -> FakeGateway:
    return chat.gateway


def test_greeting_question_and_a_picked_suggestion(chat: Chat) -> None:
    chat("is it bad??", "1")
    assert chat.out == dedent(
        """\
        Plainscan · Example Clinic
        Explains MRI findings in plain words. /help shows what you
        can type.
        ────────────────────────────────────────────────────────────

        Hello. I explain words from MRI reports. I can't diagnose.

          1  What is bone marrow edema?
          2  What can you do?


        │ Bone marrow edema: how serious is it?
        │
        │ Bone marrow edema is most often not dangerous. It is a
        │ sign, and what matters is its cause.
        │
        │ Many causes heal with rest:
        │ - a bone bruise after a fall
        │ - more strain on the bone than it is used to
        │
        │ Sources: Clinic A 2021 · Journal B 2019
        │ Draft: no clinician has reviewed this yet.

          1  What causes it?
          2  What should I ask my doctor about the bone marrow edema
             on my report?


        › What causes it?

        A knock, strain, or worn cartilage.


        Goodbye. The server has forgotten our conversation.
        """
    )
    assert chat.code == 0
    assert chat.gateway.said == [{"text": "is it bad??"}, {"action": "a-causes"}]
    assert chat.gateway.live == set()


def test_plain_has_no_boxes_and_says_in_words_what_they_mean(chat: Chat) -> None:
    assert chat("my legs are numb", "1", arguments=("--plain",)) == text(
        """
        EMERGENCY: GET HELP NOW

        Numbness between the legs can be an emergency. Don't wait.

        Call: 911

        Bone marrow edema: how serious is it?

        Bone marrow edema is most often not dangerous. It is a sign,
        and what matters is its cause.

        Many causes heal with rest:
        - a bone bruise after a fall
        - more strain on the bone than it is used to

        Sources: Clinic A 2021 · Journal B 2019
        Draft: no clinician has reviewed this yet.

          1  What causes it?
          2  What should I ask my doctor about the bone marrow edema
             on my report?


        You picked: What causes it?

        A knock, strain, or worn cartilage.
        """
    )
    assert "─" not in chat.out


def test_a_dumb_terminal_is_plain_by_itself(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("NO_COLOR")
    assert chat("down") == "I can't look that up right now. In an emergency call 911."
    assert "\x1b" not in chat.out and "─" not in chat.out


def test_urgent_comes_first_in_a_panel(chat: Chat) -> None:
    assert chat("my legs are numb").startswith(
        text(
            """
            ┏━ Emergency: get help now ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
            ┃ Numbness between the legs can be an emergency. Don't     ┃
            ┃ wait.                                                    ┃
            ┃                                                          ┃
            ┃ Call: 911                                                ┃
            ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛

            │ Bone marrow edema: how serious is it?
            """
        )
    )


def test_unknown_and_unavailable(chat: Chat) -> None:
    assert chat("do you sell car insurance", "down") == text(
        """
        │ I can't help with that. I can explain MRI findings.

          1  What can you do?


        │ I can't look that up right now. In an emergency call 911.
        """
    )


def test_choices_and_quick_replies_count_on_and_say_nothing_twice(chat: Chat) -> None:
    assert chat("bruise or break", "3", "7") == text(
        """
        │ Which of these do you mean?

          1  Bone bruise
          2  Fracture
          3  Something else


        › Something else

        A knock, strain, or worn cartilage.


        │ I can't help with that. I can explain MRI findings.

          1  What can you do?
        """
    )
    # Nothing was on offer any more when 7 was typed, so it was a text.
    assert chat.gateway.said == [{"text": "bruise or break"}, {"action": "c-else"}, {"text": "7"}]


def test_numbers_count_on_through_all_messages(chat: Chat, gateway: FakeGateway) -> None:
    gateway.answers["hi"] = [
        {"type": "text", "text": "One.", "buttons": [{"title": "A", "action": "a"}]},
        {"type": "text", "text": "Two.", "buttons": [{"title": "B", "action": "a-causes"}]},
    ]
    assert chat("hi", "2").startswith("One.\n\n  1  A\n\nTwo.\n\n  2  B\n\n\n› B\n")
    assert gateway.said[1] == {"action": "a-causes"}


@pytest.mark.parametrize("number", ["0", "3", "99"])
def test_a_number_out_of_range_is_said_kindly_and_not_sent(chat: Chat, number: str) -> None:
    wanted = "There are numbers from 1 to 2. Type one of them, or your\nquestion in words."
    assert chat(number) == wanted
    assert chat.gateway.said == []


def test_a_pasted_report_is_one_message(chat: Chat) -> None:
    chat(keys=paste("MRI LEFT KNEE\r\nBone marrow edema.\rIs it bad?") + ENTER)
    assert chat.gateway.said == [{"text": "MRI LEFT KNEE\nBone marrow edema.\nIs it bad?"}]


def test_alt_enter_makes_a_new_line(chat: Chat) -> None:
    chat(keys="one" + ALT_ENTER + "two" + ENTER)
    assert chat.gateway.said == [{"text": "one\ntwo"}]


@pytest.mark.parametrize(("length", "kind"), [(2000, "text"), (2001, "report")])
def test_what_is_too_long_for_a_text_is_sent_as_a_report(chat: Chat, length: int, kind: str) -> None:
    chat(keys=paste("x" * length) + ENTER)
    assert chat.gateway.said == [{kind: "x" * length}]


def test_a_report_is_walked_through_with_each_status_in_words(chat: Chat) -> None:
    chat.gateway.answers["report"] = [REPORT]
    assert chat("/paste", "MRI", "/end").partition("drops it.\n\n")[2] == text(
        """
        │ It names 1 as found and 1 as not found.
        │
        │ Two things
        │ - Tear: yes and no.
        │
        │ FOUND
        │ These are there.
        │
        │ 1. Joint effusion (fluid in a joint)
        │ This is there.
        │ “Small effusion.” (small, left)
        │ An effusion is fluid.
        │
        │ NOT FOUND
        │ These were not seen.
        │
        │ 2. Fracture
        │ This was NOT seen.
        │ “No fracture.”
        │
        │ How sure
        │ - “possible”: It may be.
        │
        │ Normal
        │ “ACL intact”
        │
        │ Not explained
        │ “plica”
        │
        │ To ask
        │ - What now?
        │
        │ Your doctor can.
        │ Draft.

          1  What is a joint effusion?
        """
    )
