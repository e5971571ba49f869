"""A thousand requests made from the OpenAPI document, fitting and not: no fault of ours, and answers as described."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from bot.channels.gateway.app import create_app
from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.settings import Settings
from tests.channels.conftest import CLINIC, DOMAIN, FakeRasa

pytestmark = pytest.mark.slow

CASES = 200  # of each operation that takes a body, in each mode
UNLIMITED = {"messages_per_minute": 10**9, "conversations_per_minute": 10**9, "address_messages_per_minute": 10**9}
WITH_BODY = [
    ("POST", "/api/conversations"),
    ("POST", "/api/conversations/current/messages"),
    ("POST", "/api/conversations/current/feedback"),
]
WITHOUT = [
    ("DELETE", "/api/conversations/current"),
    ("GET", "/api/config"),
    ("GET", "/api/health"),
]
answered: collections.Counter[int] = collections.Counter()


class Lasting(RasaClient):
    """Schemathesis starts and stops the application around each request."""

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "clinic.yml").write_text(CLINIC)
    (folder / "_shared.yml").write_text(DOMAIN)
    rasa = Lasting(["http://rasa.test"], 5, httpx.MockTransport(FakeRasa()))
    return create_app(Settings(clinic_file=folder / "clinic.yml", domain_folder=folder, **UNLIMITED), rasa)


@pytest.fixture(scope="module")
def schema(app: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


@pytest.fixture(scope="module", autouse=True)
def enough() -> Iterator[None]:
    """What was answered has to be a thousand cases in the end, of all kinds."""
    yield
    print(f"\n{answered.total()} cases:", dict(sorted(answered.items())))
    assert answered.total() >= 1000
    assert {200, 201, 204, 401, 404, 422} <= set(answered)


def check(schema: Any, operation: Any, mode: GenerationMode, cases: int) -> None:
    """Every case of the operation, with a token and without, is answered as the document says."""

    @settings(
        max_examples=cases,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def run(case: Any, known: bool) -> None:
        if known:
            token = schema["/api/conversations"]["POST"].Case(body={}).call().json()["token"]
            case.headers["Authorization"] = f"Bearer {token}"
        response = case.call()
        answered[response.status_code] += 1
        # What fits may still be refused as empty: a text of invisible characters alone has the right shape.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    run()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_bodies(schema: Any, method: str, path: str, mode: GenerationMode) -> None:
    check(schema, schema[path][method], mode, CASES)


@pytest.mark.parametrize(("method", "path"), WITHOUT)
def test_the_rest(schema: Any, method: str, path: str) -> None:
    check(schema, schema[path][method], GenerationMode.POSITIVE, 20)
