"""The server: `streamlit run app.py` (or `uvicorn app:app`) serves the pages, `/healthz` and `/readyz`."""

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ui.early_files import EarlyFiles
from ui.loading import load_modules
from ui.static_files import StaticFiles
from ui.streamed import file_routes


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Warm up beside the first visitor's page load, so that the server answers at once."""
    threading.Thread(target=_warm, name="warm-up", daemon=True).start()
    yield


def _warm() -> None:
    """Import what pages import and open the read copy, then freeze it all.

    Python would look for garbage again and again among what pandas and Ibis bring: while they are imported, and at
    every later collection. Frozen objects are never looked at again. They are not searched a last time before: that
    would find 2 MB, and hold up the first visitor for 0.2 s.
    """
    gc.disable()
    try:
        load_modules()
        from ui.warming import warm_up

        warm_up()
        from ui.beside_pages import work_as_days_come  # the models that it fits anew are not waited for

        work_as_days_come()
    finally:
        gc.freeze()
        gc.enable()


def report_crash(error: Exception) -> bool:
    """A visitor reads one sentence; the log keeps the rest."""
    from ui.page import report_crash

    return report_crash(error)


async def healthz(request: Request) -> PlainTextResponse:
    """The process is up."""
    return _answer(request, 200, "ok")


async def readyz(request: Request) -> PlainTextResponse:
    """The database can be read."""
    fault = await to_thread.run_sync(_fault)
    return _answer(request, 503 if fault else 200, fault or "ready")


def _fault() -> str | None:
    load_modules()
    from ui import data

    return data.fault()


def _answer(request: Request, status: int, text: str) -> PlainTextResponse:
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Method not allowed", 405, {"Allow": "GET, HEAD"})
    return PlainTextResponse(text, status, {"Cache-Control": "no-store"})


_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # others would fall through to the page itself

app = st.App(
    "ui/shell.py",
    lifespan=lifespan,
    middleware=[Middleware(StaticFiles), Middleware(EarlyFiles)],
    on_script_error=report_crash,
    routes=[Route("/healthz", healthz, methods=_ANY), Route("/readyz", readyz, methods=_ANY), *file_routes()],
)

if __name__ == "__main__":
    app.run()
