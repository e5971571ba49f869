"""What raises a flag and what does not: two tables, and the ways in which people write."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from knowledge.red_flags import Level, RedFlags, load_red_flags

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


@cache
def flags() -> RedFlags:
    return load_red_flags()


def raised(*texts: str, report: bool = False) -> dict[str, str]:
    """Flag id -> level, after these messages of one conversation."""
    kept: frozenset[str] = frozenset()
    for text in texts:
        signs = flags().read(text, report)
        found, kept = flags().raised(kept | signs), kept | flags().lasting(signs)
    return {r.flag.id: r.level.value for r in found}


RAISE = [
    ("can't feel when I wipe", "rf-cauda", "emergency"),
    ("peeing myself since yesterday", "rf-cauda", "emergency"),
    ("leg swollen since the flight and short of breath", "rf-clot-lung", "emergency"),
    ("don't want to live with this pain", "rf-suicide", "emergency"),
    ("fever and my knee is hot", "rf-septic", "same-day"),
    ("MY MOTHER CANT HOLD HER URINE SINCE THE BACK PAIN GOT WORSE", "rf-cauda", "emergency"),
    ("is it bad that i can't feel my private parts", "rf-cauda", "emergency"),
    ("No chest pain but I am short of breath", "rf-clot-lung", "emergency"),
    ("I had an MRI 2 years ago. Now I can't feel when I wipe.", "rf-cauda", "emergency"),
    ("dont know if this matters but i have numbness in my private area", "rf-cauda", "emergency"),
    ("breast cancer two years ago, now my back hurts at night", "rf-mscc", "same-day"),
    ("my 82 year old mother fell yesterday and her hip hurts, xray was normal", "rf-trauma", "emergency"),
    ("I'm diabetic and my foot is warm and swollen", "rf-diabfoot", "same-day"),
    ("I am 33 weeks pregnant and my hip hurts when I stand", "rf-pregnancy-hip", "same-day"),
    ("my 4 year old is limping and has fever", "rf-child-limp", "same-day"),
    ("my 6 year old has been limping for a week", "rf-child-limp", "same-day"),
    ("prednisone down from 40 to 5 and now crushing chest pain", "rf-chest", "emergency"),
    ("not going to do anything tonight but I do think about killing myself", "rf-suicide", "emergency"),
    ("I have wanted to die for years", "rf-suicide", "emergency"),
    ("since this morning my foot has gone numb and white in the cast", "rf-limb-cold", "emergency"),
    ("could this cause a hot, swollen knee and a fever? because that's what I have", "rf-septic", "same-day"),
    ("my leg's weak since yesterday and my back hurts", "rf-footdrop", "same-day"),
    ("numb between my legs comma and my back hurts full stop", "rf-cauda", "emergency"),
    ("my knee is infected, heart rate 128, resp rate 30, I am freezing", "rf-sepsis", "emergency"),
    ("back pain and 38.9 since sunday", "rf-spine-fever", "same-day"),
    ("Only bent down, seventy-nine years old, and a sudden stab in my back", "rf-vcf", "soon"),
    ("chest pain going down my left arm", "rf-chest", "emergency"),
    ("I can't get an erection since my back went", "rf-cauda", "emergency"),
    ("i ca nt feel when i wipe", "rf-cauda", "emergency"),
    ("The nurse asked if I can feel when I wipe. I can't.", "rf-cauda", "emergency"),
    ("The physio asked if I had numbness around my back passage. I do.", "rf-cauda", "emergency"),
    ("no numbness between the legs, but since last night I do", "rf-cauda", "emergency"),
    ("I do have numbness between my legs", "rf-cauda", "emergency"),
    ("I want it to be over. everything.", "rf-suicide", "emergency"),
    ("no injury, my thigh bone aches at night, I'm 21", "rf-child-bone", "soon"),
    ("Mi father no can hold the urine since he has the pain of back", "rf-cauda", "emergency"),
    ("the doctor asked if I feel safe with my thoughts and I said not really", "rf-suicide", "emergency"),
    ("The surgeon warned me about numbness around the genitals and now I have it", "rf-cauda", "emergency"),
    ("watching tv and got crushing chest pain", "rf-chest", "emergency"),
    ("The doctor asked if I had chest pain, and yes I have, crushing", "rf-chest", "emergency"),
    ("the numbness was gone after the injection but it's back, in the saddle area", "rf-cauda", "emergency"),
    ("everything was fine until I wet myself today, back pain", "rf-cauda", "emergency"),
    ("Could my leg go numb from the cast? It's numb, cold and blue now.", "rf-limb-cold", "emergency"),
    ("My neighbour had the same. Now my husband can't move his legs", "rf-cauda", "emergency"),
    ("my colleague had the same and told me to write: I can't feel when I wipe", "rf-cauda", "emergency"),
    ("my friend had exactly the same, numb when she wiped, and that's what I have", "rf-cauda", "emergency"),
    ("I had an accident at work (bowels), my back was operated on in spring", "rf-cauda", "emergency"),
]
SAY_NOTHING = [
    "Surgeon warned me about numbness around the genitals, I have nothing like that.",
    "knee locks for a second sometimes then lets go, for years",
    "my son, 7, limped for half an hour after football, now he plays again",
    "I've been clumsy since I was a kid, the MRI of my neck is normal",
    "The physio asked if I had numbness around my back passage. I don't.",
    "my bum goes numb when I sit, as soon as I get up it's fine",
    "no injury, fever or night pain in my shin bone",
    "can infection cause edema?",
    "what fever level should I be concerned?",
    "no fever, knee a bit swollen after running",
    "I had a fever last year with flu, now knee edema",
    "what if I get a fever and my knee gets hot",
    "I read in a book that bone infection gives fever and hot joints",
    "is leg edema the same as bone marrow edema",
    "what does a chest wall MRI show",
    "I'm dying to run again, this waiting is killing me",
    "Denies bowel or bladder problems, no numbness in the groin.",
    "I hurt myself running and am tired of this pain",
    "if my leg becomes numb and cold should I go to hospital",
    "my hands go numb at night",
    "stress fracture of the navicular, how long is healing",
    "what are the signs of cauda equina syndrome",
    "I was suicidal in 2012 and have been well since, what is a bursa",
    "I don't want to die or anything, I just want to know what edema is",
    "I couldn't walk at all in March and it is fine now",
    "I had several hip scans and they say the bone is not numb",
    "the numbness has gone",
    "In the film the soldier said he wanted to end it all. What is osteoarthritis?",
    "no history of cancer. my hip aches",
    "I never had cancer and my hip aches",
    "the doctor asked if I'd had chest pain and I said no, never",
    "my toes went numb in the ski boots and it was gone as soon as I took them off",
    "no wait, stress fracture, not a bruise",
    "I had 38.5 ml of contrast",
    "chest pain? nope, none of it, I have had none of that",
    "The leaflet mentions numbness between the legs. I have none of that.",
    "I had numbness in my foot, it was gone after a minute",
    "Pec tight from desk work, shoulder rolls forward",
    "my arm goes dead when I sleep on it and wakes up in a minute",
    "the rheumatologist let me go, still sore on the right",
    "both shoulders are stiff for 10 minutes in the morning",
    "are heel drops ok for my achilles",
    "my job is suicide for the back, everyone knows",
    "I have asthma, breathing is same as always",
    "Raynaud since school, fingers go white in the freezer aisle",
    "carpal tunnel tested, numb fingers at night",
    "my neighbour had the same tear, did nothing, and now he can't lift his arm",
    "A colleague of mine had exactly the same and then he could not walk at all",
]


@pytest.mark.parametrize(("text", "flag", "level"), RAISE)
def test_raises(text: str, flag: str, level: str) -> None:
    assert raised(text).get(flag) == level


@pytest.mark.parametrize("text", SAY_NOTHING)
def test_says_nothing(text: str) -> None:
    assert raised(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "i cnt feel wen i wipe n my bak hurts",
        "numness in my saddel area",
        "NUMB BETWEEN MY LEGS",
        "n\u200bumb between\u00a0my le\u00adgs",
        "my privte parts are nummb",
    ],
)
def test_reads_what_is_badly_written(text: str) -> None:
    assert raised(text).get("rf-cauda") == "emergency"


def test_what_cannot_be_seen_hides_no_colon_before_a_report() -> None:
    text = "What does this mean: findings consistent with osteomyelitis of the heel? I'm still at work."
    assert raised(text) == raised(text.replace("mean:", "mea\u200dn\u2060:")) == {"rf-osteo": "same-day"}


def test_puts_several_messages_together() -> None:
    assert raised("my knee is hot and red") == {}
    assert "rf-septic" in raised("my knee is hot and red", "what is edema", "and I have a fever")


def test_today_in_one_message_does_not_make_the_pain_of_another_sudden() -> None:
    assert "rf-worse" not in raised("I got my MRI today", "what does edema mean")


def test_every_flag_can_be_raised_except_what_is_routine() -> None:
    silent = [f.id for f in flags().flags.values() if not f.cases]
    assert silent == ["rf-not-better"]
    for flag in flags().flags.values():
        for level, signs in flag.cases:
            assert (flag.id, level) in {(r.flag.id, r.level) for r in flags().raised(signs)} or any(
                r.flag.id == flag.id and r.level.rank < level.rank for r in flags().raised(signs)
            )


def test_the_most_urgent_comes_first() -> None:
    found = flags().raised(flags().read("my knee is hot, red and swollen and I have chest pain"))
    assert [r.level for r in found] == sorted((r.level for r in found), key=lambda level: level.rank)
    assert found[0].level is Level.EMERGENCY


def test_reads_reports_with_what_they_rule_out() -> None:
    assert raised("Severe cord compression with cord signal change.", report=True) == {"rf-cord": "same-day"}
    assert raised("No cord compression. No abscess or osteomyelitis.", report=True) == {}
    assert raised("There is a displaced fracture of the tibia.", report=True)["rf-fracture-report"] == "same-day"


@pytest.mark.parametrize(
    ("report", "signs"),
    [
        ("No fracture, avascular necrosis or focal marrow lesion.", {}),
        ("No evidence of fracture, osteonecrosis, mass or infection is seen.", {}),
        ("No acute fracture, dislocation, mass, or osteomyelitis.", {}),
        ("Osteomyelitis cannot be excluded.", {"report-infection": False}),
        ("Cannot rule out osteomyelitis.", {"report-infection": False}),
        ("Findings are suspicious for osteomyelitis.", {"report-infection": False}),
        ("There is osteomyelitis of the calcaneus.", {"report-infection": True}),
        ("Indication: r/o osteomyelitis. Findings: soft tissue swelling.", {}),
        ("CLINICAL DETAILS: known breast cancer, ?cord compression. FINDINGS: No cord compression.", {}),
        (
            "Clinical history: foot ulcer, evaluate for osteomyelitis FINDINGS: Marrow edema and abscess",
            {"report-infection": True},
        ),
        ("A thin low signal line suspicious for a stress fracture.", {}),
        ("Fluid in the subacromial subdeltoid bursa.", {}),
        ("There is a burst fracture of L1 with retropulsion.", {"report-vcf": True, "report-vcf-nerve": True}),
        ("Metastatic disease is not excluded.", {"report-mass": False}),
        ("Metastases throughout the lumbar spine.", {"report-mass": True}),
        ("Possible metastasis. Definite metastasis at L3.", {"report-mass": True}),
        ("A pathological fracture cannot be excluded.", {"report-pathological": False, "report-fracture-bad": False}),
        ("Avascular necrosis of the femoral head.", {"report-avn": True}),
        ("Findings may represent early avascular necrosis.", {"report-avn": False}),
        ("Avascular necrosis is not seen. Infection is felt to be unlikely.", {"report-infection": False}),
        ("The differential includes lymphoma and infection.", {"report-mass": False, "report-infection": False}),
        ("Recommend CT to exclude a displaced fracture.", {}),
        ("No mass. No collection.", {}),
        ("Mass: none. Infection: none.", {}),
        (
            "Infection or tumor is not favored but cannot be excluded.",
            {"report-infection": False, "report-mass": False},
        ),
        ("A small protrusion abuts but does not compress the cord.", {}),
        ("Flattening of the cord, which does not compress the cord elsewhere.", {"report-cord": True}),
        ("Cord compression versus artifact.", {"report-cord": False}),
        ("There is no cord compression, abscess or discitis.", {}),
        ("Displaced fracture of the tibial plateau, no infection is present.", {"report-fracture-bad": True}),
    ],
)
def test_tells_apart_what_a_report_states_leaves_open_rules_out_and_only_asks(
    report: str, signs: dict[str, bool]
) -> None:
    """signs: those of the report's own language, and whether they are stated rather than left open."""
    present, stated = flags().read_sure(report, report=True)
    assert {sign: sign in stated for sign in present if sign.startswith("report-")} == signs


def test_what_patients_say_of_themselves_is_never_called_open() -> None:
    present, stated = flags().read_sure("I possibly have numb legs and maybe I can't feel when I pee")
    assert present == stated != frozenset()


def test_a_file_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    rows = yaml.safe_load((KNOWLEDGE / "red_flags.yml").read_text("utf-8"))
    rows["flags"][0]["when"] = ["no-such-sign"]
    (tmp_path / "red_flags.yml").write_text(yaml.safe_dump(rows))
    (tmp_path / "red_flag_words.yml").write_text((KNOWLEDGE / "red_flag_words.yml").read_text("utf-8"))
    with pytest.raises(ValueError, match="rf-cauda: 'no-such-sign' is no sign"):
        load_red_flags(tmp_path)
