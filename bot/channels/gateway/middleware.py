"""What holds for every request around its route: headers, numbers, the size of bodies, faults of our own."""

import logging
import secrets
import time
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.gateway import tracing
from bot.channels.gateway.metrics import Metrics
from bot.channels.gateway.problems import Problem

logger = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Observed:
    """Gives each request an id and the security headers, counts and times it, and answers faults of our own with a 500.

    A fault is logged with its class and place; its message and the request could hold a patient's words.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = secrets.token_hex(8)
        trace = tracing.begin(request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)  # a page has its own policy, a file its own time to be kept
                headers["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s at %s:%s request=%s", type(error).__name__, last.filename, last.lineno, request_id)
            if not status:
                await Problem("internal").response()(scope, receive, send_with_headers)
        finally:
            # The template, never the path: what a client puts into a path is its own.
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(method, route, str(status)).inc()
            seconds = time.perf_counter() - started
            self._metrics.seconds.labels(route).observe(seconds)
            for name, milliseconds in trace.stages.items():
                self._metrics.stages.labels(name).observe(milliseconds / 1000)
            if trace.told:
                rounded = {name: round(milliseconds, 1) for name, milliseconds in trace.stages.items()}
                logger.info("answered", extra={**trace.told, "ms": round(seconds * 1000, 1), "stages": rounded})


class SmallJsonBodies:
    """Refuses a body that is too large, before it is read whole, or that is not plain JSON.

    Starlette's own limit answers in plain text, and only after the route has begun.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            return await self._refuse_size(scope, receive, send)
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return None  # the client has gone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_bytes:
                return await self._refuse_size(scope, receive, send)
        # Nothing is ever unpacked: a small body that becomes a large one has no way in.
        if body and headers.get("content-encoding", "identity").strip().lower() != "identity":
            return await Problem("media-type", {"Accept-Encoding": "identity"}).response()(scope, receive, send)
        if body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return await Problem("media-type", {"Accept-Post": "application/json"}).response()(scope, receive, send)
        handed_over = False

        async def replay() -> Message:
            nonlocal handed_over
            if handed_over:
                return await receive()
            handed_over = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)

    async def _refuse_size(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Problem("body-too-large", limit=self._max_bytes).response()(scope, receive, send)
