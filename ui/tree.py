"""The KPI tree: boxes from revenue to what it is made of, left to right, or indented where there is no room."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.descriptive.headline import FALSE_DISCOVERIES
from analytics.descriptive.kpi_tree import KpiTree
from analytics.filters import Filters
from analytics.metrics import DEFINITIONS, METRICS
from analytics.shop import Shop
from ui.addresses import as_shown, link
from ui.charts.look import Look, current_look
from ui.charts.remembered import remembered
from ui.choices import against
from ui.shown import note_markup

SIGNS = {
    "customer_revenue": "=",
    "guest_revenue": "+",
    "refunded": "−",
    "customers": "=",
    "orders_per_customer": "×",
    "customer_order_value": "×",
    "new_customers": "=",
    "returning_customers": "+",
    "guest_orders": "=",
    "guest_order_value": "×",
}
"""How a node goes into the one that it is a part of."""


def what_boxes_say(tree: KpiTree) -> str:
    """What stands in each box, in words."""
    if tree.reference is None:
        return "In each box: the value, not compared with another period."
    change = f"its change {against(tree.reference)}, and what that brought to revenue's change"
    return f"In each box: the value, {change}. ≈ marks what chance may have done."


def tree_boxes(tree: KpiTree, filters: Filters, shop: Shop) -> None:
    """One box per node; each opens to say what it was and what it means, and a metric's name leads to its course."""
    st.html(_drawn(tree, _kpi_page(filters), shop))
    note_markup(partial(_drawn, tree, None, shop))


def _kpi_page(filters: Filters) -> str:
    """The KPI page with the same filters, in wait of a metric."""
    return link(f"/kpis?{as_shown(filters.query())}")


@remembered
def _drawn(tree: KpiTree, page: str | None, shop: Shop) -> str:
    look = current_look()
    return f'{_style(look)}<div class="tree">{_branch("revenue", tree, page, shop)}</div>'


def _branch(key: str, tree: KpiTree, page: str | None, shop: Shop) -> str:
    """A node with its parts beside it."""
    parts = tree.nodes.index[tree.nodes["parent"] == key]
    inner = "".join(_branch(part, tree, page, shop) for part in parts)
    beside = f'<div class="parts">{inner}</div>' if inner else ""
    return f'<div class="branch">{_box(key, tree, page, shop)}{beside}</div>'


def _box(key: str, tree: KpiTree, page: str | None, shop: Shop) -> str:
    measured, row = DEFINITIONS[key], tree.nodes.loc[key]
    value, exact = (html.escape(measured.format(row["value"], shop.currency, exact=e)) for e in (False, True))
    sign = f'<span class="sign" title="how it goes into what it is part of">{SIGNS[key]}</span>' if key in SIGNS else ""
    leading = f'<span class="lead" title="{html.escape(measured.leads)}">leading</span>' if measured.leads else ""
    return (
        f'<div class="node">{sign}<div class="nm">{_name(key, page)}</div>'
        f'<div class="row"><div class="val" title="{exact}">{value}</div>{leading}</div>'
        f"<details><summary>{_moved(key, row, tree, shop)}</summary>{_more(key, row, tree, shop)}</details></div>"
    )


def _name(key: str, page: str | None) -> str:
    """A metric's name, as a link where the KPI page shows it; in a file, which has no pages beside it, never."""
    name = DEFINITIONS[key].name
    if page is None or key not in METRICS:
        return html.escape(name)
    asked = as_shown({"metric": name})
    address = html.escape(f"{page}&{asked}" if asked else page)
    return f'<a href="{address}" title="Its course and its parts, on the KPIs page">{html.escape(name)}</a>'


def _moved(key: str, row: pd.Series, tree: KpiTree, shop: Shop) -> str:
    """How it changed, and what that did to revenue."""
    if tree.reference is None:
        return '<div class="chg">not compared</div>'
    changed = html.escape(DEFINITIONS[key].format_change(row["value"], row["reference"]))
    amount = html.escape(formats.signed(formats.money(row["contribution"], shop.currency)))
    kind, mark = _verdict(row)
    brought = "" if key == "revenue" else " to revenue"
    return f'<div class="chg">{changed}</div><div class="chg {kind}"><b>{mark} {amount}</b>{brought}</div>'


def _verdict(row: pd.Series) -> tuple[str, str]:
    """Coloured only beyond chance; the mark says the same without colour."""
    if not row["by_chance"] <= FALSE_DISCOVERIES:
        return "flat", "≈"
    return ("good", "▲") if row["contribution"] > 0 else ("bad", "▼")


def _more(key: str, row: pd.Series, tree: KpiTree, shop: Shop) -> str:
    measured = DEFINITIONS[key]
    said = [f"{measured.definition} ({measured.formula})"]
    if tree.reference is not None:
        was = measured.format(row["reference"], shop.currency, exact=True)
        noise = formats.money(row["noise"], shop.currency)
        said.insert(0, f"It was {was}. Chance alone moves what it brings to revenue by ± {noise}.")
    if measured.leads:
        said.append(f"Leading: {measured.leads}.")
    return "".join(f"<div>{html.escape(sentence)}</div>" for sentence in said)


def _style(look: Look) -> str:
    return (
        "<style>.tree{font-variant-numeric:tabular-nums}"
        ".tree .branch{display:flex;align-items:center;gap:1.5rem;position:relative}"
        ".tree .parts{display:grid;gap:.55rem;position:relative;flex:1}"
        f".tree .parts::before{{content:'';position:absolute;left:-1.5rem;top:50%;width:.75rem;"
        f"border-top:1px solid {look.muted}}}"
        f".tree .parts>.branch::before{{content:'';position:absolute;left:-.75rem;top:50%;width:.75rem;"
        f"border-top:1px solid {look.muted}}}"
        f".tree .parts>.branch::after{{content:'';position:absolute;left:-.75rem;top:-.3rem;bottom:-.3rem;"
        f"border-left:1px solid {look.muted}}}"
        ".tree .parts>.branch:first-child::after{top:50%}.tree .parts>.branch:last-child::after{bottom:50%}"
        ".tree .parts>.branch:only-child::after{display:none}"
        f".tree .node{{border:1px solid {look.grid};border-radius:.6rem;padding:.45rem .7rem;width:11.4rem;"
        f"background:{look.surface};flex:none;position:relative;z-index:1}}"
        f".tree .sign{{position:absolute;left:-.62rem;top:50%;transform:translateY(-50%);width:1.2rem;height:1.2rem;"
        f"line-height:1.1rem;text-align:center;border:1px solid {look.grid};border-radius:50%;font-size:.8rem;"
        f"background:{look.surface};color:{look.muted}}}"
        f".tree .nm{{font-size:.78rem;color:{look.muted};line-height:1.3}}"
        f".tree .nm a{{color:{look.text};text-decoration:underline;text-decoration-color:{look.context};"
        "text-underline-offset:.15em;display:inline-block;padding:.1rem 0}"
        ".tree .row{display:flex;align-items:center;justify-content:space-between;gap:.4rem}"
        ".tree .val{font-size:1.15rem;font-weight:600;line-height:1.45;white-space:nowrap}"
        f".tree .lead{{font-size:.66rem;border:1px solid {look.muted};color:{look.muted};border-radius:.5rem;"
        "padding:0 .35rem;line-height:1.4}"
        f".tree .chg{{font-size:.73rem;line-height:1.45;color:{look.muted};white-space:nowrap}}"
        f".tree .good b{{color:{look.good}}}.tree .bad b{{color:{look.bad}}}.tree .flat b{{font-weight:500}}"
        ".tree summary{list-style:none;cursor:pointer;position:relative;padding-right:.9rem}"
        ".tree summary::-webkit-details-marker{display:none}"
        f".tree summary::after{{content:'⌄';position:absolute;right:0;bottom:.2rem;font-size:.8rem;color:{look.muted}}}"
        ".tree details[open] summary::after{content:'⌃';bottom:-.1rem}"
        f".tree summary:focus-visible,.tree a:focus-visible{{outline:2px solid {look.accent};outline-offset:2px}}"
        f".tree details>div{{font-size:.73rem;line-height:1.4;color:{look.muted};padding-top:.3rem}}"
        "@media(max-width:1080px){.tree .branch{display:block}.tree .node{width:auto;margin-bottom:.5rem}"
        f".tree .parts{{margin-left:1.1rem;gap:0;border-left:1px solid {look.muted};padding-left:.9rem}}"
        ".tree .parts::before,.tree .parts>.branch::before,.tree .parts>.branch::after{display:none}}</style>"
    )
