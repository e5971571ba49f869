"""A gateway in this process, with a Rasa that a test can teach, break and listen to."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.channels.gateway.app import create_app
from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.settings import Settings

CLINIC = """
name: North Clinic
phone: "555 0100"
emergency_number: 911
crisis_line: "988"
booking_url: "https://north.example/book"
opening_hours: "8 to 5"
colours: {accent: "#0b5c8a"}
allowed_origins: ["https://north.example"]
"""
DOMAIN = """
responses:
  utter_greeting:
    - text: "Hello from $clinic_name."
      buttons:
        - {title: "Ask $clinic_name", payload: '/explain_passage{"passage": "about#privacy"}'}
    - text: "Another hello."
  utter_greeting_reviewed: [{text: "Hello. A clinician has reviewed each text."}]
  utter_unavailable:
    - text: "Down. Call $clinic_phone; in an emergency $emergency_number."
  utter_report_not_read:
    - text: "Please type the words you want explained."
  utter_urgent_emergency: [{text: "Emergency: $flags. Call $emergency_number now. $advice"}]
  utter_urgent_self_harm: [{text: "Call $crisis_line or $emergency_number."}]
  utter_urgent_same_day: [{text: "Today: $flags. Call $clinic_phone, or $emergency_number if worse. $advice"}]
  utter_urgent_soon: [{text: "Soon: $flags. $advice"}]
  utter_urgent_possible: [{text: "perhaps $flags"}]
  utter_urgent_guessed: [{text: "as I read it, $flags"}]
  utter_urgent_emergency_reminder: [{text: "Remember: $flags. Call $emergency_number."}]
  utter_urgent_self_harm_reminder: [{text: "Still there? Call $crisis_line or $emergency_number."}]
  utter_urgent_same_day_reminder: [{text: "Remember today: $flags."}]
  utter_call_emergency: [{text: "Call $emergency_number."}]
  utter_call_self_harm: [{text: "Call $crisis_line or $emergency_number."}]
  utter_call_same_day: [{text: "Call $clinic_name today."}]
  utter_call_soon: [{text: "Call $clinic_name soon."}]
"""
EXPLANATION: dict[str, Any] = {
    "type": "explanation",
    "text": "From $clinic_name:\n\nIt costs $clinic_phone $$5.\n\nCall $clinic_phone.",
    "passage": {
        "id": "bone-marrow-edema#what-it-is",
        "finding": "bone-marrow-edema",
        "aspect": "what-it-is",
        "title": "What it is",
        "text": "It costs $clinic_phone $$5.",
        "sources": [
            {"title": "T", "org": "O", "year": 2021, "url": "https://source.example/1"},
            {"title": "U", "org": "P", "year": "n.d.", "url": None},
        ],
        "review": {"status": "draft", "reviewed_on": None},
    },
    "buttons": [{"title": "Causes, $clinic_name", "payload": "/ask_causes"}],
    "served_by": {"model": "m1", "index": "i1"},
}

Answer = Callable[[httpx.Request], Any]


class FakeRasa:
    """Rasa's channel. `answer` gives what is said: a list of ReplyMessages, an httpx.Response, or an exception."""

    def __init__(self) -> None:
        self.answer: Answer = lambda request: [{"text": "ok"}]
        self.sent: list[dict[str, Any]] = []
        self.erased: list[str] = []
        self.erase_status = 204

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            if self.erase_status == 204:
                self.erased.append(request.url.path.rpartition("/")[2])
            return httpx.Response(self.erase_status)
        self.sent.append(json.loads(request.content))
        said = self.answer(request)
        if hasattr(said, "__await__"):
            said = await said
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, httpx.Response) else httpx.Response(200, json={"messages": said})

    def says(self, *replies: Any) -> None:
        """From now on the bot says `replies`."""
        self.answer = lambda request: list(replies)


class Gateway:
    """A client of the gateway under test, with one conversation."""

    def __init__(self, client: httpx.AsyncClient, rasa: FakeRasa) -> None:
        self.client, self.rasa = client, rasa
        self.created: dict[str, Any] = {}

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.created['token']}"}

    async def start(self) -> dict[str, Any]:
        response = await self.client.post("/api/conversations", json={})
        assert response.status_code == 201
        self.created = response.json()
        return self.created

    async def send(self, body: Any, **kwargs: Any) -> httpx.Response:
        return await self.client.post("/api/conversations/current/messages", json=body, headers=self.auth, **kwargs)

    async def ask(self, text: str = "hello") -> list[dict[str, Any]]:
        response = await self.send({"text": text})
        assert response.status_code == 200, response.text
        messages: list[dict[str, Any]] = response.json()["messages"]
        return messages

    async def feedback(self, body: Any) -> httpx.Response:
        return await self.client.post("/api/conversations/current/feedback", json=body, headers=self.auth)

    async def delete(self) -> httpx.Response:
        return await self.client.delete("/api/conversations/current", headers=self.auth)

    async def metrics(self) -> dict[str, float]:
        lines = (await self.client.get("/metrics")).text.splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}


@pytest.fixture
def gateway_settings(tmp_path: Path) -> Settings:
    domain = tmp_path / "domain"
    domain.mkdir()
    (domain / "_shared.yml").write_text(DOMAIN)
    (tmp_path / "clinic.yml").write_text(CLINIC)
    return Settings(clinic_file=tmp_path / "clinic.yml", domain_folder=domain)


@pytest.fixture
def gateway_rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def gateway_make(gateway_settings: Settings, gateway_rasa: FakeRasa) -> Iterator[Callable[..., Gateway]]:
    """Make a gateway with other settings, or another address of the client."""

    def make(address: str = "127.0.0.1", **settings: Any) -> Gateway:
        rasa = RasaClient(["http://rasa.test"], 0.5, httpx.MockTransport(gateway_rasa))
        app = create_app(gateway_settings.model_copy(update=settings), rasa)
        transport = httpx.ASGITransport(app, client=(address, 1234))
        return Gateway(httpx.AsyncClient(transport=transport, base_url="http://gateway.test"), gateway_rasa)

    yield make


@pytest_asyncio.fixture
async def gateway(gateway_make: Callable[..., Gateway]) -> AsyncIterator[Gateway]:
    """A gateway with a conversation just started."""
    made = gateway_make()
    await made.start()
    yield made
    await made.client.aclose()
