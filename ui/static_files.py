"""Scripts, styles and fonts are answered from memory, in one step."""

import gzip
import mimetypes
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import anyio
import streamlit
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STREAMLIT_FILES = Path(streamlit.__file__).parent / "static/static"
OWN_FILES = Path(__file__).parent / "static"

_KEPT = {
    STREAMLIT_FILES: "public, immutable, max-age=31536000",  # a year: their names change with their content
    OWN_FILES: "public, max-age=86400",
}
_COMPRESSIBLE = {".js", ".css", ".svg", ".json", ".txt", ".html"}
_MOST_FILES = 256


class StaticFiles:
    """Middleware that answers for Streamlit's bundle and for ``ui/static`` without asking the file system again.

    Streamlit reads a file in pieces, each in a thread, and compresses ours anew for every visitor. A page asks for
    ninety of them, and on a fresh server each piece would wait for the imports of the warm-up to let go of the
    interpreter. Here a file is compressed once, and only for visitors from other machines: for a browser on this one,
    unpacking takes longer than the bytes do.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files = {
            path.relative_to(folder).as_posix(): (path, kept)
            for folder, kept in _KEPT.items()
            for path in folder.rglob("*")
            if path.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file that is known by its name after ``/static/``; pass everything else on."""
        answering = self.app
        if scope["type"] == "http" and scope["method"] == "GET":
            known = self._files.get(scope["path"].rpartition("/static/")[2])
            if known and known[0].suffix in _COMPRESSIBLE and _wants_it_compressed(scope):
                answering = await anyio.to_thread.run_sync(_compressed, *known)
            elif known:
                answering = _as_it_is(*known)
        await answering(scope, receive, send)


def _wants_it_compressed(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "") and not _is_on_this_machine(scope.get("client"))


def _is_on_this_machine(client: tuple[str, int] | None) -> bool:
    """Whether the peer has a loopback address, or none (a Unix socket); a proxy may name it by other words."""
    try:
        return client is None or ip_address(client[0]).is_loopback
    except ValueError:
        return False


@lru_cache(_MOST_FILES)
def _as_it_is(path: Path, kept: str) -> Response:
    return _response(path, path.read_bytes(), {"cache-control": kept})


@lru_cache(_MOST_FILES)
def _compressed(path: Path, kept: str) -> Response:
    return _response(path, gzip.compress(path.read_bytes()), {"cache-control": kept, "content-encoding": "gzip"})


def _response(path: Path, content: bytes, headers: dict[str, str]) -> Response:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers | {"vary": "accept-encoding"})
