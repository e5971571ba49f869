"""Refusals: RFC 9457 problem documents. Their words are in problems.yml."""

import functools
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:plainscan:problem:"


class ProblemDetail(BaseModel):
    """A problem document. It never quotes what was sent."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="which problem, as a stable name", examples=[TYPE_PREFIX + "conversation-ended"])
    title: str = Field(description="in a few words", examples=["This conversation has ended"])
    status: int = Field(description="the HTTP status", examples=[401])
    detail: str = Field(description="what to do about it", examples=["Please start a new one."])


class Problem(Exception):
    """A request is refused.

    Args:
        name: the key in problems.yml.
        headers: added to the response.
        extra: further members of the document, which also fill the $names of its words.
    """

    def __init__(self, name: str, headers: Mapping[str, str] | None = None, **extra: int | str) -> None:
        super().__init__(name)
        words = catalogue()[name]
        self.status = int(words["status"])
        self.document: dict[str, Any] = {
            "type": TYPE_PREFIX + name,
            "title": words["title"],
            "status": self.status,
            "detail": Template(str(words["detail"])).substitute({key: _shown(value) for key, value in extra.items()}),
            **extra,
        }
        self.headers = dict(headers or {})
        if self.status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        if "seconds" in extra:
            self.headers["Retry-After"] = str(extra["seconds"])

    def response(self) -> JSONResponse:
        """The HTTP response that says so."""
        return JSONResponse(self.document, self.status, self.headers, media_type=MEDIA_TYPE)


@functools.cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The words of all problems by name, read once."""
    words: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("problems.yml").read_text("utf-8"))
    return words


def _shown(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value
