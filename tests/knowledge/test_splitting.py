"""Several questions in one message are taken apart; one question stays whole."""

from __future__ import annotations

import pytest

from knowledge.names import NameIndex
from knowledge.splitting import split

NAMES = NameIndex({"bone-bruise": ["bone bruise"], "avascular-necrosis": ["avn"]})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "What is a bone bruise, how long does it last and can I run?",
            ["What is a bone bruise", "how long does it last", "can I run?"],
        ),
        ("how long until I can walk and when can I run", ["how long until I can walk", "when can I run"]),
        # what is only said once more is no question of its own
        (
            "It's a bone bruise, isn't it? does it go away and can i run",
            ["It's a bone bruise, isn't it? does it go away", "can i run"],
        ),
        (
            "My MRI is back. A bone bruise, right? what does it do",
            ["My MRI is back. A bone bruise, right? what does it do"],
        ),
        # the sentence that names what it is about goes with the first question
        (
            "I have avn of the hip. What does that mean? Will I need surgery?",
            ["I have avn of the hip. What does that mean?", "Will I need surgery?"],
        ),
        # and so does the headline, whatever the story names
        (
            "Sore hip. The scan of my sister had avn in both hips. Is it bad? Will I need surgery?",
            ["Sore hip. Is it bad?", "Will I need surgery?"],
        ),
        (
            "Avn. I was told of it in May and now I ask. Is it bad? And will it heal?",
            ["Avn. Is it bad?", "And will it heal?"],
        ),
        # a call for advice is no question of its own
        ("What is avn? Please advise. Any help?", ["What is avn?"]),
        ("Is it bad? Thanks!", ["Is it bad? Thanks!"]),
        # a list is numbered or lettered
        ("1) what is avn 2) is it bad 3) what helps", ["what is avn", "is it bad", "what helps"]),
        ("avn. a) can it heal b) how long", ["avn. can it heal", "how long"]),
        ("I have grade 2. is it bad", ["I have grade 2. is it bad"]),
        ("tell me what avn is and whether it is bad", ["tell me what avn is", "whether it is bad"]),
        # a story belongs to its question
        ("I fell in May and is it broken?", ["I fell in May and is it broken?"]),
        # "when" and "where" tell as often as they ask
        ("can I run with avn, when it does not hurt?", ["can I run with avn, when it does not hurt?"]),
        ("does avn hurt, where the bone is thin?", ["does avn hurt, where the bone is thin?"]),
        (
            "tell me how long avn takes and when I can run",
            ["tell me how long avn takes", "when I can run"],
        ),
        ("is it dangerous or does it heal", ["is it dangerous or does it heal"]),
        ("When I get up it hurts.", ["When I get up it hurts."]),
        ("", [""]),
    ],
)
def test_a_message_is_cut_where_a_question_begins(text: str, parts: list[str]) -> None:
    found = split(text, NAMES.find)
    assert found == parts or (len(parts) == 1 and len(found) == 1)
