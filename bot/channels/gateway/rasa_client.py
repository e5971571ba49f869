"""The gateway's side of Rasa's `gateway` channel (docs/architecture.md). Every failure of it is one exception."""

import asyncio
import logging
import re
from typing import Any

import httpx
from cachetools import TTLCache

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
# A client that leaves waits for no more than two seconds, so an erasure is given less and is tried again afterwards.
ERASE_SECONDS = 1.5


class RasaUnavailable(Exception):
    """No usable answer came from Rasa.

    Attributes:
        cause: one of connect, timeout, http, bot, not-json, off-schema, empty.
        failure: a class name that says more; never anything a patient wrote.
    """

    def __init__(self, cause: str, failure: str) -> None:
        super().__init__(f"{cause}: {failure}")
        self.cause = cause
        self.failure = failure


class RasaClient:
    """Talks to the Rasa at `url`. `transport` takes the place of the network in tests.

    Args:
        reply_seconds: how long Rasa may take for one message, all in all.
    """

    def __init__(
        self, url: str, reply_seconds: float = 10.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._reply_seconds = reply_seconds
        self._http = httpx.AsyncClient(
            base_url=f"{url}/webhooks/gateway",
            timeout=httpx.Timeout(reply_seconds, connect=CONNECT_SECONDS),
            transport=transport,
            trust_env=False,  # a proxy of the environment must not see what patients write
        )

    async def send_text(self, conversation: str, text: str) -> list[Any]:
        """Say what a patient wrote and return the ReplyMessages, at least one, not yet checked against any schema.

        Raises:
            RasaUnavailable: there was none.
        """
        return await self._messages({"conversation": conversation, "text": text})

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
        await self._http.aclose()

    async def _messages(self, body: dict[str, str]) -> list[Any]:
        response = await self._request("POST", "/messages", body, self._reply_seconds)
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

    async def _request(self, method: str, path: str, body: dict[str, str] | None, seconds: float) -> httpx.Response:
        try:
            async with asyncio.timeout(seconds):  # httpx's own time-outs are for each read, not for the whole
                response = await self._http.request(method, path, json=body)
        except (TimeoutError, httpx.TimeoutException) as error:
            cause = "connect" if isinstance(error, httpx.ConnectTimeout) else "timeout"
            raise RasaUnavailable(cause, type(error).__name__) from None
        except httpx.ConnectError as error:
            raise RasaUnavailable("connect", type(error).__name__) from None
        except httpx.HTTPError as error:
            raise RasaUnavailable("http", type(error).__name__) from None
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
