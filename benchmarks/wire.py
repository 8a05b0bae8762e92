"""A visitor without a browser: speaks Streamlit's own messages over the websocket that a browser would open.

Asked are reruns with changed widget states, as the frontend asks them; awaited is the server's ``script_finished``.
Between the two, every element that arrives is looked at: an exception element, or an error of our own pages, counts
as an error, and all payloads together make a fingerprint by which a changed page is told from an unchanged one.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

TIMEOUT_SECONDS = 30.0
LARGEST_MESSAGE = 200 * 2**20


@dataclass(frozen=True)
class Answer:
    """What a rerun brought: seconds to ``script_finished``, the page's fingerprint, faults seen, messages, bytes."""

    seconds: float
    fingerprint: str
    faults: tuple[str, ...]
    messages: int
    size: int


@dataclass
class Client:
    """One open session. ``widgets`` maps a widget's key to its id, learned from what the server draws."""

    socket: websockets.ClientConnection
    page_name: str
    widgets: dict[str, str] = field(default_factory=dict)
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _page_hash: str = ""

    async def open_page(self) -> Answer:
        """The first run, as after following a link to the page."""
        return await self._rerun(page_name=self.page_name)

    async def choose(self, key: str, values: list[str]) -> Answer:
        """Set a pills or multiselect widget to these values and wait for the page."""
        state = WidgetState(id=self.widgets[key])
        state.string_array_value.data.extend(values)
        self._states[key] = state
        return await self._rerun(page_script_hash=self._page_hash)

    async def _rerun(self, **where: str) -> Answer:
        wish = ClientState(query_string="", **where)
        wish.widget_states.widgets.extend(self._states.values())
        wish.cached_message_hashes.extend(self._held)
        wish.context_info.timezone = "UTC"
        started = time.perf_counter()
        await self.socket.send(BackMsg(rerun_script=wish).SerializeToString())
        return await asyncio.wait_for(self._read_until_finished(started), TIMEOUT_SECONDS)

    async def _read_until_finished(self, started: float) -> Answer:
        content, faults, messages, size = hashlib.sha1(usedforsecurity=False), [], 0, 0
        while True:
            received = await self.socket.recv()
            message = ForwardMsg.FromString(received)
            messages, size = messages + 1, size + len(received)
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    faults.append(f"script finished with {message.script_finished}")
                taken = time.perf_counter() - started
                return Answer(taken, content.hexdigest(), tuple(faults), messages, size)
            if kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "ref_hash":
                content.update(message.ref_hash.encode())
            elif kind == "delta":
                self._take(message)
                content.update((message.hash or str(message.delta)).encode())
                faults += _faults(message)

    def _take(self, message: ForwardMsg) -> None:
        """Remember a widget's id, and that the message is held, so that the server need not send it again."""
        if message.metadata.cacheable and message.hash:
            self._held.add(message.hash)
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        identity = getattr(getattr(element, kind), "id", "") if kind else ""
        if "-" in identity:
            self.widgets[identity.rsplit("-", 1)[1]] = identity


def connected(port: int) -> websockets.connect:
    """The socket of a new session on the server."""
    return websockets.connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        max_size=LARGEST_MESSAGE,
        ping_interval=None,
    )


def _faults(message: ForwardMsg) -> list[str]:
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        return [f"exception element: {element.exception.type} {element.exception.message}"]
    if kind == "alert" and element.alert.format == element.alert.ERROR:
        return [f"error on the page: {element.alert.body}"]
    return []
