"""The gateway's public API, from a client's side."""

import ipaddress
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from bot.channels.shell.messages import Answer, read_answer
from bot.channels.shell.safe_text import safe_text

ANSWER_SECONDS = 15.0  # the gateway itself gives up after 10 s and then says so: its words are better than our time-out
GOODBYE_SECONDS = 2.0  # nobody waits longer than this to leave
TEXT_LIMIT = 2000  # characters; the gateway's default, used where it does not say its own


class GatewayUnreachable(Exception):
    """No answer came: no connection, a broken one, or none in time. Whether the message arrived is not known."""


class GatewayProblem(Exception):
    """The gateway (or something in its place) answered, but not with messages.

    Attributes:
        status: the HTTP status; 502 when a success could not be read.
        title, detail: what the problem document says, safe to show; detail may be "".
        retry_after: seconds to wait before the next try, where the gateway says.
    """

    def __init__(self, status: int, title: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(f"{status} {title}")
        self.status = status
        self.title = title
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True)
class Clinic:
    """What the clinic has set, as far as the shell uses it; `text_limit` in characters."""

    name: str = ""
    emergency_number: str = ""
    text_limit: int = TEXT_LIMIT


class GatewayClient:
    """One conversation at a time with the gateway at `url`.

    Every call raises GatewayUnreachable or GatewayProblem when it fails. `transport` replaces the network in tests.
    """

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=5.0),
            transport=transport,
            # A proxy for the web must not see what is meant for this machine.
            trust_env=not is_loopback(url),
            # uvicorn closes a connection that was idle for 5 s; reusing one at that moment would fail.
            limits=httpx.Limits(keepalive_expiry=3.0),
        )
        self._token: str | None = None

    @property
    def in_conversation(self) -> bool:
        """Whether a conversation was started that has not been deleted."""
        return self._token is not None

    def start(self) -> Answer:
        """Start a new conversation, in the place of the former, and return its greeting."""
        body = self._json("POST", "/api/conversations", token=None)
        token = body.get("token") if isinstance(body, dict) else None
        # A header takes visible ASCII only, and what httpx refuses it raises with the token in the message.
        if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
            raise GatewayProblem(502, "A conversation without a token")
        self._token = token
        return _answer(body)

    def send_text(self, text: str) -> Answer:
        """Say `text`; what begins with / is text too."""
        return self._send({"text": text})

    def send_report(self, report: str) -> Answer:
        """Have a report read."""
        return self._send({"report": report})

    def press(self, action: str) -> Answer:
        """Pick a button or choice that was offered in this conversation."""
        return self._send({"action": action})

    def give_feedback(self, message_id: str, helpful: bool, reason: str | None = None) -> None:
        """Say whether a message helped."""
        feedback: dict[str, Any] = {"message_id": message_id, "helpful": helpful}
        if reason is not None:
            feedback["reason"] = reason
        self._request("POST", "/api/conversations/current/feedback", self._token, feedback)

    def delete(self) -> None:
        """Erase the conversation on the server. One that has ended already, or none, is no error."""
        if self._token is None:
            return
        try:
            self._request("DELETE", "/api/conversations/current", self._token, timeout=GOODBYE_SECONDS)
        except GatewayProblem as problem:
            if problem.status not in (401, 404):
                raise
        self._token = None

    def clinic(self) -> Clinic:
        """What the clinic has set; whatever the gateway does not say is left at its default."""
        config = self._json("GET", "/api/config", token=None)
        return _clinic(config if isinstance(config, dict) else {})

    def close(self) -> None:
        """Erase the conversation if that can be done, and close the connections. Raises nothing."""
        with suppress(GatewayProblem, GatewayUnreachable):
            self.delete()
        self._http.close()

    def _send(self, message: dict[str, Any]) -> Answer:
        return _answer(self._json("POST", "/api/conversations/current/messages", self._token, message))

    def _json(self, method: str, path: str, token: str | None, body: dict[str, Any] | None = None) -> Any:
        return _decoded(self._request(method, path, token, body))

    def _request(
        self,
        method: str,
        path: str,
        token: str | None,
        body: dict[str, Any] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        headers = {"Accept": "application/json, application/problem+json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._http.request(
                method,
                path,
                headers=headers,
                # Not ASCII only: its escapes would swell a report in Greek beyond what a body may hold.
                content=None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
                timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else timeout,
            )
        except httpx.HTTPError as error:
            raise GatewayUnreachable(type(error).__name__) from None
        if not response.is_success:
            raise _problem(response)
        return response


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _decoded(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        raise GatewayProblem(502, "Not an answer of Plainscan") from None


def _answer(body: Any) -> Answer:
    try:
        return read_answer(body)
    except ValueError:
        raise GatewayProblem(502, "Not an answer of Plainscan") from None


def _problem(response: httpx.Response) -> GatewayProblem:
    try:
        document = response.json()
    except (ValueError, RecursionError):
        document = None
    document = document if isinstance(document, dict) else {}
    title, detail = document.get("title"), document.get("detail")
    wait = response.headers.get("Retry-After", "")
    return GatewayProblem(
        response.status_code,
        safe_text(title) if isinstance(title, str) else safe_text(response.reason_phrase),
        safe_text(detail) if isinstance(detail, str) else "",
        int(wait) if wait.isascii() and wait.isdigit() else None,
    )


def _clinic(config: dict[str, Any]) -> Clinic:
    name, number, limits = config.get("name"), config.get("emergency_number"), config.get("limits")
    limit = limits.get("text") if isinstance(limits, dict) else None
    return Clinic(
        safe_text(name) if isinstance(name, str) else "",
        safe_text(number) if isinstance(number, str) else "",
        limit if isinstance(limit, int) and limit > 0 else TEXT_LIMIT,
    )
