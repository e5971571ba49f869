"""The action server is told what Rasa is asked, masked, only while there is nothing else to do."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.read_ahead_client import ReadAheadClient

ANSWER = {"messages": [{"type": "text", "text": "Yes."}]}


class Actions:
    """An action server that notes what it is told."""

    def __init__(self, status: int = 202) -> None:
        self.told: list[str] = []
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url == "http://actions.test/read-ahead"
        self.told.append(json.loads(request.content)["text"])
        return httpx.Response(self._status)


class Rasa:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        await self.may.wait()
        return httpx.Response(200, json=ANSWER)


def client(actions: Actions, rasa: Rasa) -> RasaClient:
    ahead = ReadAheadClient("http://actions.test", httpx.MockTransport(actions))
    return RasaClient(["http://rasa.test"], transport=httpx.MockTransport(rasa), ahead=ahead)


async def test_it_is_told_while_rasa_reads_and_without_who_it_is() -> None:
    actions, rasa = Actions(), Rasa()
    asked = asyncio.create_task(client(actions, rasa).send_text("c1", "I am Jane Roe, born 03/04/1980. Is it bad?"))
    while not actions.told:
        await asyncio.sleep(0.01)
    assert not asked.done()
    rasa.may.set()
    assert await asked == ANSWER["messages"]
    [told] = actions.told
    assert told.endswith("Is it bad?")
    assert "Roe" not in told and "1980" not in told


async def test_beside_other_messages_nothing_is_told() -> None:
    actions, rasa = Actions(), Rasa()
    both = client(actions, rasa)
    first = asyncio.create_task(both.send_text("c1", "how long"))
    while not actions.told:
        await asyncio.sleep(0.01)
    second = asyncio.create_task(both.send_text("c2", "is it bad"))
    await asyncio.sleep(0.05)
    rasa.may.set()
    await asyncio.gather(first, second)
    assert actions.told == ["how long"]


async def test_a_long_message_is_not_told() -> None:
    actions, rasa = Actions(), Rasa()
    rasa.may.set()
    await client(actions, rasa).send_text("c1", "my knee hurts and " * 20)
    await asyncio.sleep(0.05)
    assert actions.told == []


@pytest.mark.parametrize("status", [202, 500])
async def test_whatever_the_action_server_says_the_answer_comes(status: int) -> None:
    actions, rasa = Actions(status), Rasa()
    rasa.may.set()
    both = client(actions, rasa)
    assert await both.send_text("c1", "how long") == ANSWER["messages"]
    await both.close()


async def test_an_action_server_that_is_not_there_keeps_nobody_waiting() -> None:
    rasa = Rasa()
    rasa.may.set()
    ahead = ReadAheadClient("http://127.0.0.1:9")
    both = RasaClient(["http://rasa.test"], transport=httpx.MockTransport(rasa), ahead=ahead)
    assert await both.send_text("c1", "how long") == ANSWER["messages"]
    await both.close()
