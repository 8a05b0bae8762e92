"""The charts' bundle is asked for with the first page, and nothing else is touched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from ui import early_charts
from ui.early_charts import BUNDLE, EarlyCharts

PAGE = "<html><head><title>Ä</title></head><body>" + "x" * 2000 + "</body></html>"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-encoding": "gzip"}


def page(request):
    return HTMLResponse(PAGE, headers={"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"})


def streamed(request):
    return StreamingResponse(iter([PAGE[:20], PAGE[20:1000], PAGE[1000:]]), media_type="text/html; charset=utf-8")


APP = Starlette(
    routes=[Route("/", page), Route("/streamed", streamed), Route("/plain", lambda _: PlainTextResponse("</head>"))],
    middleware=[Middleware(EarlyCharts), Middleware(GZipMiddleware)],
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def answer_to(path: str, headers: dict[str, str], method: str = "GET") -> Answer:
    """What the server sends for a request, over ASGI itself."""
    sent = []
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw, "root_path": ""}

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict:
        return next(asked, None) or await anyio.sleep_forever()

    async def send(message: dict) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as own_thread:  # in this one the browser tests may have a loop running
        own_thread.submit(anyio.run, APP, scope, receive, send).result()
    start = sent[0]
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.mark.parametrize("path", ["/", "/streamed"])
def test_a_page_that_a_browser_opens_asks_for_the_bundle(path):
    answer = answer_to(path, BROWSER)
    assert answer.text.count(early_charts._SCRIPT) == 1
    assert f"./app/static/{BUNDLE}" in answer.text.partition("</head>")[0]
    assert answer.text.replace(early_charts._SCRIPT, "") == PAGE
    if path == "/":
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_page_remembered_from_before_an_upgrade_is_not_shown_again():
    answer = answer_to("/", BROWSER | {"if-none-match": '"1"'})
    assert answer.status == 200
    assert not {"etag", "last-modified"} & set(answer.headers)


def test_everything_else_passes_as_it_is():
    assert answer_to("/plain", BROWSER).text == "</head>"
    assert answer_to("/", {"accept": "*/*"}).text == PAGE
    assert answer_to("/", BROWSER, "HEAD").headers["etag"] == '"1"'


def test_the_bundle_is_there():
    assert (Path(early_charts.__file__).parent / "static" / BUNDLE).stat().st_size > 1_000_000
