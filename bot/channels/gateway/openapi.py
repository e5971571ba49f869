"""The OpenAPI document, completed: problem documents as what they are, and an example of every type of message."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bot.channels.gateway.problems import MEDIA_TYPE, ProblemDetail, catalogue

MESSAGES_PATH = "/api/conversations/current/messages"


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can be refused with `statuses`."""
    return {status: _problem_response(status) for status in statuses}


def describe(app: FastAPI) -> None:
    """Give `app` its OpenAPI document, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


@cache
def examples() -> dict[str, dict[str, Any]]:
    """An example Message of each type, by type."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("examples.yml").read_text("utf-8"))
    return found


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas["ProblemDetail"] = ProblemDetail.model_json_schema()
    answer = document["paths"][MESSAGES_PATH]["post"]["responses"]["200"]
    answer["content"]["application/json"]["examples"] = {
        name: {"value": {"messages": [message]}} for name, message in examples().items()
    }
    # FastAPI adds a refusal of its own shape to each route with a body; ours replaces it wherever there is one.
    for path in document["paths"].values():
        for operation in path.values():
            refusal = operation["responses"].get("422")
            if refusal and MEDIA_TYPE not in refusal["content"]:
                operation["responses"]["422"] = _problem_response(422)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return document


def _problem_response(status: int) -> dict[str, Any]:
    titles = [words["title"] for words in catalogue().values() if words["status"] == status]
    return {
        "description": " / ".join(titles),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}},
    }
