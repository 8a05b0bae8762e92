"""Asking an ASGI application, without a server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import anyio
from starlette.types import ASGIApp


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def answer_to(
    app: ASGIApp, path: str, headers: dict[str, str], method: str = "GET", client: str = "127.0.0.1"
) -> Answer:
    """What the server sends for a request, over ASGI itself."""
    sent = []
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "root_path": ""}
    scope["query_string"] = query.encode()
    scope["client"] = (client, 50000)
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict:
        return next(asked, None) or await anyio.sleep_forever()

    async def send(message: dict) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as own_thread:  # in this one the browser tests may have a loop running
        own_thread.submit(anyio.run, app, scope, receive, send).result()
    start = sent[0]
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(message.get("body", b"") for message in sent[1:]))
