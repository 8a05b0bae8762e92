"""The first page asks for the charts' bundle at once, not only when the first chart arrives."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUNDLE = "plotly-cartesian-4.1.1.min.js"
"""In ``ui/static``; from the npm package ``plotly.js-cartesian-dist-min``, of the version of the Python package."""
BUNDLE_ID = "plotly-bundle"

_SCRIPT = f"""<link rel="preload" as="script" href="./app/static/{BUNDLE}"><script>
addEventListener("load", () => {{
  if (document.getElementById("{BUNDLE_ID}")) return;
  const script = document.createElement("script");
  Object.assign(script, {{ id: "{BUNDLE_ID}", src: "./app/static/{BUNDLE}", onerror: () => script.remove() }});
  document.head.append(script);
}});
</script>"""


class EarlyCharts:
    """Middleware that puts the bundle's script into the pages that a browser opens.

    The browser loads it beside the page, and runs it while it waits for the server's first answer. If it cannot be
    loaded, the element that draws charts tries again (see ``chart_element.js``).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but for pages."""
        opens = scope["type"] == "http" and scope["method"] == "GET"
        if not opens or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # a compressed page, a part of one, or one remembered without the script could not be added to
        without = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        asked = scope | {"headers": [header for header in scope["headers"] if header[0] not in without]}
        await self.app(asked, receive, _Page(send).pass_on)


class _Page:
    """One answer on its way to the browser."""

    def __init__(self, send: Send) -> None:
        self._send = send
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
        body = self._body.replace(b"</head>", _SCRIPT.encode() + b"</head>", 1)
        headers = MutableHeaders(raw=self._start["headers"])
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):
            del headers[name]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})
