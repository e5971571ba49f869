"""Of several findings that a message names, the one that it asks about comes first."""

from __future__ import annotations

import pytest

from knowledge.asked_findings import in_order
from knowledge.composed_names import ComposedNames
from knowledge.names import finding_names


@pytest.fixture(scope="module")
def names() -> ComposedNames:
    return ComposedNames(finding_names())


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        # a word of its name calls it, and what is said of it is no subject
        ("a tear of my medial meniscus and a Baker cyst. is the cyst a tumour?", ("baker-cyst", "meniscus-tear")),
        ("knee osteoarthritis and a baker cyst. whats the cyst?", ("baker-cyst", "osteoarthritis")),
        ("the scan found synovitis. is that an infection or arthritis?", ("synovitis",)),
        ("enchondroma in the humerus. does it turn into a stress fracture", ("enchondroma",)),
        ("the scan found synovitis and arthritis. is that arthritis?", ("osteoarthritis",)),
        # these ask about what they name
        ("a plica and synovitis, cartilage loss. is this just arthrosis?", ("osteoarthritis", "chondromalacia")),
        ("anterolisthesis and moderate canal stenosis. what is this anterolisthesis in simple language",
         ("spondylolisthesis", "spinal-stenosis")),
        ("canal stenosis and anterolisthesis. is this anterolisthesis bad?", ("spondylolisthesis", "spinal-stenosis")),
        ("a torn ACL and a Baker cyst. what is a baker cyst?", ("baker-cyst", "acl-tear")),
        ("MCL sprain, bone bruise. what is the usual time for a bone bruise to heal?",
         ("bone-bruise", "collateral-ligament-sprain")),
        # a word that two of them have calls neither
        ("a baker cyst and a tarlov cyst. is the cyst dangerous?", ("baker-cyst", "tarlov-cyst")),
        # why the scan was made, and what was before
        ("MRI because of sciatica. it says Tarlov cyst at S2. should I ignore it?", ("tarlov-cyst",)),
        ("scan was for my torn meniscus, they found an enchondroma. is it bad?", ("enchondroma",)),
        ("after a hip labral tear they now see a stress fracture. how long does it take?", ("stress-fracture",)),
        ("MRI for my sciatica. can the Tarlov cyst cause the sciatica?", ("tarlov-cyst", "nerve-root-compression")),
        # a fracture that CRPS came after
        ("broke my wrist in may, now it is CRPS. what drugs help?", ("crps",)),
        ("findings in keeping w De Quervain's, and a ganglion cyst. what now?",
         ("de-quervain-tenosynovitis", "ganglion-cyst")),
    ],
)  # fmt: skip
def test_the_one_that_is_asked_about_comes_first(names: ComposedNames, text: str, findings: tuple[str, ...]) -> None:
    assert in_order(text, names.find(text)) == findings
