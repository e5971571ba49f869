"""The one file of the widget, with what tells one version of it from another."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent
BUNDLE = FOLDER / "plainscan-chat.js"


@dataclass(frozen=True)
class Bundle:
    """The built element, as bytes of JavaScript (UTF-8)."""

    body: bytes

    @cached_property
    def digest(self) -> str:
        """The name of this content: 16 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def name(self) -> str:
        """The file name that holds this content for ever; plainscan-chat.js is whichever is served now."""
        return f"plainscan-chat.{self.digest}.js"

    @cached_property
    def integrity(self) -> str:
        """What a page's `integrity` attribute says, so that a browser runs this content and no other."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()

    @cached_property
    def gzipped(self) -> bytes:
        """The body compressed; the same bytes each time."""
        return gzip.compress(self.body, compresslevel=9, mtime=0)


def read_bundle(path: Path = BUNDLE) -> Bundle:
    """Read the built element.

    Raises:
        OSError: it is not there.
    """
    return Bundle(path.read_bytes())
