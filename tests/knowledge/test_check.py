"""Each rule of the checker, on a file without a fault in which one thing is made wrong."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.check import check, grade, wording_faults
from knowledge.passages import KNOWLEDGE, Fault
from tests.fakes import ASPECTS, front_matter

TODAY = dt.date(2026, 6, 1)
WHAT_IT_IS = """\
A sprain is a stretched band between two bones. It can hurt when the foot turns. The band is made of strong threads.
Some of the threads can tear, and then the place swells up. Doctors look at it with their hands first. A scan can help
them when they are not sure.[^atlas]

> A sprain is a stretched band. It can hurt.
"""
CAUSES = """\
Most sprains come from a sudden twist of the foot. A hole in the road is enough. Sport with many turns is one more
cause. Shoes with high heels make a twist more likely. A weak band from an old sprain gives way sooner. Ice and wet
leaves are known to play a part.[^atlas]

> A sudden twist of the foot is the main cause.
"""
SPRAIN = (
    front_matter("sprain", "Sprain", "a sprain").replace(
        "also_called: []", "also_called: [stretched band, twisted foot, rolled foot, pulled band, band strain]"
    )
    + f"\n## What it is\n\n{WHAT_IT_IS}\n## Causes\n\n{CAUSES}"
)
ABOUT = front_matter("about", "About Plainscan", "Plainscan") + (
    "\n## Privacy\n\nThis page says which data is kept. Each word that you type goes to the clinic's machine.\n"
    "The machine forgets it after half an hour. You can tell it to forget at once. Nobody reads along.\n"
    "Your name is not needed, so please leave it out.[^atlas]\n\n> Your words are kept for half an hour.\n"
)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A folder with one finding and `about` in which nothing is wrong."""
    (tmp_path / "findings").mkdir()
    (tmp_path / "aspects.yml").write_text(ASPECTS, encoding="utf-8")
    (tmp_path / "findings" / "sprain.md").write_text(SPRAIN, encoding="utf-8")
    (tmp_path / "about.md").write_text(ABOUT, encoding="utf-8")
    shutil.copy(KNOWLEDGE / "wording.yml", tmp_path / "wording.yml")
    return tmp_path


def faults_with(root: Path, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    """Field and fault of each fault of sprain.md after the changes."""
    text = SPRAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (root / "findings" / "sprain.md").write_text(text, encoding="utf-8")
    faults = check(root, today=TODAY).faults
    assert {fault.file for fault in faults} <= {"sprain.md"}
    return [(fault.field, fault.fault) for fault in faults]


def test_a_sound_folder_has_no_faults_and_a_grade_for_each_passage(sound: Path) -> None:
    report = check(sound, today=TODAY)
    assert report.faults == []
    assert list(report.grades) == ["sprain#what-it-is", "sprain#causes", "about#privacy"]


FIRST = "A sprain is a stretched band between two bones."
SHORT = "> A sudden twist of the foot is the main cause."


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f"\n## Causes\n\n{CAUSES}", "", ("left_out.causes", "no passage and no reason")),
        ("reassurance:", "left_out: {causes: not known}\nreassurance:",
         ("left_out.causes", "is left out, yet there is a passage")),
        ("reassurance:", "left_out: {colour: not known}\nreassurance:", ("left_out.colour", "is not an aspect")),
        (", band strain]", "]", ("also_called", "5 names in all, at least 6 are wanted")),
        (", band strain]", ", Sprain]", ("also_called", "5 names in all, at least 6 are wanted")),
        ("reassurance: allowed", "reassurance: a bit", ("reassurance", "must be allowed or never")),
        ("reassurance:", "see_also: [about, strain]\nreassurance:", ("see_also", "'strain' is not a finding")),
        ("https://atlas", "http://atlas",
         ("sources.atlas", "url 'http://atlas.example/1' is not an https address")),
        ("https://atlas.example/1", "https://scribd.com/1",
         ("sources.atlas", "https://scribd.com/1 is a mirror; cite the journal or the organisation")),
        ("checked_on: 2026-01-31", "checked_on: 2026-06-02", ("sources.atlas", "checked_on lies in the future")),
        ("review_due: 2027-01-31", "review_due: 2026-05-31", ("review.review_due", "2026-05-31 has passed")),
        ("them when they are not sure.[^atlas]", "them when they are not sure.[^atlas]\n\nThat is all.",
         ("#what-it-is", "paragraph 2 names no source")),
        (SHORT, "", ("#causes", "has no short form (a line that starts with >)")),
        (SHORT, "> One cause. Two causes. Three.", ("#causes", "the short form is over two sentences or 45 words")),
        (SHORT, "> " + "twist " * 46, ("#causes", "the short form is over two sentences or 45 words")),
        ("The band is made", "Do not worry. The band is made", ("#what-it-is", "'Do not worry' (false comfort)")),
        (SHORT, "> It is just a twist.", ("#causes", "'It is just a' (plays the worry down)")),
    ],
)  # fmt: skip
def test_each_rule_names_its_fault(sound: Path, old: str, new: str, fault: tuple[str, str]) -> None:
    assert fault in faults_with(sound, (old, new))


def test_one_fault_is_one_fault(sound: Path) -> None:
    """What breaks one rule is not reported under others, or nobody finds the cause."""
    assert faults_with(sound, ("review_due: 2027-01-31", "review_due: 2026-05-31")) == [
        ("review.review_due", "2026-05-31 has passed")
    ]
    assert faults_with(sound, (SHORT, "> Rest assured.")) == [("#causes", "'Rest assured' (false comfort)")]


def test_days_on_the_border_are_in_time(sound: Path) -> None:
    assert faults_with(sound, ("review_due: 2027-01-31", "review_due: 2026-06-01")) == []
    assert faults_with(sound, ("checked_on: 2026-01-31", "checked_on: 2026-06-01")) == []


def test_a_source_that_nothing_cites_is_named(sound: Path) -> None:
    row = next(line for line in SPRAIN.splitlines() if "id: atlas" in line)
    other = row.replace("id: atlas", "id: almanac")
    assert faults_with(sound, (row, f"{row}\n{other}")) == [("sources.almanac", "is never cited")]


@pytest.mark.parametrize(
    ("aspect", "words", "faults"),
    [
        ("causes", 39, ["39 words; 40 to 120 are wanted"]),
        ("causes", 40, []),
        ("causes", 120, []),
        ("causes", 121, ["121 words; 40 to 120 are wanted"]),
        # warning signs are kept whole rather than cut
        ("when-to-seek-help", 121, []),
        ("when-to-seek-help", 150, []),
        ("when-to-seek-help", 151, ["151 words; 40 to 150 are wanted"]),
    ],
)
def test_passages_are_neither_too_short_nor_too_long(sound: Path, aspect: str, words: int, faults: list[str]) -> None:
    aspects = ASPECTS.replace("id: causes", f"id: {aspect}").replace("[causes]", f"[{aspect}]")
    (sound / "aspects.yml").write_text(aspects, encoding="utf-8")
    heading = ("## Causes", f"## {aspect.replace('-', ' ').capitalize()}")
    text = "It is red. " * (words // 3 - 1) + "It is red" + " now" * (words % 3) + "."
    found = faults_with(sound, heading, (CAUSES.partition("[^atlas]")[0], text))
    assert found == [(f"#{aspect}", fault) for fault in faults]


def test_a_text_above_grade_eight_is_named(sound: Path) -> None:
    hard = FIRST.replace("a stretched band", "an extraordinarily uncomfortable ligamentous abnormality")
    hard = hard[:-1] + " necessitating multidisciplinary rehabilitation alongside conservative considerations."
    ((field, fault),) = faults_with(sound, (FIRST, hard + " " + hard[:-1].replace("sprain", "second") + "."))
    assert field == "#what-it-is"
    assert fault.startswith("reading grade ") and fault.endswith("; never above 8")
    assert float(fault.split()[2].rstrip(";")) > 8


def test_a_sentence_that_another_passage_says_is_named(sound: Path) -> None:
    repeated = "It can hurt when the foot turns."
    assert faults_with(sound, ("A hole in the road is enough.", repeated)) == [
        ("#causes", f"repeats sprain#what-it-is: {repeated!r}")
    ]
    # too short to matter
    assert faults_with(sound, ("The band", "It can hurt. The band"), ("A hole", "It can hurt. A hole")) == []


def test_a_name_of_two_findings_is_named(sound: Path) -> None:
    other = SPRAIN.replace("sprain", "strain").replace("Sprain", "Strain").replace("[stretched", "[torn")
    (sound / "findings" / "strain.md").write_text(other, encoding="utf-8")
    faults = [fault for fault in check(sound, today=TODAY).faults if fault.field == "also_called"]
    names = ["twisted foot", "rolled foot", "pulled band", "band strain"]
    assert faults == [Fault("strain.md", "also_called", f"{name!r} is a name of sprain too") for name in names]


COMFORT = "It usually heals."


@pytest.mark.parametrize(
    ("sentence", "faults"),
    [
        (COMFORT, [("#what-it-is", f"comforts where it must not: {COMFORT!r}")]),
        ("It usually heals with a plaster, if it is found early.", []),
    ],
)
def test_a_finding_that_is_never_played_down_has_no_comforting_sentence(
    sound: Path, sentence: str, faults: list[tuple[str, str]]
) -> None:
    never = ("reassurance: allowed", "reassurance: never")
    assert faults_with(sound, never, (FIRST, f"{FIRST} {sentence}")) == faults
    assert faults_with(sound, (FIRST, f"{FIRST} {sentence}")) == []


@pytest.mark.parametrize("who", ["a child", "pregnancy", "people with cancer now or in the past", "diabetes"])
def test_some_people_are_never_comforted_whatever_limit_stands_beside_it(sound: Path, who: str) -> None:
    sentence = f"In {who} it usually heals, if it is found early."
    word = {"a child": "child", "people with cancer now or in the past": "cancer"}.get(who, who)
    fault = ("#what-it-is", f"comforts where it must not ({word}): {sentence!r}")
    assert faults_with(sound, (FIRST, f"{FIRST} {sentence}")) == [fault]
    assert faults_with(sound, (FIRST, f"{FIRST} In {who} it needs a doctor, if it is found early.")) == []


def test_a_finding_that_comfort_could_hurt_must_say_never(sound: Path) -> None:
    (sound / "findings" / "sprain.md").unlink()
    text = SPRAIN.replace("sprain", "fracture").replace("Sprain", "Fracture")
    (sound / "findings" / "fracture.md").write_text(text, encoding="utf-8")
    assert check(sound, today=TODAY).faults == [Fault("fracture.md", "reassurance", "must be never for this finding")]


def test_one_finding_alone_can_be_checked(sound: Path) -> None:
    (sound / "findings" / "broken.md").write_text("no front matter", encoding="utf-8")
    assert [fault.file for fault in check(sound, today=TODAY).faults] == ["broken.md"]
    report = check(sound, only="sprain", today=TODAY)
    assert (report.faults, list(report.grades)) == ([], ["sprain#what-it-is", "sprain#causes"])
    assert [fault.file for fault in check(sound, only="broken", today=TODAY).faults] == ["broken.md"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("There is nothing serious here.", "'nothing serious' (false comfort)"),
        ("Rest ASSURED.", "'Rest ASSURED' (false comfort)"),
        ("It always heals.", "'always heals' (promises an outcome)"),
        ("The joint is worn out.", "'worn out' (alarming word)"),
        ("That is dying bone.", "'dying bone' (alarming word)"),
        ("You have a fracture.", "'You have a fracture' (diagnoses the reader)"),
        ("Your MRI shows swelling.", "'Your MRI shows' (reads the scan)"),
        ("You will recover.", "'You will recover' (forecasts for the reader)"),
        ("Your risk is 5 in 100.", "'Your risk is' (a probability for the reader)"),
        ("One takes 400 mg a day.", "'400 mg' (a dose)"),
        ("Stop taking it.", "'Stop taking' (starts or stops a medicine)"),
        ("You can run.", "'You can run' (clearance)"),
        ("It is safe to drive.", "'It is safe to drive' (clearance)"),
        ("The odds ratio was 2.", "'odds ratio' (a number that patients read the wrong way)"),
    ],
)
def test_words_that_no_patient_may_be_told(text: str, fault: str) -> None:
    assert wording_faults(text) == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "Most bone bruises get better within months.",
        "Ask your doctor whether you can take painkillers.",
        'Reports may say "bone on bone" or “worn out”.',
        "People who have a fracture are often asked to rest.",
    ],
)
def test_words_that_patients_may_be_told(text: str) -> None:
    assert wording_faults(text) == []


def test_every_fault_of_a_text_is_named() -> None:
    assert len(wording_faults("Don't worry: it is harmless, and you will be fine.")) == 3


def test_the_grade_is_flesch_kincaids() -> None:
    # 0.39 x words/sentences + 11.8 x syllables/words - 15.59, with 6 words, 1 sentence and 6 syllables
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59, abs=0.01)


def test_names_of_the_finding_and_the_letters_mri_count_as_one_short_word() -> None:
    plain = grade("The bone sat on the mat.")
    assert grade("The avascular necrosis sat on the mat.", ("avascular necrosis",)) == plain
    assert grade("The MRI sat on the mat.") == plain
    assert grade("The avascular necrosis sat on the mat.") > plain + 5


def test_a_list_line_is_read_as_a_sentence() -> None:
    assert grade("Get help if:\n- it hurts a lot\n- it swells up") == grade(
        "Get help if:\nit hurts a lot.\nit swells up."
    )


def test_what_plainscan_ships_has_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == []
    assert code == 0
    assert printed[-1].endswith("; 0 faults")


WORD = front_matter("words", "Words", "words").replace(
    "also_called: []", "topics: {sprained: {also_called: [overstretched, twisted], next: [sprain#causes]}}"
) + (
    "\n## Sprained\n\nA sprained band was stretched too far. The word tells what took place. It does not tell how bad\n"
    "it is. Ask your doctor which band is meant and what helps it now.[^atlas]\n\n> It was stretched too far.\n"
)


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("overstretched", "overstretched", []),
        (", twisted]", "]", [("#sprained", "2 names in all, at least 3 are wanted")]),
        ("twisted]", "twisted foot]", [("#sprained", "'twisted foot' is a name of sprain too")]),
        ("sprain#causes", "sprain#outlook", [("#sprained", "next: 'sprain#outlook' is not a passage")]),
        (" Ask your doctor which band is meant and what helps it now.", "",
         [("#sprained", "21 words; 30 to 120 are wanted")]),
    ],
)  # fmt: skip
def test_a_word_of_reports_has_its_own_rules(sound: Path, old: str, new: str, faults: list[tuple[str, str]]) -> None:
    (sound / "report_language").mkdir()
    path = sound / "report_language" / "words.md"
    assert old in WORD
    path.write_text(WORD.replace(old, new, 1), encoding="utf-8")
    assert [(fault.field, fault.fault) for fault in check(sound, today=TODAY).faults] == faults


def test_a_word_that_stands_in_two_files_is_named(sound: Path) -> None:
    (sound / "report_language").mkdir()
    for name in ("more", "words"):
        text = WORD.replace("id: words", f"id: {name}").replace("[overstretched, twisted]", f"[{name} one, {name} two]")
        (sound / "report_language" / f"{name}.md").write_text(text, encoding="utf-8")
    faults = [f.fault for f in check(sound, today=TODAY).faults if not f.fault.startswith("repeats")]
    assert faults == ["stands in another file too", "'sprained' is a name of report-language#sprained too"]
