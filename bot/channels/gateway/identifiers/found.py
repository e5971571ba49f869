"""What a recogniser returns."""

from typing import NamedTuple

KINDS = ("name", "birth", "record", "accession", "phone", "email", "address")


class Found(NamedTuple):
    """An identifier: one of KINDS, and where it stands, in characters."""

    kind: str
    start: int
    end: int
