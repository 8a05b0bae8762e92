"""The rule that is being written, choice by choice, each bound to the URL: a draft can be sent to a colleague."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from analytics.descriptive.alert_rules import AGAINST, COUNTS, DIRECTIONS, KINDS, WINDOWS, AlertRule
from analytics.formats import plain
from analytics.metrics import METRICS
from analytics.shop import DIMENSIONS, Shop
from ui.bound import one_of_few, one_of_many

PARTS_OF_PAGE = {"feed": "Alerts", "rules": "Rules", "draft": "New rule"}
WHOLE_SHOP = "The whole shop"
EVERY = "Every member"
FALSE_ALARMS = 1.0
T = TypeVar("T")


def known_alert_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the Alerts page, by parameter."""
    return {
        "alerts": list(PARTS_OF_PAGE.values()),
        "rule_metric": [m.name for m in shop.metrics()],
        "rule_kind": list(KINDS.values()),
        "rule_way": list(DIRECTIONS.values()),
        "rule_scope": [WHOLE_SHOP, *shop.dimensions().values()],
        "rule_member": [EVERY, *(m for members in shop.members.values() for m in members)],
        "rule_window": list(WINDOWS.values()),
        "rule_against": list(AGAINST.values()),
    }


def choose_part() -> str:
    """Which part of the Alerts page is shown; only that is computed."""
    return one_of_few("Show", list(PARTS_OF_PAGE), "alerts", PARTS_OF_PAGE.get)


def drafted_rule(shop: Shop) -> AlertRule:
    """The rule that the choices make."""
    what, where, how = st.columns(3)
    with what:
        key = _choice("Metric", [m.key for m in shop.metrics()], "rule_metric", lambda k: METRICS[k].name)
        kind = _choice("Speaks up when it is", list(KINDS), "rule_kind", KINDS.get)
        direction = _choice("Direction", list(DIRECTIONS), "rule_way", DIRECTIONS.get)
    with where:
        scope = _choice("Where", ["", *shop.dimensions()], "rule_scope", lambda d: shop.dimensions().get(d, WHOLE_SHOP))
        member = _member(scope, shop) if scope else EVERY
        window = _choice("Looked at together", list(WINDOWS), "rule_window", WINDOWS.get)
    with how:
        amounts = _amounts(kind, key, scope)
    kept = {"kind": kind, "direction": direction, "dimension": scope, "window_days": window}
    return AlertRule(key, member="" if member == EVERY else member, **kept, **amounts)


def _member(dimension: str, shop: Shop) -> str:
    """Every member or one of them; one of another dimension, which the choice before or an address left, is dropped."""
    offered = [EVERY, *shop.members[dimension]]
    asked = st.query_params.get("rule_member", EVERY)
    member = _choice("Which", offered, "rule_member", str)
    if asked not in offered and any(asked in members for members in shop.members.values()):
        st.caption(plain(f"{asked} is no {DIMENSIONS[dimension].lower()} and was left out."))
    return member


def _amounts(kind: str, key: str, scope: str) -> dict:
    """How far is far, and what is too little to judge."""
    amounts: dict = {}
    if kind == "unusual":
        help_text = "How often the rule may fire in a year in which nothing happens: fewer means that it sees less."
        amounts["false_alarms_a_year"] = _number("False alarms a year", FALSE_ALARMS, "rule_alarms", 0.5, help_text)
        if scope and key in COUNTS:
            amounts["relative"] = st.toggle("As a share of the shop's", key="rule_share", bind="query-params")
        help_text = "To a shop of many orders a small change is beyond chance and still no news."
        least = _number("Told of from (per cent of the usual)", 10.0, "rule_least", 1.0, help_text)
        amounts["least_share"] = least / 100
    elif kind == "change":
        amounts["against"] = _choice("Against", list(AGAINST), "rule_against", AGAINST.get)
        amounts["limit"] = _number("By at least (per cent)", 30.0, "rule_percent", 5.0) / 100
    else:
        unit = METRICS[key].unit
        shown = {"share": ("Limit (per cent)", 5.0), "score": ("Limit (1 to 5)", 4.0)}.get(unit, ("Limit", 10.0))
        limit = _number(*shown, f"rule_limit_{unit}", 0.1 if unit == "score" else 1.0)
        amounts["limit"] = limit / 100 if unit == "share" else limit
    amounts["least_orders"] = _number("Judged from so many orders", 5.0, "rule_orders", 1.0)
    return amounts


def _choice(label: str, options: list[T], key: str, shown: Callable[[T], str]) -> T:
    return one_of_many(label, options, key, shown, labelled=True)


def _number(label: str, default: float, key: str, step: float, help_text: str | None = None) -> float:
    given = st.number_input(label, value=default, step=step, key=key, bind="query-params", help=help_text, format="%g")
    return default if given is None else float(given)
