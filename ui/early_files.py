"""The first page asks at once for what its charts and widgets need, not only when the first of them arrives."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.static_files import STREAMLIT_FILES

BUNDLE = "plotly-cartesian-4.1.1.min.js"
"""In ``ui/static``; from the npm package ``plotly.js-cartesian-dist-min``, of the version of the Python package."""
BUNDLE_ID = "plotly-bundle"
FONT = "inter-latin-wght-normal.woff2"

WIDGETS = ("BidiComponent", "Button", "ButtonGroup", "DataFrame", "Html", "Multiselect", "PageLink", "Selectbox")
"""What Streamlit loads late of the Overview and the KPI page, by the names of its scripts."""

_SCRIPT = f"""<link rel="preload" as="script" href="./app/static/{BUNDLE}"><script>
addEventListener("load", () => {{
  if (document.getElementById("{BUNDLE_ID}")) return;
  const script = document.createElement("script");
  Object.assign(script, {{ id: "{BUNDLE_ID}", src: "./app/static/{BUNDLE}", onerror: () => script.remove() }});
  document.head.append(script);
}});
</script><link rel="preload" as="font" type="font/woff2" crossorigin href="./app/static/{FONT}">"""


class EarlyFiles:
    """Middleware that puts these files into the pages that a browser opens.

    The browser loads them beside the page, and runs the charts' bundle while it waits for the server's first answer.
    What cannot be loaded here is asked for again where it is needed (see ``chart_element.js``).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        links = (f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in _widget_scripts())
        self._added = "".join([_SCRIPT, *links]).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but for pages."""
        opens = scope["type"] == "http" and scope["method"] == "GET"
        if not opens or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # a compressed page, a part of one, or one remembered without the script could not be added to
        without = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        asked = scope | {"headers": [header for header in scope["headers"] if header[0] not in without]}
        await self.app(asked, receive, _Page(send, self._added).pass_on)


class _Page:
    """One answer on its way to the browser."""

    def __init__(self, send: Send, added: bytes) -> None:
        self._send = send
        self._added = added
        self._start: Message | None = None
        self._body = b""

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start" and "text/html" in Headers(raw=message["headers"]).get(
            "content-type", ""
        ):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _finish(self) -> None:
        body = self._body.replace(b"</head>", self._added + b"</head>", 1)
        headers = MutableHeaders(raw=self._start["headers"])
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):
            del headers[name]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _widget_scripts() -> list[str]:
    """The scripts of the widgets and all that they import, without those that Streamlit's own page names."""
    page = (STREAMLIT_FILES.parent / "index.html").read_text(encoding="utf-8")
    folder = STREAMLIT_FILES / "js"
    found, asked = [], [script.name for widget in WIDGETS for script in folder.glob(f"{widget}.*.js")]
    while asked:
        name = asked.pop()
        if name not in page and name not in found:
            found.append(name)
            asked += re.findall(r'(?:from|import)"\./([^"/]+\.js)"', (folder / name).read_text(encoding="utf-8"))
    return found
