"""The files that the first page needs are asked for with it, and nothing else is touched."""

import re

import pytest
from asgi import answer_to
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from ui.early_files import BUNDLE, FONT, WIDGETS, EarlyFiles
from ui.static_files import OWN_FILES, STREAMLIT_FILES

PAGE = "<html><head><title>Ä</title></head><body>" + "x" * 2000 + "</body></html>"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-encoding": "gzip"}


def page(request):
    return HTMLResponse(PAGE, headers={"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"})


def streamed(request):
    return StreamingResponse(iter([PAGE[:20], PAGE[20:1000], PAGE[1000:]]), media_type="text/html; charset=utf-8")


APP = Starlette(
    routes=[Route("/", page), Route("/streamed", streamed), Route("/plain", lambda _: PlainTextResponse("</head>"))],
    middleware=[Middleware(EarlyFiles), Middleware(GZipMiddleware)],
)


@pytest.mark.parametrize("path", ["/", "/streamed"])
def test_a_page_that_a_browser_opens_asks_for_the_bundle(path):
    answer = answer_to(APP, path, BROWSER)
    head, rest = PAGE.split("</head>")
    assert answer.text.startswith(head)
    assert answer.text.endswith("</head>" + rest)
    added = answer.text.removeprefix(head).removesuffix("</head>" + rest)
    assert f"./app/static/{BUNDLE}" in added
    asked = re.findall(r'href="\./static/js/([^"]+)"', added)
    assert {script.partition(".")[0] for script in asked} > set(WIDGETS)
    assert all((STREAMLIT_FILES / "js" / script).is_file() for script in asked)
    if path == "/":
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_page_remembered_from_before_an_upgrade_is_not_shown_again():
    answer = answer_to(APP, "/", BROWSER | {"if-none-match": '"1"'})
    assert answer.status == 200
    assert not {"etag", "last-modified"} & set(answer.headers)


def test_everything_else_passes_as_it_is():
    assert answer_to(APP, "/plain", BROWSER).text == "</head>"
    assert answer_to(APP, "/", {"accept": "*/*"}).text == PAGE
    assert answer_to(APP, "/", BROWSER, "HEAD").headers["etag"] == '"1"'


def test_the_bundle_and_the_font_are_there():
    assert (OWN_FILES / BUNDLE).stat().st_size > 1_000_000
    assert (OWN_FILES / FONT).is_file()
