"""The OpenAPI document says what the API does."""

from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

from bot.channels.gateway.messages import Message
from bot.channels.gateway.openapi import examples
from bot.channels.gateway.problems import Problem, catalogue
from tests.channels.conftest import Gateway

MESSAGE_STATUSES = ["200", "400", "401", "404", "409", "413", "415", "422", "429"]
TYPES = {"text", "explanation", "choices", "report", "urgent", "unknown", "unavailable"}


async def document_of(gateway: Gateway) -> dict[str, Any]:
    response = await gateway.client.get("/api/openapi.json")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


async def test_every_route_and_every_refusal_is_described(gateway: Gateway) -> None:
    document = await document_of(gateway)
    described = {
        (method.upper(), path): sorted(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert described == {
        ("POST", "/api/conversations"): ["201", "400", "413", "415", "422", "429"],
        ("POST", "/api/conversations/current/messages"): MESSAGE_STATUSES,
        ("DELETE", "/api/conversations/current"): ["204", "401"],
        ("POST", "/api/conversations/current/feedback"): ["204", "400", "401", "404", "413", "415", "422"],
        ("GET", "/api/config"): ["200"],
        ("GET", "/api/health"): ["200"],
        ("GET", "/api/ready"): ["200", "503"],
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]


async def test_there_is_an_example_of_every_type_and_each_fits_the_schema(gateway: Gateway) -> None:
    document = await document_of(gateway)
    answer = document["paths"]["/api/conversations/current/messages"]["post"]["responses"]["200"]
    content = answer["content"]["application/json"]
    assert {example["value"]["messages"][0]["type"] for example in content["examples"].values()} == TYPES
    schema = {**content["schema"], "components": document["components"]}
    for example in content["examples"].values():
        jsonschema.validate(example["value"], schema)


async def test_the_schema_refuses_what_is_no_message(gateway: Gateway) -> None:
    document = await document_of(gateway)
    answer = document["paths"]["/api/conversations/current/messages"]["post"]["responses"]["200"]
    schema = {**answer["content"]["application/json"]["schema"], "components": document["components"]}
    poem = {"id": "a", "type": "poem", "text": "x", "buttons": []}
    for messages in ([], [poem]):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"messages": messages}, schema)


async def test_an_actual_answer_and_an_actual_refusal_fit_the_document(gateway: Gateway) -> None:
    document = await document_of(gateway)
    components = {"components": document["components"]}
    created = document["paths"]["/api/conversations"]["post"]["responses"]["201"]["content"]["application/json"]
    jsonschema.validate(gateway.created, {**created["schema"], **components})
    refusal = (await gateway.send({})).json()
    jsonschema.validate(refusal, {"$ref": "#/components/schemas/ProblemDetail", **components})


def test_the_examples_are_messages_word_for_word() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Message)
    for name, example in examples().items():
        assert adapter.validate_python(example).model_dump(mode="json") == {**example, "type": name}


def test_every_problem_has_its_words() -> None:
    for name, words in catalogue().items():
        document = Problem(name, limit=2000, length=2001, seconds=7).document
        assert set(words) == {"status", "title", "detail"}
        assert document["status"] == words["status"]
        assert "$" not in document["detail"]
