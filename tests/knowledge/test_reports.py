"""Reading reports: what is said of each finding, and what else a patient is told of a report."""

from __future__ import annotations

import io

import pytest

from knowledge.__main__ import main
from knowledge.passages import load_library
from knowledge.reports import ReportReader, Status, Style, looks_like_report


@pytest.fixture(scope="module", name="reader")
def _reader() -> ReportReader:
    return ReportReader(load_library())


def statuses(reader: ReportReader, text: str) -> dict[str, str]:
    return {finding: status.value for finding, status in reader.read(text).by_finding().items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No fracture, dislocation or marrow edema.", {"fracture": "absent", "bone-marrow-edema": "absent"}),
        ("No fracture, small joint effusion.", {"fracture": "absent", "joint-effusion": "present"}),
        ("There is edema of the subcutaneous fat.", {}),
        ("Complete tear of the anterior cruciate ligament.", {"acl-tear": "present"}),
        ("The anterior cruciate ligament is intact.", {"acl-tear": "absent"}),
        ("Anterior and posterior cruciate ligaments are intact.", {"acl-tear": "absent"}),
        (
            "Marrow edema which may represent a stress fracture.",
            {"bone-marrow-edema": "present", "stress-fracture": "uncertain"},
        ),
        ("Status post ACL reconstruction.", {"acl-tear": "prior"}),
        ("CLINICAL: Evaluate for cuff tear.\n\nFINDINGS: There is a joint effusion.", {"joint-effusion": "present"}),
        ("Follow-up is recommended to exclude metastasis.", {}),
        ("Considerations would include metastatic disease.", {"bone-tumor": "uncertain"}),
        ("Considerations include stress reaction, early osteomyelitis, and neoplasm.",
         {"stress-fracture": "uncertain", "bone-infection": "uncertain", "bone-tumor": "uncertain"}),
        ("Infection cannot be differentiated from postoperative change.", {"bone-infection": "uncertain"}),
        ("The marrow edema is likely reactive.", {"bone-marrow-edema": "present"}),
        ("Bones show normal marrow signal.", {"bone-marrow-edema": "absent", "marrow-signal-abnormality": "absent"}),
        ("Old fracture. No new edema of the marrow.", {"fracture": "prior", "bone-marrow-edema": "absent"}),
        ("Baker's cyst, none. Fracture, none.", {"baker-cyst": "absent", "fracture": "absent"}),
        ("No abnormal signal is seen to suggest infection.", {"bone-infection": "absent"}),
        ("This is unlikely to represent infection.", {"bone-infection": "uncertain"}),
        ("The ligament is not seen, suggesting an ACL tear.", {"acl-tear": "uncertain"}),
        ("Fluid in the joint which is likely physiologic.", {"joint-effusion": "absent"}),
        ("The previously seen marrow edema has resolved.", {"bone-marrow-edema": "prior"}),
        ("The previously seen marrow edema persists.", {"bone-marrow-edema": "present"}),
        ("The previously noted fracture line is no longer visualized.", {"fracture": "prior"}),
        ("There is no meniscal tear medially, but laterally there is a radial tear.", {"meniscus-tear": "present"}),
        ("Sequela of a remote ankle sprain.", {"ankle-ligament-sprain": "prior"}),
        # a mass of the brain is no bone tumor, and its fluid no joint's
        ("MRI BRAIN: No mass or hemorrhage. Small mastoid effusion.", {}),
        ("MRI of the abdomen. Small hemangioma of the liver.", {}),
        # words that look like those of findings
        ("Prior L4-5 discectomy. Bones are osteopenic. Flexor insertions are normal.", {}),
        # a sign is no finding, nor is what the radiologist does not call by its name
        ("Edema of the rotator interval.", {}),
        ("Mass effect on the thecal sac.", {}),
        ("There is a mass in the calf.", {}),
        ("No mass or bone lesion.", {"bone-tumor": "absent"}),
    ],
)  # fmt: skip
def test_what_a_report_says_of_each_finding(reader: ReportReader, text: str, expected: dict[str, str]) -> None:
    assert statuses(reader, text) == expected


def test_a_mention_carries_the_reports_own_words(reader: ReportReader) -> None:
    text = "EXAM: MRI LUMBAR SPINE\n\nFINDINGS:\nL4-L5: Moderate left paracentral disc protrusion measuring 4 mm."
    (mention,) = reader.read(text).mentions
    assert (mention.finding, mention.level, mention.side) == ("disc-herniation", "L4-L5", "left")
    assert (mention.severity, mention.size, mention.section) == ("Moderate", "4 mm", "findings")
    assert text[mention.start : mention.end] == mention.term
    assert mention.status is Status.PRESENT


def test_a_normal_structure_gives_way_to_another_that_is_not(reader: ReportReader) -> None:
    reading = reader.read("The medial meniscus is normal. Complex tear of the lateral meniscus.")
    assert reading.by_finding() == {"meniscus-tear": Status.PRESENT}
    assert [s.words for s in reading.normal] == ["medial meniscus is normal"]


def test_what_is_uncertain_in_one_place_is_not_also_told_as_ruled_out(reader: ReportReader) -> None:
    reading = reader.read("No tear of the medial meniscus. Possible tear of the lateral meniscus.")
    assert [m.status.value for m in reading.mentions] == ["absent", "uncertain"]
    assert [m.status.value for m in reading.told()] == ["uncertain"]


def test_what_was_there_before_is_told_beside_what_is_ruled_out_now(reader: ReportReader) -> None:
    reading = reader.read("Old healed fracture of the tibia. No acute fracture.")
    assert [m.status.value for m in reading.told()] == ["prior", "absent"]


def test_findings_and_impression_that_disagree_are_a_contradiction_and_the_safer_is_told(reader: ReportReader) -> None:
    reading = reader.read("FINDINGS: There is a joint effusion.\n\nIMPRESSION: No joint effusion.")
    (contradiction,) = reading.contradictions
    assert (contradiction.first.status, contradiction.second.status) == (Status.PRESENT, Status.ABSENT)
    assert reading.by_finding() == {"joint-effusion": Status.UNCERTAIN}


def test_two_places_do_not_contradict_each_other(reader: ReportReader) -> None:
    text = "FINDINGS: No tear of the medial meniscus.\n\nIMPRESSION: Tear of the lateral meniscus."
    assert reader.read(text).contradictions == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "No labral tear. Tendinosis of the supraspinatus with a possible partial tear.",
            {"slap-tear": "absent", "rotator-cuff-tendinosis": "present", "rotator-cuff-tear": "uncertain"},
        ),
        ("Nondisplaced fracture of the scaphoid waist.", {"scaphoid-fracture": "present"}),
        ("MRI wrist. Central perforation of the TFCC.", {"tfcc-tear": "present"}),
        ("Edema most in keeping with an insufficiency fracture.", {"stress-fracture": "uncertain"}),
        ("Gluteus minimus tendinopathy without tear.", {"gluteal-tendinopathy": "present"}),
        ("CT is recommended if a stress fracture is suspected.", {}),
        ("Correlation with tumour markers is suggested.", {}),
        ("MRI lumbar spine. Mild degenerative changes at L4-L5.", {}),
    ],
)
def test_what_a_second_set_of_reports_showed(reader: ReportReader, text: str, expected: dict[str, str]) -> None:
    assert {m.finding: m.status.value for m in reader.read(text).told()} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a height is that of a vertebra or of a disc
        ("MRI lumbar spine. Vertebral bodies are normal in height.", {"vertebral-compression-fracture": "absent"}),
        ("MRI lumbar spine. Vertebral bodies show normal height.", {"vertebral-compression-fracture": "absent"}),
        ("MRI lumbar spine. Vertebral bodies are normal in signal.", {}),
        ("MRI lumbar spine. No e/o compression collapse.", {"vertebral-compression-fracture": "absent"}),
        ("Background degenerative disc height loss L4-5.", {"disc-degeneration": "present"}),
        ("Disc space height loss at L5-S1.", {"disc-degeneration": "present"}),
        ("L4-5: height loss.", {"disc-degeneration": "present"}),
        ("L1: 30% height loss.", {"vertebral-compression-fracture": "present"}),
        ("L1-L3: height loss of the vertebral bodies.", {"vertebral-compression-fracture": "present"}),
        # a normal tendon is not thickened, an intact one may be
        ("The rotator cuff is normal.", {"rotator-cuff-tear": "absent", "rotator-cuff-tendinosis": "absent"}),
        ("The rotator cuff is intact.", {"rotator-cuff-tear": "absent"}),
        ("Subscapularis normal. Infraspinatus tendinosis.",
         {"rotator-cuff-tear": "absent", "rotator-cuff-tendinosis": "present"}),
        ("No rotator cuff tear. No tendinosis.", {"rotator-cuff-tear": "absent", "rotator-cuff-tendinosis": "absent"}),
        # as is the other
        ("The cruciates are intact, as are the collaterals.",
         {"acl-tear": "absent", "collateral-ligament-sprain": "absent"}),
        ("The ACL is intact, and so is the medial meniscus.", {"acl-tear": "absent", "meniscus-tear": "absent"}),
        ("The ACL is torn, as is the medial meniscus.", {"acl-tear": "present", "meniscus-tear": "present"}),
        ("The ACL is torn but the PCL is intact, as are the menisci.",
         {"acl-tear": "present", "meniscus-tear": "absent"}),
        # letters behind a label
        ("MRI wrist.\n* Scaphoid: N. No effusion.", {"scaphoid-fracture": "absent", "joint-effusion": "absent"}),
        ("MRI shoulder. Labrum: NFs. Bursa: N.", {"slap-tear": "absent", "bursitis": "absent"}),
        ("MRI wrist. Scaphoid N view.", {}),
        # edema in or around what is in bone
        ("Mild edema in the calcaneal spur.", {"bone-marrow-edema": "present", "osteophyte": "present"}),
        ("Edema surrounding the fracture line.", {"bone-marrow-edema": "present", "fracture": "present"}),
        ("Soft tissue edema around the calcaneal spur.", {"osteophyte": "present"}),
        ("Enchondroma. No surrounding edema.", {"enchondroma": "present", "bone-marrow-edema": "absent"}),
        ("Enchondroma. No adjacent soft tissue edema.", {"enchondroma": "present"}),
        ("Baker cyst with surrounding edema.", {"baker-cyst": "present"}),
        ("Bone marrow edema in both sacroiliac joints.", {"sacroiliac-edema": "present"}),
        ("Marrow edema, on both iliac and sacral sides.",
         {"bone-marrow-edema": "present", "sacroiliac-edema": "present"}),
        ("Bone marrow edema in the left ilium. The sacroiliac joints are normal.",
         {"bone-marrow-edema": "present", "sacroiliac-edema": "absent"}),
        # after an operation
        ("Edema around the tibial tunnel may be postsurgical.",
         {"bone-marrow-edema": "present", "post-surgical-edema": "uncertain"}),
        ("Marrow edema in keeping with expected postoperative edema.",
         {"bone-marrow-edema": "present", "post-surgical-edema": "present"}),
        ("Marrow edema in the tibia. This is likely postsurgical in nature.",
         {"bone-marrow-edema": "present", "post-surgical-edema": "uncertain"}),
        ("Marrow edema in the patella. Postoperative changes of the fat pad.", {"bone-marrow-edema": "present"}),
        ("Marrow edema in the patella and postoperative change of the capsule.", {"bone-marrow-edema": "present"}),
        ("Postoperative edema of the subcutaneous tissues.", {}),
        # what else it may come from
        ("Marrow edema. Other causes of marrow edema cannot be excluded.", {"bone-marrow-edema": "present"}),
        ("The differential for the joint effusion includes infection.", {"bone-infection": "uncertain"}),
        ("Other causes such as infection cannot be excluded.", {"bone-infection": "uncertain"}),
        # a doubt, and what is doubted
        ("An infiltrative process cannot be excluded.", {"bone-tumor": "uncertain"}),
        ("Fatty infiltration of the muscle.", {}),
        ("A low-grade chondrosarcoma is thought unlikely.", {"bone-tumor": "uncertain"}),
        ("CRPS may have this appearance.", {"crps": "uncertain"}),
        ("MRI neither confirms nor excludes CRPS.", {"crps": "uncertain"}),
        ("Clin: post 5th metatarsal fracture, pain.\nReport: No marrow edema.", {"bone-marrow-edema": "absent"}),
        ("No angiomas or other focal lesions of the vertebral bodies.", {"vertebral-hemangioma": "absent"}),
        # an effusion that runs on into a bursa
        ("GHJ: Large effusion communicating with the subacromial bursa.", {"joint-effusion": "present"}),
        ("Effusion of the subacromial bursa.", {"bursitis": "present"}),
        ("MRI shoulder. Cuff tear arthropathy.", {"osteoarthritis": "present"}),
    ],
)  # fmt: skip
def test_what_a_third_set_of_reports_showed(reader: ReportReader, text: str, expected: dict[str, str]) -> None:
    assert statuses(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a loss of height is a finding by its level or its part, and a sign where a fracture is in doubt
        ("MRI spine. T8: 50% loss of height.", {"vertebral-compression-fracture": "present"}),
        ("MRI spine. L5-S1: loss of height.", {"disc-degeneration": "present"}),
        ("MRI spine. Reduced height of the L5-S1 disc.", {"disc-degeneration": "present"}),
        ("MRI spine. Degenerative changes with loss of height.", {}),
        ("L1: mild height loss. A compression fracture cannot be excluded.",
         {"vertebral-compression-fracture": "uncertain"}),
        ("Loss of height at L1, a compression fracture is suspected.", {"vertebral-compression-fracture": "uncertain"}),
        ("Chronic height loss at L1. No acute compression fracture.", {"vertebral-compression-fracture": "present"}),
        ("Height loss at L1. Compression fracture of L3 suspected.", {"vertebral-compression-fracture": "present"}),
        # where in the labrum
        ("MRI shoulder. Labrum: anteroinferior tear.", {}),
        ("MRI shoulder. The labrum is torn posteriorly.", {}),
        ("MRI shoulder. Labrum: tear from 11 to 1 o'clock.", {"slap-tear": "present"}),
        ("MRI shoulder. Labral tear. Posterior capsule intact.", {"slap-tear": "present"}),
        ("MRI hip. Labrum: posterior tear.", {"hip-labral-tear": "present"}),
        # the only part of a sentence, however far
        ("The ACL is not seen in continuity at its femoral attachment, consistent with a complete tear.",
         {"acl-tear": "present"}),
        ("Minimal joint fluid, physiological.", {"joint-effusion": "absent"}),
        ("Small joint effusion, greater than physiologic.", {"joint-effusion": "present"}),
        ("Facet joints: mild OA, small left effusion at L4-5.", {"facet-arthropathy": "present"}),
        ("MRI lumbar spine. Pars defect with grade 1 slip of L5 on S1.",
         {"spondylolysis": "present", "spondylolisthesis": "present"}),
        ("MRI lumbar spine. No slip.", {"spondylolisthesis": "absent"}),
        ("MRI finger. The central slip is intact.", {}),
        ("MRI hip. No slip of the epiphysis.", {}),
        # where a negation ends
        ("Marrow edema without a fracture line - stress reaction.",
         {"bone-marrow-edema": "present", "fracture": "absent", "stress-fracture": "present"}),
        ("No fracture - no osteochondral lesion. Effusion - nil.",
         {"fracture": "absent", "osteochondral-lesion": "absent", "joint-effusion": "absent"}),
        ("No non-displaced fracture or effusion.", {"fracture": "absent", "joint-effusion": "absent"}),
        ("No fracture line, suspicious for a stress reaction.", {"fracture": "absent", "stress-fracture": "uncertain"}),
        ("No fracture or lesion suspicious for metastasis.", {"fracture": "absent", "bone-tumor": "absent"}),
        ("No sign of infection or, possibly, tumor.", {"bone-infection": "absent", "bone-tumor": "absent"}),
        ("The normal cord argues against infection.", {"cord-compression": "absent", "bone-infection": "uncertain"}),
        ("No replacement of marrow - features against metastasis.", {"bone-tumor": "absent"}),
        ("Disc protrusion pressing against the L5 root.", {"disc-herniation": "present"}),
        ("MRI knee. MM - torn. LM - intact.", {"meniscus-tear": "present"}),
        ("MRI KNEE. 4 MM TEAR OF THE ACL.", {"acl-tear": "present"}),
        ("MRI sacroiliac joints. No BMO.", {"bone-marrow-edema": "absent", "sacroiliac-edema": "absent"}),
        # what is excluded, and what is not
        ("Intermetatarsal neuroma excluded.", {"morton-neuroma": "absent"}),
        ("Infection cannot be safely excluded.", {"bone-infection": "uncertain"}),
        ("Infection cannot, on these images, be excluded.", {"bone-infection": "uncertain"}),
        ("A fracture is not seen and infection is excluded.", {"fracture": "absent", "bone-infection": "absent"}),
        # a kind of a fracture, whatever bone it is of
        ("Subchondral insufficiency fracture of the medial femoral condyle.",
         {"subchondral-insufficiency-fracture": "present"}),
        ("Fracture of the scaphoid.", {"scaphoid-fracture": "present"}),
        # the bulk of a muscle says nothing of its tendon
        ("MRI shoulder. Cuff muscle bulk preserved.", {}),
        ("MRI shoulder. Normal bulk of the rotator cuff muscles.", {}),
        # where something is, is known
        ("No edema around the L1 fracture.", {"bone-marrow-edema": "absent", "fracture": "present"}),
        ("No marrow edema, no joint effusion or fracture.",
         {"bone-marrow-edema": "absent", "joint-effusion": "absent", "fracture": "absent"}),
        ("No marrow edema or evidence of the fracture.", {"bone-marrow-edema": "absent", "fracture": "absent"}),
        ("MRI knee. Marrow: N. Effusion: N.",
         {"bone-marrow-edema": "absent", "marrow-signal-abnormality": "absent", "joint-effusion": "absent"}),
        ("MRI knee. Effusion: small.", {"joint-effusion": "present"}),
    ],
)  # fmt: skip
def test_what_dictated_sentences_showed(reader: ReportReader, text: str, expected: dict[str, str]) -> None:
    assert statuses(reader, text) == expected


def test_a_label_says_which_joint_is_meant(reader: ReportReader) -> None:
    reading = reader.read(
        "MRI LEFT KNEE AND LEFT HIP\nLEFT KNEE: Small joint effusion.\nLEFT HIP: Tear of the anterior labrum. "
        "No joint effusion.\nIMPRESSION:\n1. Left knee: small effusion.\n2. Left hip: anterior labral tear."
    )
    assert reading.contradictions == ()
    assert {m.finding: m.status.value for m in reading.told()} == {
        "joint-effusion": "present", "hip-labral-tear": "present",
    }  # fmt: skip


def test_a_side_is_copied_from_the_title_or_the_statement_and_never_from_another(reader: ReportReader) -> None:
    text = "1. Moderate canal stenosis at C5-C6. 2. Severe left foraminal narrowing at C6-C7."
    assert [(m.finding, m.side) for m in reader.read(text).mentions] == [
        ("spinal-stenosis", None), ("foraminal-stenosis", "left"),
    ]  # fmt: skip
    [effusion] = reader.read("MRI LEFT KNEE\nSmall joint effusion.").mentions
    assert effusion.side == "left"
    [erosions] = reader.read("Erosions, right greater than left.").mentions
    assert erosions.side == "bilateral"


def test_numbers_of_a_list_and_labels_are_no_part_of_what_is_quoted(reader: ReportReader) -> None:
    reading = reader.read("Impression: 1. Small effusion. 2. Baker cyst. Ligaments: The right ACL is intact.")
    assert [m.sentence for m in reading.mentions][:2] == ["Small effusion.", "Baker cyst."]
    assert [s.words for s in reading.normal] == ["right ACL is intact"]


def test_an_impression_may_be_dictated_without_a_colon(reader: ReportReader) -> None:
    reading = reader.read("there is a small effusion. impression mild bursitis. Impression on the thecal sac.")
    assert [(m.finding, m.section) for m in reading.mentions] == [
        ("joint-effusion", "findings"), ("bursitis", "impression"),
    ]  # fmt: skip


def test_a_sign_that_a_finding_explains_is_not_called_unexplained(reader: ReportReader) -> None:
    assert reader.read("Periligamentous edema of the MCL, consistent with a grade 1 sprain.").unexplained == ()
    [phrase] = reader.read("There is a geographic subchondral lesion of the femoral head.").unexplained
    assert phrase.words == "geographic subchondral lesion of the femoral head"


def test_a_sentence_without_an_end_is_cut_between_clauses(reader: ReportReader) -> None:
    filler = "and there is a mild amount of something that nobody ever looks for in this knee joint " * 6
    reading = reader.read(filler + "and the patellar tendon shows mild proximal tendinosis")
    assert [m.finding for m in reading.mentions] == ["patellar-tendinosis"]


def test_hedges_are_linked_to_their_topics(reader: ReportReader) -> None:
    reading = reader.read("A tear cannot be excluded. Edema versus contusion.")
    topics = [(h.topic, h.words) for h in reading.hedges]
    assert topics == [("report-language#cannot-exclude", "cannot be excluded"), ("report-language#versus", "versus")]
    assert set(h.topic for h in reading.hedges) <= load_library().passages.keys()


def test_what_no_finding_covers_is_listed_once_and_only_if_it_is_there(reader: ReportReader) -> None:
    reading = reader.read("There is a loose body. No plica. Muscle atrophy is noted.")
    assert [s.words for s in reading.unexplained] == ["loose body", "Muscle atrophy"]


def test_sections_are_told(reader: ReportReader) -> None:
    text = "EXAM: MRI knee\nTECHNIQUE: T1, T2.\nFINDINGS: No fracture.\nIMPRESSION: Normal."
    assert [(s.name, text[s.start : s.end]) for s in reader.read(text).sections][-2:] == [
        ("findings", "No fracture."), ("impression", "Normal."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("EXAM: MRI KNEE\nFINDINGS: No fracture. ACL is intact.\nIMPRESSION: Normal.", Style.REPORT),
        ("IMPRESSION: 1. Torn ACL. 2. Bucket handle tear. 3. Grade II MCL sprain.", Style.REPORT),
        ("it says 'increased T2 signal in the medial femoral condyle'", Style.QUOTE),
        ("Full ACL tear, bone bruise, mild effusion", Style.QUOTE),
        ("what is a bone bruise", None),
        ("How long does mild bone marrow edema last?", None),
        ("my knee hurts and I think I have a meniscus tear", None),
        ("thank you", None),
    ],
)
def test_a_report_is_known_among_what_patients_type(text: str, style: Style | None) -> None:
    assert looks_like_report(text) is style


def test_read_prints_the_reading_without_colours_where_none_are_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdin", io.StringIO("No fracture. Small joint effusion [trace]."))
    assert main(["read", "-"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "No fracture. Small joint effusion [trace]." in printed
    assert "joint-effusion" in printed
    assert "absent" in printed


@pytest.mark.parametrize("title", ["MRI L-S SPINE", "MRI L/S spine", "MRI L Spine"])
def test_the_lumbosacral_spine_is_no_left_side(reader: ReportReader, title: str) -> None:
    (mention,) = reader.read(f"{title}\n\nFacet arthropathy.").mentions
    assert mention.side is None
