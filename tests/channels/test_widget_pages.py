"""What the gateway serves of the widget: its file, the frame, the demo clinic's site."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.channels.widget import __main__ as embed
from bot.channels.widget.bundle import BUNDLE, read_bundle
from tests.channels.conftest import Gateway

PAGES = ["/frame", "/demo", "/demo/your-report"]


class TestTheFile:
    async def test_it_is_the_built_one_asked_about_again_each_hour(self, gateway: Gateway) -> None:
        response = await gateway.client.get("/plainscan-chat.js")
        assert (response.status_code, response.content) == (200, BUNDLE.read_bytes())
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert response.headers["Cache-Control"] == "public, max-age=3600, must-revalidate"
        assert response.headers["X-Content-Type-Options"] == "nosniff"

    async def test_under_the_name_of_its_content_it_is_kept_for_a_year(self, gateway: Gateway) -> None:
        digest = hashlib.sha256(BUNDLE.read_bytes()).hexdigest()[:16]
        response = await gateway.client.get(f"/plainscan-chat.{digest}.js")
        assert (response.status_code, response.content) == (200, BUNDLE.read_bytes())
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    async def test_under_the_name_of_another_content_there_is_nothing(self, gateway: Gateway) -> None:
        assert (await gateway.client.get("/plainscan-chat.0123456789abcdef.js")).status_code == 404

    async def test_who_has_it_gets_it_no_second_time(self, gateway: Gateway) -> None:
        etag = (await gateway.client.get("/plainscan-chat.js")).headers["ETag"]
        again = await gateway.client.get("/plainscan-chat.js", headers={"If-None-Match": f'"other", W/{etag}'})
        assert (again.status_code, again.content) == (304, b"")
        other = await gateway.client.get("/plainscan-chat.js", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200

    async def test_it_comes_compressed_to_those_who_can_read_that(self, gateway: Gateway) -> None:
        for accepted, encoding in (("gzip, br", "gzip"), ("identity", None)):
            response = await gateway.client.get("/plainscan-chat.js", headers={"Accept-Encoding": accepted})
            assert response.headers.get("Content-Encoding") == encoding
            assert response.content == BUNDLE.read_bytes()
            assert "Accept-Encoding" in response.headers["Vary"]

    async def test_pages_of_every_origin_may_load_it(self, gateway: Gateway) -> None:
        for origin in ("https://north.example", "https://elsewhere.example"):
            response = await gateway.client.get("/plainscan-chat.js", headers={"Origin": origin})
            assert response.headers["Access-Control-Allow-Origin"] in ("*", origin)

    def test_it_is_no_more_than_twenty_kilobytes_compressed(self) -> None:
        assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= 20_000


def policy(header: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for part in header.split(";") if (words := part.split())}


class Attributes(HTMLParser):
    """All attributes of a page's elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += attrs


class TestThePages:
    @pytest.mark.parametrize("address", PAGES)
    async def test_nothing_but_what_is_needed_is_allowed(self, gateway: Gateway, address: str) -> None:
        response = await gateway.client.get(address)
        assert response.status_code == 200
        allowed = policy(response.headers["Content-Security-Policy"])
        assert allowed.pop("frame-ancestors") == (
            ["'self'", "https://north.example"] if address == "/frame" else ["'none'"]
        )
        assert allowed == {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "connect-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "require-trusted-types-for": ["'script'"],
            "trusted-types": ["'none'"],
        }

    @pytest.mark.parametrize("address", PAGES)
    async def test_the_widget_is_loaded_by_its_content(self, gateway: Gateway, address: str) -> None:
        page = (await gateway.client.get(address)).text
        (script,) = re.findall(r'<script type="module" src="([^"]*plainscan-chat[^"]*)" integrity="([^"]+)"', page)
        digest = base64.b64encode(hashlib.sha384(BUNDLE.read_bytes()).digest()).decode()
        assert script[1] == f"sha384-{digest}"
        assert (await gateway.client.get(f"{address.rpartition('/')[0]}/{script[0]}")).status_code == 200
        assert page.count("<plainscan-chat") == 1

    @pytest.mark.parametrize("address", PAGES)
    async def test_the_clinics_names_are_filled_in_and_nothing_is_left(self, gateway: Gateway, address: str) -> None:
        page = (await gateway.client.get(address)).text
        assert "North Clinic" in page and "$" not in page

    async def test_what_a_clinic_has_set_is_no_markup(self, gateway_make, gateway_settings) -> None:  # type: ignore[no-untyped-def]
        file: Path = gateway_settings.clinic_file
        file.write_text(file.read_text().replace("North Clinic", "'<b onclick=\"x\">& Sons'"))
        page = (await gateway_make().client.get("/demo")).text
        assert "<b " not in page and "&lt;b onclick=&quot;x&quot;&gt;&amp; Sons" in page

    @pytest.mark.parametrize("address", PAGES)
    async def test_every_address_on_them_is_of_this_server_and_there(self, gateway: Gateway, address: str) -> None:
        parser = Attributes()
        parser.feed((await gateway.client.get(address)).text)
        assert [name for name, _ in parser.found if name == "style" or name.startswith("on")] == []
        linked = [value or "" for name, value in parser.found if name in ("src", "href")]
        own = [value for value in linked if not value.startswith(("tel:", "#", "https://north.example/book"))]
        assert own
        for value in own:
            target = str((await gateway.client.get(address)).url.join(value))
            assert target.startswith("http://gateway.test/"), value
            assert (await gateway.client.get(target)).status_code == 200, value

    async def test_the_api_keeps_its_own_policy_and_is_kept_nowhere(self, gateway: Gateway) -> None:
        headers = (await gateway.client.get("/api/config")).headers
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Cache-Control"] == "no-store"


def test_the_command_prints_the_lines_for_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert embed.main(["https://chat.north.example/"]) == 0
    printed = capsys.readouterr().out
    bundle = read_bundle()
    assert f'src="https://chat.north.example/{bundle.name}"' in printed
    assert f'integrity="{bundle.integrity}"' in printed
    assert '<plainscan-chat server="https://chat.north.example"></plainscan-chat>' in printed
