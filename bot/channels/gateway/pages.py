"""The widget's file and the pages that hold it: /plainscan-chat.js, /frame, /demo."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from fastapi import FastAPI, Request
from fastapi.responses import Response

from bot.channels.gateway.problems import Problem
from bot.channels.gateway.words import Clinic
from bot.channels.widget.bundle import FOLDER, Bundle

# A name with the content's hash in it never means anything else; the plain name is asked about again each hour.
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600, must-revalidate"
# Whoever is on the page that holds the widget: what these pages may do is what the widget needs, and nothing more.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {ancestors}"
)
DEMO = FOLDER / "demo"
# address -> template, and how far up from there the widget is
PAGES = {"/demo": ("index.html", ""), "/demo/your-report": ("your-report.html", "../")}
ASSETS = {"/demo/clinic.css": "text/css", "/demo/clinic.js": "text/javascript"}


@dataclass(frozen=True)
class _File:
    """Something that is served as it is."""

    body: bytes
    media_type: str
    headers: dict[str, str]


def add_pages(app: FastAPI, clinic: Clinic, bundle: Bundle) -> None:
    """Add the widget's file and pages to `app`. All of them are read and made here, once."""
    _add_script(app, bundle)
    _add_file(app, "/frame", _page(FOLDER / "frame.html", clinic, bundle, ["'self'", *clinic.allowed_origins]))
    for address, (name, up) in PAGES.items():
        _add_file(app, address, _page(DEMO / name, clinic, bundle, ["'none'"], up))
    for address, media_type in ASSETS.items():
        body = (DEMO / address.rpartition("/")[2]).read_bytes()
        _add_file(app, address, _File(body, media_type, {"Cache-Control": "no-cache"}))


def _add_script(app: FastAPI, bundle: Bundle) -> None:
    etag = f'"{bundle.digest}"'

    def script(request: Request, caching: str) -> Response:
        headers = {
            "Cache-Control": caching,
            "ETag": etag,
            "Vary": "Accept-Encoding",
            # A module script of another origin needs leave to be read. It is public, and is asked for without cookies.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        known = request.headers.get("if-none-match", "")
        if etag in known.replace("W/", "").split(", "):
            return Response(status_code=304, headers=headers)
        body = bundle.body
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = bundle.gzipped, "gzip"
        return Response(body, headers=headers, media_type="text/javascript")

    @app.api_route("/plainscan-chat.js", methods=["GET", "HEAD"], include_in_schema=False)
    async def current_script(request: Request) -> Response:
        return script(request, FOR_AN_HOUR)

    @app.api_route("/plainscan-chat.{digest}.js", methods=["GET", "HEAD"], include_in_schema=False)
    async def this_script(request: Request, digest: str) -> Response:
        if digest != bundle.digest:
            raise Problem("not-found")
        return script(request, FOR_EVER)


def _add_file(app: FastAPI, address: str, file: _File) -> None:
    async def show() -> Response:
        return Response(file.body, headers=file.headers, media_type=file.media_type)

    app.add_api_route(address, show, methods=["GET", "HEAD"], include_in_schema=False)


def _page(path: Path, clinic: Clinic, bundle: Bundle, ancestors: Sequence[str], up: str = "") -> _File:
    """A page with the clinic's names and the widget's file filled in."""
    names = {
        "clinic_name": clinic.name,
        "clinic_phone": clinic.phone,
        "emergency_number": clinic.emergency_number,
        "booking_url": clinic.booking_url,
        "opening_hours": clinic.opening_hours,
        "script": up + bundle.name,
        "integrity": bundle.integrity,
    }
    text = Template(path.read_text("utf-8")).substitute({name: html.escape(value) for name, value in names.items()})
    headers = {"Content-Security-Policy": POLICY.format(ancestors=" ".join(ancestors)), "Cache-Control": "no-cache"}
    return _File(text.encode(), "text/html", headers)
