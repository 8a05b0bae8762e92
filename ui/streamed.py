"""Addresses that answer with files of rows, sent while they are read: `/export/orders.csv?region=North`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import anyio
import streamlit as st
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from ui.loading import load_modules

ORDERS = "export/orders.csv"
CUSTOMERS = "export/customers.csv"
"""Below the address of the app; both take the parameters of a page's address."""

_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # others would fall through to the page itself
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_threads = CapacityLimiter(2)
"""How many files are worked on at the same moment; others take turns, a piece each, and pages keep their threads."""


def file_routes() -> list[Route]:
    """The routes of all such files."""
    base = st.get_option("server.baseUrlPath").strip("/")
    below = f"/{base}/" if base else "/"
    return [Route(f"{below}{file}", rows_as_csv, methods=_ANY) for file in (ORDERS, CUSTOMERS)]


async def rows_as_csv(request: Request) -> Response:
    """All rows in view. What cannot be followed is refused in one sentence, before anything is sent."""
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Method not allowed", 405, {"Allow": "GET, HEAD"})
    customers = request.url.path.endswith(CUSTOMERS)
    return await to_thread.run_sync(
        _answer, request.method, customers, request.query_params.multi_items(), limiter=_threads
    )


def _answer(method: str, customers: bool, asked: list[tuple[str, str]]) -> Response:
    load_modules()
    from analytics.errors import NotEnoughData
    from ui.row_files import customer_file, order_file
    from warehouse.errors import StoreError

    try:
        file = customer_file(asked) if customers else order_file(asked)
        first = next(file.pieces)
    except ValueError as error:
        return PlainTextResponse(str(error), 400, _HEADERS)
    except NotEnoughData as error:
        return PlainTextResponse(str(error), 404, _HEADERS)
    except StoreError as error:
        return PlainTextResponse(str(error), 503, _HEADERS)
    headers = _HEADERS | {"Content-Disposition": f'attachment; filename="{file.name}"'}
    if method == "HEAD":
        file.pieces.close()
        answer = Response(headers=headers, media_type="text/csv")
        del answer.headers["content-length"]  # nobody knows it before all rows were read
        return answer
    return _Stream(_sent(first, file.pieces), headers=headers, media_type="text/csv")


class _Stream(StreamingResponse):
    """An answer that lets go of what it reads from when it ends, however it ends."""

    async def stream_response(self, send: Send) -> None:
        """Send it all."""
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


async def _sent(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each made in a thread; the query ends with the last of them or when the visitor goes away."""
    try:
        piece = first
        while piece is not None:
            yield piece
            piece = await to_thread.run_sync(next, pieces, None, limiter=_threads)
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(pieces.close)
