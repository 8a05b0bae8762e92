"""What a visitor reads on a page under test: its words, its tiles, its charts."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

from analytics.formats import JOINER, NO_BREAK

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(str(p.relative_to(ROOT / "pages")) for p in (ROOT / "pages").rglob("*.py"))
"""Every page file, so that a page added later is tested without being named here."""


def words(page: AppTest) -> str:
    """All text on the page and in the sidebar, as it was sent to the browser."""
    return "\n".join(_texts(page))


def plain_words(page: AppTest) -> str:
    """The same as it is read; see ``unescaped``."""
    return unescaped(words(page))


def unescaped(text: str) -> str:
    """Without the backslashes and unseen joiners that keep Markdown from reading names as markup; spaces are spaces."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "").replace(NO_BREAK, " ")


def _texts(page: AppTest) -> Iterator[str]:
    for kind in ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success"):
        for element in page.get(kind):
            yield element.value
    for element in page.get("html"):
        yield element.proto.body


def headings(page: AppTest) -> list[str]:
    """The headings of the cards."""
    return [html.unescape(h) for h in re.findall(r"<h2[^>]*>(.*?)</h2>", words(page))]


def menus(page: AppTest) -> list[str]:
    """The keys of the cards' menus: set one in the session to open it."""
    return [e.key for e in page.get("popover") if e.key.startswith("menu-")]


def troubles(page: AppTest) -> list[str]:
    """What the page shows as errors."""
    return [unescaped(e.value) for e in page.error]


def press(page: AppTest, label: str) -> AppTest:
    """The page after a press on the button with that label."""
    return next(button for button in page.button if button.label == label).click().run()


def links(page: AppTest, label: str) -> list[dict[str, str]]:
    """What every link of that label to another page adds to the address."""
    return [dict(parse_qsl(e.proto.query_string)) for e in page.get("page_link") if e.proto.label == label]


def tick(page: AppTest, what: str, cells: dict) -> AppTest:
    """Write into the first row of the table of targets or of events; nobody has been told of it before the next run."""
    table = f"{what}-table-{page.session_state[f'_{what}_version']}"
    page.session_state[table] = {"edited_rows": {0: cells}, "added_rows": [], "deleted_rows": []}
    return page


def said(page: AppTest) -> list[str]:
    """What the page says was done."""
    return [unescaped(e.value) for e in page.success]


def tiles(page: AppTest) -> dict[str, float]:
    """The exact value of each key figure by its name; shares as per cent."""
    found = re.findall(r'<div class="nm">(.*?)</div><div class="row"><div class="val" title="(.*?)">', words(page))
    return {html.unescape(re.sub(r"<[^>]*>", "", name)): number(html.unescape(value)) for name, value in found}


def number(text: str) -> float:
    """The number in a formatted text; NaN for a dash."""
    digits = re.sub(r"[^\d.]", "", text)
    return float(digits) * (-1 if "−" in text else 1) if digits else float("nan")


def charts(page: AppTest) -> dict[str, dict]:
    """Every figure on the page by its key."""
    return {key: shown["figure"] for key, shown in _drawn(page).items()}


def charts_alternative(page: AppTest) -> dict[str, str]:
    """The text alternative of every chart by its key."""
    return {key: shown["label"] for key, shown in _drawn(page).items()}


def clickable_charts(page: AppTest) -> set[str]:
    """The keys of the charts whose marks can be clicked."""
    return {key for key, shown in _drawn(page).items() if shown["clickable"]}


def _drawn(page: AppTest) -> dict[str, dict]:
    """What the page hands to the element that draws charts, by key."""
    elements = [e for e in page.get("bidi_component") if e.proto.component_name == "chart"]
    return {e.key: json.loads(e.proto.bytes) for e in elements}
