"""The channel in a real Rasa with a tiny model, and an action server that a test can break."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import rasa.core.run
from aiohttp import web
from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore
from rasa.model_training import train
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.channels.rasa_channel import AnswerFailed, GatewayChannel, WholeMessages, harmless, parse_payload

CONFIG = """
recipe: default.v1
assistant_id: tiny
language: en
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
    core_fallback_threshold: 0.3
    core_fallback_action_name: utter_unclear
"""
DOMAIN = """
version: "3.1"
intents: [greet, ask_causes, thank]
entities: [finding]
slots:
  finding: {type: text, mappings: [{type: from_entity, entity: finding}]}
responses:
  utter_greet:
    - text: "Hello.\\n\\nWhat would you like to know?"
      buttons: [{title: "Causes", payload: '/ask_causes{"finding": "fracture"}'}]
  utter_unclear: [{text: "Not clear."}]
actions: [action_explain, action_silent]
"""
TRAINING = """
version: "3.1"
nlu:
  - {intent: greet, examples: "- hello\\n- restart\\n"}
  - {intent: ask_causes, examples: "- why\\n- causes\\n"}
  - {intent: thank, examples: "- thanks\\n- cheers\\n"}
rules:
  - {rule: greeting, steps: [{intent: greet}, {action: utter_greet}]}
  - {rule: causes, steps: [{intent: ask_causes}, {action: action_explain}]}
  - {rule: thanks, steps: [{intent: thank}, {action: action_silent}]}
"""


class Actions:
    """An action server whose answer a test chooses: a dict is the answer, an int a status, a float a sleep."""

    def __init__(self) -> None:
        self.respond: Any = {"events": [], "responses": []}
        self.calls: list[dict[str, Any]] = []
        self.connections: list[Any] = []
        self.known: Any = None  # the digest of the domain that it holds; None: any will do

    async def webhook(self, request: web.Request) -> web.Response:
        call = await request.json()
        self.calls.append(call)
        self.connections.append(request.transport)
        if "domain" in call:
            self.known = call["domain_digest"]
        elif self.known is not None and self.known != call["domain_digest"]:
            return web.json_response({"error": "no domain", "action_name": call["next_action"]}, status=449)
        if isinstance(self.respond, float):
            await asyncio.sleep(self.respond)
        if isinstance(self.respond, int):
            # As rasa-sdk does it: the whole conversation comes back with the error.
            return web.json_response({"error": "boom", "tracker": call["tracker"]}, status=self.respond)
        return web.json_response(self.respond if isinstance(self.respond, dict) else {})


class Bot:
    """The channel's address, and the parts behind it."""

    def __init__(self, url: str, agent: Agent, actions: Actions, session: aiohttp.ClientSession) -> None:
        self.url, self.agent, self.actions, self.session = url, agent, actions, session

    async def post(self, body: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.url}/messages", data=json.dumps(body)) as response:
            return response.status, await response.json()

    async def say(self, text: str, conversation: str = "c1") -> tuple[int, Any]:
        return await self.post({"conversation": conversation, "text": text})

    async def press(self, payload: str, conversation: str = "c1") -> tuple[int, Any]:
        return await self.post({"conversation": conversation, "payload": payload})

    async def erase(self, conversation: str) -> int:
        async with self.session.delete(f"{self.url}/conversations/{conversation}") as response:
            return response.status

    async def tracker_text(self, conversation: str = "c1") -> str:
        found = await self.agent.tracker_store.retrieve(conversation)
        return "" if found is None or found.latest_message is None else str(found.latest_message.text)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("tiny")
    for name, content in {"config.yml": CONFIG, "domain.yml": DOMAIN, "training.yml": TRAINING}.items():
        (folder / name).write_text(content)
    trained = train(
        str(folder / "domain.yml"), str(folder / "config.yml"), [str(folder / "training.yml")], str(folder / "models")
    )
    assert trained.model is not None
    return trained.model


@pytest_asyncio.fixture
async def bot(model: str) -> AsyncIterator[Bot]:
    actions = Actions()
    action_app = web.Application()
    action_app.router.add_post("/webhook", actions.webhook)
    runner = web.AppRunner(action_app)
    await runner.setup()
    action_socket = bound_socket()
    await web.SockSite(runner, action_socket).start()

    store = TrackerStore.create(
        EndpointConfig(type="bot.components.expiring_tracker_store.ExpiringTrackerStore", idle_minutes=30),
        Domain.empty(),
    )
    endpoint = EndpointConfig(f"http://127.0.0.1:{action_socket.getsockname()[1]}/webhook")
    agent = Agent.load(model, tracker_store=store, action_endpoint=endpoint)
    app = rasa.core.run.configure_app(
        [GatewayChannel.from_credentials({"answer_seconds": 1})], enable_api=False, use_uvloop=False
    )
    app.__class__.test_mode = True  # lets one process make the application again for the next test
    app.ctx.agent = agent
    sock = bound_socket()
    server = await app.create_server(
        sock=sock, return_asyncio_server=True, asyncio_server_kwargs={"start_serving": False}
    )
    assert server is not None
    await server.startup()
    await server.start_serving()
    await server.after_start()
    async with aiohttp.ClientSession() as session:
        yield Bot(f"http://127.0.0.1:{sock.getsockname()[1]}/webhooks/gateway", agent, actions, session)
    server.close()
    await runner.cleanup()


def bound_socket() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


GREETING = {
    "text": "Hello.\n\nWhat would you like to know?",
    "buttons": [{"title": "Causes", "payload": '/ask_causes{"finding": "fracture"}'}],
}


@pytest.mark.asyncio
class TestAnswers:
    async def test_a_text_is_answered_whole_with_its_buttons(self, bot: Bot) -> None:
        assert await bot.say("hello") == (200, {"messages": [GREETING]})

    async def test_custom_messages_keep_their_order_and_take_in_what_was_said_with_them(self, bot: Bot) -> None:
        bot.actions.respond = {
            "events": [],
            "responses": [
                {"custom": {"type": "urgent", "text": "Call."}},
                {
                    "text": "A crack in a bone.\n\nIt heals.",
                    "buttons": [{"title": "More", "payload": "/thank"}],
                    "custom": {"type": "explanation"},
                },
            ],
        }
        status, body = await bot.say("why")
        assert status == 200
        assert body["messages"] == [
            {"custom": {"type": "urgent", "text": "Call."}},
            {
                "custom": {
                    "type": "explanation",
                    "text": "A crack in a bone.\n\nIt heals.",
                    "buttons": [{"title": "More", "payload": "/thank"}],
                }
            },
        ]

    async def test_a_payload_is_obeyed_without_nlu(self, bot: Bot) -> None:
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        assert await bot.press('/ask_causes{"finding": "bone-bruise"}') == (200, {"messages": [{"text": "ok"}]})
        latest = bot.actions.calls[0]["tracker"]["latest_message"]
        assert latest["intent"] == {"name": "ask_causes", "confidence": 1.0}
        assert [(e["entity"], e["value"]) for e in latest["entities"]] == [("finding", "bone-bruise")]
        assert bot.actions.calls[0]["tracker"]["slots"]["finding"] == "bone-bruise"


@pytest.mark.asyncio
class TestNames:
    async def test_the_action_server_learns_under_which_names_the_gateway_logs(self, bot: Bot) -> None:
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        body = {"conversation": "c1", "payload": "/ask_causes"}
        names = {"X-Request-ID": "0123456789abcdef", "X-Plainscan-Conversation": "89abcdef"}
        for headers in (names, {name: "my sacrum hurts" for name in names}):
            async with bot.session.post(f"{bot.url}/messages", json=body, headers=headers) as response:
                assert response.status == 200, await response.text()
        told = [call["tracker"]["latest_message"]["metadata"] for call in bot.actions.calls[-2:]]
        assert told == [{"request": "0123456789abcdef", "conversation": "89abcdef"}, {}]


@pytest.mark.asyncio
class TestActionCalls:
    """What the action server is sent, and what is believed of its answers."""

    async def test_the_domain_is_named_by_its_digest_and_sent_when_it_is_not_known(self, bot: Bot) -> None:
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        await bot.say("why")
        await bot.say("why")
        first, second = bot.actions.calls
        assert "domain" not in first and first["domain_digest"] == second["domain_digest"]
        bot.actions.known = ""
        assert await bot.say("why") == (200, {"messages": [{"text": "ok"}]})
        asked, sent = bot.actions.calls[2:]
        assert "domain" not in asked
        assert "utter_greet" in sent["domain"]["responses"]
        assert {name: value for name, value in sent.items() if name != "domain"} == asked

    async def test_an_action_gets_slots_and_the_latest_message_but_no_history(self, bot: Bot) -> None:
        bot.actions.respond = {"events": [{"event": "slot", "name": "finding", "value": "fracture"}], "responses": []}
        await bot.say("why does my sacrum hurt")
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        await bot.say("causes")
        call = bot.actions.calls[-1]
        assert call["tracker"]["slots"]["finding"] == "fracture"
        assert call["tracker"]["latest_message"]["text"] == "causes"
        assert call["tracker"]["events"] == []
        assert "sacrum" not in json.dumps(call)

    async def test_calls_share_a_connection(self, bot: Bot) -> None:
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        for _ in range(3):
            await bot.say("why")
        assert len(set(bot.actions.connections)) == 1

    @pytest.mark.parametrize("answer", [{"events": [{"name": "finding"}]}, {"responses": ["Hello"]}, {"events": {}}])
    async def test_an_answer_of_another_shape_is_a_failure(self, bot: Bot, answer: dict[str, Any]) -> None:
        bot.actions.respond = answer
        assert await bot.say("why") == (500, {"error": "ValidationError"})


@pytest.mark.asyncio
class TestTypedCommands:
    @pytest.mark.parametrize(
        "text", ['/ask_causes{"finding": "fracture"}', "/restart", " \u2003/ /\n/back", "/thank@0.9", "///"]
    )
    async def test_what_is_typed_is_never_obeyed(self, bot: Bot, text: str) -> None:
        await bot.say("hello")
        status, _ = await bot.say(text)
        assert status == 200
        found = await bot.agent.tracker_store.retrieve("c1")
        assert found is not None and found.latest_message is not None
        assert not str(found.latest_message.text).startswith("/")
        # Obeyed, each of these would have filled the slot, run another action or emptied the conversation.
        assert found.get_slot("finding") is None
        assert sum(event.type_name == "user" for event in found.events) == 2
        assert not any(event.type_name in ("restart", "rewind") for event in found.events)

    async def test_a_slash_word_is_read_as_the_word(self, bot: Bot) -> None:
        assert await bot.say("/restart") == (200, {"messages": [GREETING]})


@pytest.mark.asyncio
class TestFailures:
    async def test_an_action_that_raises_is_a_500_and_leaves_no_word_in_the_log(
        self, bot: Bot, caplog: pytest.LogCaptureFixture
    ) -> None:
        bot.actions.respond = 500
        with caplog.at_level(logging.WARNING):
            assert await bot.say("why does my sacrum hurt") == (500, {"error": "ClientResponseError"})
        assert "sacrum" in json.dumps(bot.actions.calls[0])
        assert "sacrum" not in caplog.text
        assert "an action failed: ClientResponseError" in caplog.text

    async def test_an_unreachable_action_server_is_a_500_and_service_comes_back(self, bot: Bot) -> None:
        assert bot.agent.processor is not None and bot.agent.processor.action_endpoint is not None
        endpoint = bot.agent.processor.action_endpoint
        there = endpoint.url
        endpoint.url = "http://127.0.0.1:9/webhook"
        status, body = await bot.say("why")
        assert (status, body) == (500, {"error": "ConnectionRefusedError"})
        endpoint.url = there
        bot.actions.respond = {"events": [], "responses": [{"text": "ok"}]}
        assert await bot.say("why") == (200, {"messages": [{"text": "ok"}]})

    async def test_a_slow_action_is_given_up_and_the_conversation_goes_on(self, bot: Bot) -> None:
        bot.actions.respond = 3.0
        assert await bot.say("why") == (500, {"error": "TimeoutError"})
        assert await bot.say("hello") == (200, {"messages": [GREETING]})

    async def test_an_action_that_says_nothing_is_a_500(self, bot: Bot) -> None:
        assert await bot.say("thanks") == (500, {"error": "NothingSaid"})

    async def test_one_conversations_failure_is_not_anothers(self, bot: Bot) -> None:
        bot.actions.respond = 500
        failed, greeted = await asyncio.gather(bot.say("why", "c1"), bot.say("hello", "c2"))
        assert failed[0] == 500
        assert greeted == (200, {"messages": [GREETING]})

    async def test_an_unknown_payload_is_a_500(self, bot: Bot) -> None:
        assert await bot.press("/no_such_intent") == (500, {"error": "UnknownPayload"})
        assert await bot.press("hello") == (500, {"error": "UnknownPayload"})

    async def test_without_a_model_it_says_so(self, bot: Bot) -> None:
        bot.agent.processor = None
        assert await bot.say("hello") == (500, {"error": "AgentNotReady"})

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {},
            {"conversation": "c1"},
            {"conversation": "", "text": "x"},
            {"conversation": "c1", "text": 3},
            {"conversation": "c1", "text": " "},
            {"conversation": "c1", "text": "x", "payload": "/greet"},
            {"conversation": "c1", "text": "x", "sender": "c2"},
        ],
    )
    async def test_a_wrong_body_is_a_400(self, bot: Bot, body: Any) -> None:
        assert await bot.post(body) == (400, {"error": "BadRequest"})


@pytest.mark.asyncio
class TestErasure:
    async def test_an_erased_conversation_is_gone_and_others_stay(self, bot: Bot) -> None:
        await bot.say("hello", "c1")
        await bot.say("hello", "c2")
        assert await bot.erase("c1") == 204
        assert await bot.tracker_text("c1") == ""
        assert await bot.tracker_text("c2") == "hello"

    async def test_an_unknown_conversation_is_no_error(self, bot: Bot) -> None:
        assert await bot.erase("never") == 204

    async def test_a_message_in_flight_does_not_write_the_conversation_again(self, bot: Bot) -> None:
        bot.actions.respond = 0.3
        in_flight = asyncio.create_task(bot.say("why"))
        await asyncio.sleep(0.1)
        assert await bot.erase("c1") == 204
        await in_flight
        assert await bot.tracker_text("c1") == ""

    async def test_what_rasa_fell_back_to_is_erased_too(self, bot: Bot) -> None:
        fallback = bot.agent.tracker_store.fallback_tracker_store  # type: ignore[attr-defined]
        fallback.store["c1"] = "{}"
        assert await bot.erase("c1") == 204
        assert fallback.store == {}

    async def test_it_says_that_it_lives(self, bot: Bot) -> None:
        async with bot.session.get(f"{bot.url}/") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("/restart", "restart"),
        ("  //greet", "greet"),
        ("and/or", "and/or"),
        ("@x", "@x"),
        ("/", "?"),
        ("\u00a0/a", "a"),
    ],
)
def test_harmless(typed: str, safe: str) -> None:
    assert harmless(typed) == safe


def test_parse_payload_drops_entities_that_the_domain_does_not_know() -> None:
    domain = Domain.from_yaml(DOMAIN)
    with pytest.warns(UserWarning, match="unknown entity types"):
        parsed = parse_payload('/greet{"finding": "fracture", "other": "x"}', domain)
    assert [entity["value"] for entity in parsed["entities"]] == ["fracture"]
    with pytest.raises(AnswerFailed, match="UnknownPayload"):
        parse_payload("greet", domain)


@pytest.mark.asyncio
async def test_a_custom_payloads_own_words_win() -> None:
    output = WholeMessages()
    await output.send_response("c1", {"text": "a", "custom": {"type": "text", "text": "b"}})
    await output.send_response("c1", {"text": None, "buttons": [], "custom": None, "image": "x"})
    assert output.messages == [{"custom": {"type": "text", "text": "b"}}]
