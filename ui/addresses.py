"""Addresses of our own pages: what a saved view may be, and where its link leads."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from analytics.diagnostic.baseline import AGAINST
from analytics.filters import COMPARISONS, Filters
from analytics.metrics import METRICS
from analytics.shop import Shop

PAGES_FOLDER = Path(__file__).resolve().parent.parent / "pages"
START = "overview"
"""The page whose address is ``/`` alone."""

LONGEST = 4_000

FIRST_METRIC, FIRST_COMPARISON, FIRST_AGAINST = "revenue", "both", "previous"
"""What pages show unless they are asked for something else."""

UNASKED = {
    "compare": COMPARISONS[FIRST_COMPARISON],
    "metric": METRICS[FIRST_METRIC].name,
    "against": AGAINST[FIRST_AGAINST],
}
"""The same as a page's address would say it."""


@cache
def known_pages() -> frozenset[str]:
    """What stands behind the ``/`` in the addresses of all pages."""
    return frozenset("" if file.stem == START else file.stem for file in PAGES_FOLDER.rglob("*.py"))


def own_address(written: str) -> str:
    """The address of a page of ours with its parameters, written anew from its parts.

    What was saved may have been changed by hand, so an address is looked at whenever it is kept or opened.

    >>> own_address("/kpis?region=North&region=<b>")
    '/kpis?region=North&region=%3Cb%3E'

    Raises
    ------
    ValueError : it leads to another place or to no page, or is too long.
    """
    if len(written) > LONGEST:
        raise ValueError(f"This view's address is longer than {LONGEST:,} characters: narrow it by fewer filters.")
    parts = urlsplit(written)
    path = parts.path[1:]
    if parts.scheme or parts.netloc or not written.startswith(f"/{path}") or path not in known_pages():
        raise ValueError("This view does not lead to a page of this program.")
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    return f"/{path}?{query}" if query else f"/{path}"


def link(address: str) -> str:
    """An own address as a link that works wherever the program is served: all pages lie in one folder."""
    return f".{own_address(address)}"


def root_cause_link(filters: Filters, asked: Mapping[str, str]) -> str:
    """Where the Root cause page answers why something changed in the filters' period.

    Parameters
    ----------
    asked : what else the page's address asks for: the ``metric``'s name, and what it is held ``against``.
    """
    return link(f"/root_cause?{as_shown({**filters.query(), **asked})}")


def why_these_days(filters: Filters, metric_name: str, granularity: str) -> str:
    """Where the Root cause page answers for days yet to be filled in (see ``chart_element``)."""
    against = AGAINST["usual" if granularity in ("day", "week") else "last_year"]
    days = {"days": ["first-day", "last-day"], "metric": metric_name, "against": against}
    return link(f"/root_cause?{as_shown({**filters.query(), **days})}")


def first_dimension(shop: Shop) -> str:
    """The dimension that pages break down by until another is chosen."""
    offered = shop.dimensions()
    return "channel" if "channel" in offered else next(iter(offered), "region")


def as_shown(parameters: Mapping[str, str | list[str]]) -> str:
    """Parameters as the browser's address will have them: what a page shows unasked is not among them.

    A page takes it out of its address, and Back would then lead from the page to itself.

    >>> as_shown({"region": ["North", "East"], "metric": "Revenue", "per": "Region"})
    'region=North&region=East&per=Region'
    """
    return urlencode({name: asked for name, asked in parameters.items() if asked != UNASKED.get(name)}, doseq=True)
