"""The gateway's side of Rasa's `gateway` channel (docs/architecture.md). Every failure of it is one exception."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from cachetools import TTLCache

from bot.channels.gateway.identifiers.finder import load_identifiers
from bot.channels.gateway.tracing import current, stage

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
# A client that leaves waits for no more than two seconds, so an erasure is given less and is tried again afterwards.
ERASE_SECONDS = 1.5
# Messages that a Rasa works on at a time. It computes on one core: of fifty begun at once each waits for all, the
# health check too, and most are ended by the action server's limit.
AT_ONCE = 6
# Messages that wait for their turn, first come, first served. More could not be answered within the time there is.
WAITING = 150


class RasaUnavailable(Exception):
    """No usable answer came from Rasa.

    Attributes:
        cause: one of connect, timeout, busy, http, bot, not-json, off-schema, empty.
        failure: a class name that says more; never anything a patient wrote.
        gone: there was no Rasa, or it ended in the middle; another one can take over.
    """

    def __init__(self, cause: str, failure: str, gone: bool = False) -> None:
        super().__init__(f"{cause}: {failure}")
        self.cause = cause
        self.failure = failure
        self.gone = gone


class _Worker:
    """One Rasa: its connections, and how many messages it works on."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.at_work = 0


class RasaClient:
    """Talks to the Rasas at `urls`, any of which can go on with any conversation. A message goes to the one with the
    least to do; when that ends in the middle, to the next. `transport` takes the place of the network in tests.

    Args:
        reply_seconds: how long Rasa may take for one message, all in all, its turn waited for.
    """

    def __init__(
        self, urls: Sequence[str], reply_seconds: float = 10.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._reply_seconds = reply_seconds
        self._identifiers = load_identifiers()
        self._turns = asyncio.Semaphore(AT_ONCE * len(urls))
        self._waiting = 0
        self._workers = [
            _Worker(
                httpx.AsyncClient(
                    base_url=f"{url}/webhooks/gateway",
                    timeout=httpx.Timeout(reply_seconds, connect=CONNECT_SECONDS),
                    transport=transport,
                    trust_env=False,  # a proxy of the environment must not see what patients write
                )
            )
            for url in urls
        ]

    async def send_text(self, conversation: str, text: str) -> list[Any]:
        """Say what a patient wrote and return the ReplyMessages, at least one, not yet checked against any schema.

        What tells who the patient is never leaves this process: it is masked here, the one way to Rasa.

        Raises:
            RasaUnavailable: there was none.
        """
        with stage("identifiers"):
            masked = self._identifiers.mask(text)
        return await self._messages({"conversation": conversation, "text": masked})

    async def send_payload(self, conversation: str, payload: str) -> list[Any]:
        """Press a button of ours; otherwise as `send_text`."""
        return await self._messages({"conversation": conversation, "payload": payload})

    async def erase(self, conversation: str) -> None:
        """Erase the conversation in Rasa; one that it does not know is no error.

        Raises:
            RasaUnavailable: it may still be there.
        """
        await self._request("DELETE", f"/conversations/{conversation}", None, ERASE_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        for worker in self._workers:
            await worker.http.aclose()

    async def _messages(self, body: dict[str, str]) -> list[Any]:
        if self._waiting >= WAITING:
            raise RasaUnavailable("busy", "TooManyWait")
        try:
            async with asyncio.timeout(self._reply_seconds), self._turn():
                with stage("rasa"):
                    response = await self._request("POST", "/messages", body, self._reply_seconds)
        except TimeoutError as error:
            raise RasaUnavailable("timeout", type(error).__name__) from None
        try:
            reply = response.json()
        except (ValueError, RecursionError) as error:
            raise RasaUnavailable("not-json", type(error).__name__) from None
        messages = reply.get("messages") if isinstance(reply, dict) else None
        if not isinstance(messages, list):
            raise RasaUnavailable("off-schema", "NoMessages")
        if not messages:
            raise RasaUnavailable("empty", "NothingSaid")
        return messages

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            with stage("wait"):
                await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _request(self, method: str, path: str, body: dict[str, str] | None, seconds: float) -> httpx.Response:
        left, unreached = sorted(self._workers, key=lambda worker: worker.at_work), list[_Worker]()
        while True:
            worker = left.pop(0)
            worker.at_work += 1
            try:
                return await _ask(worker.http, method, path, body, seconds)
            except RasaUnavailable as error:
                if not error.gone:
                    raise
                if error.cause == "connect":
                    unreached.append(worker)
                elif not left:  # one that was still starting may be there by the time that another ends in the middle
                    left, unreached = unreached, []
                if not left:
                    raise
            finally:
                worker.at_work -= 1


async def _ask(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, str] | None, seconds: float
) -> httpx.Response:
    try:
        async with asyncio.timeout(seconds):  # httpx's own time-outs are for each read, not for the whole
            response = await http.request(method, path, json=body, headers=current().headers)
    except (TimeoutError, httpx.TimeoutException) as error:
        cause = "connect" if isinstance(error, httpx.ConnectTimeout) else "timeout"
        raise RasaUnavailable(cause, type(error).__name__, gone=cause == "connect") from None
    except httpx.ConnectError as error:
        raise RasaUnavailable("connect", type(error).__name__, gone=True) from None
    except Exception as error:
        # Not httpx.HTTPError alone: of a Rasa that is killed, errors of the transport below come through it at times.
        raise RasaUnavailable("http", type(error).__name__, gone=True) from None
    if not response.is_success:
        raise RasaUnavailable(*_failure(response))
    return response


class Erasures:
    """Conversations that are to be erased in Rasa, tried until it is done.

    Rasa forgets by itself after `idle_seconds`; trying on keeps a deletion from waiting for that.
    """

    def __init__(self, rasa: RasaClient, idle_seconds: float = 1800) -> None:
        self._rasa = rasa
        self._pending: TTLCache[str, None] = TTLCache(100_000, idle_seconds)

    async def erase(self, conversation: str) -> None:
        """Erase now, within ERASE_SECONDS; when that fails, `run` tries again."""
        self._pending[conversation] = None
        await self._attempt(conversation)

    async def run(self, pause_seconds: float = 5.0) -> None:
        """Try what is pending, again and again, until cancelled."""
        while True:
            await asyncio.sleep(pause_seconds)
            for conversation in list(self._pending):
                if not await self._attempt(conversation):
                    break  # Rasa is down: one knock is enough

    async def _attempt(self, conversation: str) -> bool:
        try:
            await self._rasa.erase(conversation)
        except RasaUnavailable as error:
            logger.warning("a conversation is not yet erased in Rasa: %s", error)
            return False
        self._pending.pop(conversation, None)
        return True


def _failure(response: httpx.Response) -> tuple[str, str]:
    """Cause and class of an answer that is no success; only a plain class name is believed."""
    try:
        failure = response.json()["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        failure = None
    if isinstance(failure, str) and re.fullmatch(r"[A-Za-z_]{1,60}", failure):
        return "bot", failure
    return "http", f"Status{response.status_code}"
