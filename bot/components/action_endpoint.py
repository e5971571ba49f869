"""How Rasa calls the action server: with what an action reads, over a connection that stays open.

Rasa 3.6 opens a connection for each call, sends the whole domain and every event of the conversation, and checks
the schema of the answer anew before it checks the answer by it. That was more than half of what an answer cost Rasa
(docs/benchmarks.md). Actions read slots and the latest message; the domain goes once, and then its digest alone, which
rasa-sdk understands.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

import aiohttp
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# What rasa-sdk answers when it does not hold the domain of a digest.
DOMAIN_MISSING = 449


class ActionEndpoint(EndpointConfig):
    """The action server at `url`. `close` ends the connections."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._http: aiohttp.ClientSession | None = None
        self._domain: Any = None
        self._digest = ""

    async def request(self, *_: Any, **call: Any) -> Any:
        """Have an action run, as Rasa asks for it by `json` and `timeout`; returns the answer.

        Raises:
            ClientResponseError: the answer is a failure.
            aiohttp.ClientError: there was none.
        """
        body, domain = dict(call["json"]), call["json"].get("domain")
        body |= {"tracker": {**body["tracker"], "events": []}, "domain_digest": self._digest_of(domain)}
        body.pop("domain", None)
        status, reason, answer = await self._post(body, call["timeout"])
        if status == DOMAIN_MISSING:
            status, reason, answer = await self._post({**body, "domain": domain}, call["timeout"])
        if status >= 400:
            raise ClientResponseError(status, reason, answer)
        return json.loads(answer)

    async def _post(self, body: dict[str, Any], seconds: float) -> tuple[int, str, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=seconds)
        async with self._http.post(self.url, json=body, timeout=limit) as response:
            return response.status, response.reason or "", await response.text()

    def _digest_of(self, domain: Any) -> str:
        if domain is not self._domain:  # Rasa hands out the same object as long as it has the same model
            self._domain, self._digest = domain, hashlib.sha256(json.dumps(domain).encode()).hexdigest()
        return self._digest

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


def check_answer(_: RemoteAction, answer: Any) -> bool:
    """Rasa's check of an action server's answer, by a schema that is made once. Raises jsonschema.ValidationError."""
    if error := best_match(_answer_schema().iter_errors(answer)):
        raise error
    return True


@cache
def _answer_schema() -> Draft202012Validator:
    return Draft202012Validator(RemoteAction.action_response_format_spec())


def install(agent: Agent) -> ActionEndpoint:
    """Have `agent` call its action server so from now on."""
    RemoteAction._validate_action_result = check_answer
    endpoint = ActionEndpoint(agent.action_endpoint.url)
    agent.action_endpoint = agent.processor.action_endpoint = endpoint
    return endpoint
