"""Telling the action server what Rasa is being asked, so that it reads the question while Rasa reads the intent."""

import asyncio

import httpx

# Longer than Rasa takes it is of no use.
SECONDS = 1.0
# A message of several questions is asked one by one, and a long one is first cut to its questions.
MOST_WORDS = 30


class ReadAheadClient:
    """Nothing waits for it, and nothing depends on it: what fails is forgotten.

    Args:
        url: of the action server. transport: takes the place of the network in tests.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=SECONDS,
            transport=transport,
            trust_env=False,  # a proxy of the environment must not see what patients write
        )
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, text: str) -> None:
        """Begin to tell a message, in which what tells who the patient is has been masked."""
        if len(text.split()) > MOST_WORDS:
            return
        task = asyncio.create_task(self._tell(text))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """Close the connections."""
        for task in self._telling:
            task.cancel()
        await self._http.aclose()

    async def _tell(self, text: str) -> None:
        try:
            await self._http.post("/read-ahead", json={"text": text})
        except Exception:  # whatever it is, the action server reads when it is asked
            return
