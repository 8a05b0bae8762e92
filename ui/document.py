"""A whole page as one HTML file: charts that answer the pointer, tables and sentences; it asks the network nothing."""

import base64
import hashlib
import html
from contextvars import copy_context
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Template

import pandas as pd

from analytics import formats
from analytics.shop import Shop
from ui.chart_element import encoded
from ui.charts.look import use_look
from ui.charts.remembered import Drawing
from ui.early_files import BUNDLE, FONT
from ui.shown import ShownCard, ShownPage, ShownTable
from ui.static_files import OWN_FILES

MOST_ROWS = 1_000
"""Of a table; the workbook has them all."""

_FOLDER = Path(__file__).parent
_FRAME = Template((_FOLDER / "document.html").read_text(encoding="utf-8"))
_SCRIPT = (_FOLDER / "document.js").read_text(encoding="utf-8")


def html_bytes(page: ShownPage, *, one_sheet: bool = False) -> bytes:
    """The page as it was drawn last, as a file that any browser opens without a connection.

    Close together in two columns where it shall go on ``one_sheet`` of paper.

    It is light whatever the page was, for it may be printed. Its own rules (a content security policy) allow the
    charts' bundle and the few lines that draw with it, by their hashes, and nothing else: no other script would run
    even if a name from the data became one, and nothing can be asked of any network.
    """
    return copy_context().run(_light, page, "sheet" if one_sheet else "").encode()


def _light(page: ShownPage, layout: str) -> str:
    use_look("light")
    facts = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in page.facts().items())
    return _FRAME.substitute(
        policy=_policy(),
        layout=layout,
        title=html.escape(f"{page.title} · {page.shop.name}"),
        question=html.escape(page.question),
        facts=facts,
        headline="".join(f"<p>{html.escape(sentence)}</p>" for sentence in page.headline),
        cards="".join(_card(card, page.shop) for card in page.filled_cards()),
        font=_font(),
        bundle=_bundle(),
        script=_SCRIPT,
    )


def _card(card: ShownCard, shop: Shop) -> str:
    charts = "".join(_chart(figure, sentence, card.sentences) for figure, sentence in card.figures)
    said = "".join(f"<p>{html.escape(text)}</p>" for text in card.sentences)
    how = "".join(f'<p class="how">{html.escape(text)}</p>' for text in card.how if text not in card.sentences)
    tiles = card.markup() if card.markup else ""
    tables = "".join(_table(table, shop, folded=bool(charts or tiles)) for table in card.tables)
    return f"<section><h2>{html.escape(card.heading)}</h2>{tiles}{charts}{said}{how}{tables}</section>"


def _chart(figure: dict, sentence: str, said: list[str]) -> str:
    """A place to draw in, with the figure as data beside it: in it no ``<`` is left that could end the data."""
    drawn = figure.again() if isinstance(figure, Drawing) else figure
    written = encoded(drawn).decode().replace("<", "\\u003c")
    text, height = html.escape(sentence), int(drawn["layout"]["height"])
    caption = "" if any(sentence in other for other in said) else f"<figcaption>{text}</figcaption>"
    return (
        f'<figure><div class="chart" role="img" aria-label="{text}" style="height:{height}px"></div>'
        f'<script type="application/json">{written}</script>{caption}</figure>'
    )


def _table(shown: ShownTable, shop: Shop, *, folded: bool) -> str:
    table, units = shown.readable(shop)
    head = "".join(f'<th scope="col"{_aligned(table[h].dtype)}>{html.escape(h)}</th>' for h in table.columns)
    values = table.head(MOST_ROWS).itertuples(index=False, name=None)
    rows = "".join(f"<tr>{_cells(row, kinds, shop)}</tr>" for row, kinds in zip(values, units, strict=False))
    counted = "1 row" if len(table) == 1 else f"{len(table):,} rows"
    cut = f"<p>The first {MOST_ROWS:,} of {counted}; the Excel file has them all.</p>" if len(table) > MOST_ROWS else ""
    opened = "" if folded else " open"
    return (
        f'<details class="file"{opened}><summary>Table ({counted})</summary>'
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{cut}</details>'
    )


def _aligned(kind: object) -> str:
    return ' class="n"' if pd.api.types.is_numeric_dtype(kind) else ""


def _cells(row: tuple, units: list[str | None], shop: Shop) -> str:
    return "".join(_cell(value, unit, shop) for value, unit in zip(row, units, strict=True))


def _cell(value: object, unit: str | None, shop: Shop) -> str:
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 (a missing number differs from itself)
        return f'<td class="n">{formats.MISSING}</td>'
    if isinstance(value, date):
        return f'<td class="d">{value}</td>'
    if isinstance(value, str | bool):
        return f"<td>{html.escape(str(value))}</td>"
    return f'<td class="n">{_number(value, unit, shop)}</td>'


def _number(value: float, unit: str | None, shop: Shop) -> str:
    if unit == "share":
        return formats.percent(value)
    decimals = {"money": formats.currency_decimals(shop.currency), "count": 0, "score": 2, "days": 1}.get(unit)
    written = f"{value:,.{decimals}f}" if decimals is not None else f"{value:,}"
    return written.replace("-", formats.MINUS)


def _policy() -> str:
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (_bundle(), _SCRIPT))
    return f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"


@lru_cache(4)
def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(1)
def _bundle() -> str:
    """The charts' bundle; what would end a script element, or begin a comment in one, is written otherwise."""
    text = (OWN_FILES / BUNDLE).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


@lru_cache(1)
def _font() -> str:
    return base64.b64encode((OWN_FILES / FONT).read_bytes()).decode()
