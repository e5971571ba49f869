"""The gateway's application: its parts, put together. The routes are in routes.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from bot.channels.gateway import __version__
from bot.channels.gateway.conversations import AddressRates, ConversationStore
from bot.channels.gateway.metrics import Metrics
from bot.channels.gateway.middleware import Observed, SmallJsonBodies
from bot.channels.gateway.openapi import describe
from bot.channels.gateway.pages import add_pages
from bot.channels.gateway.problems import Problem
from bot.channels.gateway.rasa_client import Erasures, RasaClient
from bot.channels.gateway.readiness import Readiness
from bot.channels.gateway.replies import Replies
from bot.channels.gateway.reports import Reports
from bot.channels.gateway.routes import Parts, add_routes
from bot.channels.gateway.settings import Settings
from bot.channels.gateway.tokens import Tokens
from bot.channels.gateway.urgent import Alarm
from bot.channels.gateway.words import Clinic, read_words
from bot.channels.widget.bundle import read_bundle
from knowledge.danger_reader import DangerReader
from knowledge.red_flags import load_red_flags

SWEEP_SECONDS = 10.0


def create_app(
    settings: Settings, rasa_client: RasaClient | None = None, second_reader: DangerReader | None = None
) -> FastAPI:
    """Make the gateway.

    Args:
        rasa_client: takes the place of the one for the settings' ports.
        second_reader: what reads danger signs beside the rules.

    Raises:
        WordsError: clinic.yml or the domain lacks what the gateway has to say.
    """
    words = read_words(settings.clinic_file, settings.domain_folder)
    rasa = rasa_client or RasaClient(settings.rasa_urls, settings.reply_timeout_seconds)
    store = ConversationStore(settings.idle_minutes * 60, settings.max_conversations, settings.messages_per_minute)
    erasures = Erasures(rasa, store.idle_seconds)
    metrics = Metrics()
    metrics.conversations.set_function(lambda: len(store))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        background = [asyncio.create_task(_sweep(store)), asyncio.create_task(erasures.run())]
        yield
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await rasa.close()

    app = FastAPI(
        title="Plainscan",
        version=__version__,
        description="Explains MRI findings to patients, in passages that were written and sourced beforehand.",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the usual pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        # It would hand bodies, which are health text, to whatever telemetry the machine has set up.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    _add_middleware(app, settings, words.clinic, metrics)
    _answer_refusals(app)
    parts = Parts(
        settings=settings,
        clinic=words.clinic,
        store=store,
        starts=AddressRates(settings.conversations_per_minute, "too-many-conversations"),
        messages=AddressRates(settings.address_messages_per_minute, "too-many-from-here"),
        tokens=Tokens(settings.secret.get_secret_value() if settings.secret else None),
        replies=Replies(rasa, words, metrics, Alarm(load_red_flags(), words, second_reader), Reports(words.clinic)),
        erasures=erasures,
        readiness=Readiness(rasa, erasures, __version__, words.clinic.serve),
        metrics=metrics,
    )
    add_routes(app, parts)
    add_pages(app, words.clinic, read_bundle())
    describe(app)
    return app


async def _sweep(store: ConversationStore) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        store.expire()


def _add_middleware(app: FastAPI, settings: Settings, clinic: Clinic, metrics: Metrics) -> None:
    # The last one added is the first one asked.
    app.add_middleware(SmallJsonBodies, max_bytes=settings.max_body_bytes)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=clinic.allowed_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Retry-After", "X-Request-ID"],
    )
    app.add_middleware(Observed, metrics=metrics)


def _answer_refusals(app: FastAPI) -> None:
    """Have every refusal, ours or the framework's, answered with a problem document."""

    @app.exception_handler(Problem)
    async def refuse(_: Request, problem: Problem) -> Response:
        return problem.response()

    @app.exception_handler(RequestValidationError)
    async def refuse_body(_: Request, error: RequestValidationError) -> Response:
        malformed = any(fault["type"] == "json_invalid" for fault in error.errors())
        return Problem("malformed" if malformed else "wrong-shape").response()

    @app.exception_handler(HTTPException)
    async def refuse_request(_: Request, error: HTTPException) -> Response:
        names = {400: "malformed", 404: "not-found", 405: "method-not-allowed"}
        return Problem(names.get(error.status_code, "internal"), error.headers).response()
