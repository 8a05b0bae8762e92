"""Scripts, styles and fonts come from memory as they lie on the disk; anything else is none of its business."""

import gzip

import pytest
from asgi import answer_to
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ui.early_files import BUNDLE, FONT
from ui.static_files import OWN_FILES, STREAMLIT_FILES, StaticFiles

SCRIPT = next(path for path in sorted((STREAMLIT_FILES / "js").iterdir()) if path.name.startswith("index."))
ELSEWHERE = Route("/{path:path}", lambda _: PlainTextResponse("elsewhere"), methods=["GET", "HEAD", "POST"])
APP = Starlette(routes=[ELSEWHERE], middleware=[Middleware(StaticFiles)])


@pytest.mark.parametrize("base", ["", "/shops/one"])
@pytest.mark.parametrize(
    ("address", "path", "kind", "kept"),
    [
        (f"/static/js/{SCRIPT.name}", SCRIPT, "text/javascript; charset=utf-8", "immutable"),
        (f"/app/static/{BUNDLE}", OWN_FILES / BUNDLE, "text/javascript; charset=utf-8", "max-age=86400"),
        (f"/app/static/{FONT}", OWN_FILES / FONT, "font/woff2", "max-age=86400"),
    ],
)
def test_a_file_is_answered_as_it_is(base, address, path, kind, kept):
    answer = answer_to(APP, base + address, {"accept-encoding": "gzip"})
    assert answer.status == 200
    assert answer.content == path.read_bytes()
    assert answer.headers["content-type"] == kind
    assert int(answer.headers["content-length"]) == path.stat().st_size
    assert kept in answer.headers["cache-control"]
    assert answer_to(APP, base + address, {}).content == answer.content


@pytest.mark.parametrize(
    "address", ["/", "/kpis", "/static/js/none.js", "/static/", "/app/static/../../app.py", "/static//etc/hostname"]
)
def test_what_is_no_such_file_is_passed_on(address):
    assert answer_to(APP, address, {}).text == "elsewhere"


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_what_is_to_be_read_is_answered(method):
    assert answer_to(APP, f"/app/static/{BUNDLE}", {}, method).headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::7", "unknown"])
def test_visitors_from_other_machines_get_scripts_compressed_and_fonts_as_they_are(client):
    accepts = {"accept-encoding": "gzip, deflate, br"}
    script = answer_to(APP, f"/app/static/{BUNDLE}", accepts, client=client)
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["vary"] == "accept-encoding"
    assert len(script.content) < (OWN_FILES / BUNDLE).stat().st_size / 2
    assert gzip.decompress(script.content) == (OWN_FILES / BUNDLE).read_bytes()
    assert answer_to(APP, f"/app/static/{BUNDLE}", {}, client=client).content == (OWN_FILES / BUNDLE).read_bytes()
    font = answer_to(APP, f"/app/static/{FONT}", accepts, client=client)
    assert font.content == (OWN_FILES / FONT).read_bytes()


@pytest.mark.parametrize("client", ["127.0.0.1", "::1"])
def test_a_browser_on_this_machine_is_spared_unpacking(client):
    answer = answer_to(APP, f"/app/static/{BUNDLE}", {"accept-encoding": "gzip"}, client=client)
    assert "content-encoding" not in answer.headers
