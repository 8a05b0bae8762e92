"""The global filters, the same on every page and bound to the URL: a view can be copied, bookmarked, gone back to."""

import math
from datetime import date

import streamlit as st

from analytics.filters import COMPARISONS, CUSTOM_PERIOD, Filters
from analytics.formats import plain
from analytics.periods import Period, day_label, offered_presets, preset_period
from analytics.shop import DIMENSIONS, Shop
from ui.addresses import FIRST_COMPARISON
from ui.choices import KNOWN_NUMBERS, SEVERAL_AT_ONCE, known_choices

FIRST_DIMENSIONS = ("region", "segment")
DEFAULT_PERIOD = "90d"
MOST_NAMED = 5
DAYS_ASKED = {"days": 2, "against_from": 1, "days_b": 2}
"""The parameters that are days of the data, and how many each may have."""
_EXPECTED = {1: "one", 2: "a first and a last"}


def filters_in_force(shop: Shop) -> Filters:
    """Draw the filters and say what they are set to; what the URL asks for in vain is dropped with a note."""
    dropped, several = _drop_unknown(shop), _named_several_times(shop)
    period = _period(shop)
    compare = st.selectbox(
        "Compare with",
        list(COMPARISONS),
        index=list(COMPARISONS).index("both"),
        format_func=COMPARISONS.get,
        key="compare",
        bind="query-params",
    )
    offered = shop.dimensions()
    members = {d: _member_choice(shop, d) for d in FIRST_DIMENSIONS if d in offered}
    more = [d for d in offered if d not in FIRST_DIMENSIONS]
    if more:
        narrowed = sum(bool(st.session_state.get(d) or st.query_params.get_all(d)) for d in more)
        with st.expander(f"More filters ({narrowed})" if narrowed else "More filters", expanded=bool(narrowed)):
            members |= {d: _member_choice(shop, d) for d in more}
    if any(members.values()) or st.session_state.get("period") != DEFAULT_PERIOD or compare != FIRST_COMPARISON:
        st.button("Reset filters", icon=":material/restart_alt:", on_click=_reset, width="stretch")
    if beyond := _numbers_beyond():
        st.caption(f":material/info: These cannot be and are left out: {', '.join(beyond)}.")
    if dropped:
        st.caption(f":material/info: Not in this shop's data and left out: {', '.join(dropped)}.")
    if several:
        named = " and ".join(several)
        st.caption(f":material/info: The address has several values for {named}: all but one are left out.")
    return Filters(period, compare, **{d: tuple(m) for d, m in members.items()})


def filter_to(dimension: str, members: list[str]) -> None:
    """Narrow a dimension to these members, as a click on a chart does (in a callback, before widgets are drawn)."""
    st.session_state[dimension] = members


def _period(shop: Shop) -> Period:
    chosen = st.pills(
        "Period",
        [*offered_presets(shop.first_day, shop.today), CUSTOM_PERIOD],
        default=DEFAULT_PERIOD,
        key="period",
        bind="query-params",
        required=True,
        help=f"Counted back from the last complete day in the data, {day_label(shop.today)}.",
    )
    if chosen != CUSTOM_PERIOD:
        return preset_period(chosen or DEFAULT_PERIOD, shop.first_day, shop.today)
    default = preset_period(DEFAULT_PERIOD, shop.first_day, shop.today)
    days = st.date_input(
        "Days",
        value=(default.start, default.end),
        min_value=shop.first_day,
        max_value=shop.last_day,
        key="days",
        bind="query-params",
        format="DD/MM/YYYY",
    )
    return _picked(days, default)


def _picked(days: tuple[date, ...], default: Period) -> Period:
    """A half-picked range changes nothing yet: the last whole one stays in force.

    A single day in the address of a fresh visit is a period of one day (the address names equal ends once).
    """
    if len(days) == 2:
        st.session_state["_whole_range"] = Period(*sorted(days))
    elif len(days) == 1 and "_whole_range" not in st.session_state:
        st.session_state["_whole_range"] = Period(days[0], days[0])
    return st.session_state.get("_whole_range", default)


def _member_choice(shop: Shop, dimension: str) -> list[str]:
    name = DIMENSIONS[dimension]
    return st.multiselect(
        name,
        list(shop.members[dimension]),
        key=dimension,
        bind="query-params",
        placeholder=f"All {_PLURALS.get(dimension, name.lower() + 's')}",
    )


def _drop_unknown(shop: Shop) -> list[str]:
    """What the URL asks for that cannot be: noted for the visitor; the widgets themselves ignore it."""
    asked = {d: st.query_params.get_all(d) for d in DIMENSIONS}
    unknown = [
        f"{DIMENSIONS[d].lower()} {m}" for d, ms in asked.items() for m in ms if m not in shop.members.get(d, ())
    ]
    periods = [*offered_presets(shop.first_day, shop.today), CUSTOM_PERIOD]
    choices = {"period": periods, "compare": COMPARISONS.values()} | known_choices(shop)
    for key, known in choices.items():
        unknown += [f"{key} {v}" for v in st.query_params.get_all(key) if v not in known]
    for key, most in DAYS_ASKED.items():
        days = st.query_params.get_all(key)
        name = "day" if key == "days" else key
        unknown += [f"{name} {d}" for d in days if not _is_day_of(d, shop)]
        unknown += [f"{len(days)} days for {_EXPECTED[most]}"] if len(days) > most else []
    named = [_shortened(text) for text in unknown[:MOST_NAMED]]
    return named + ([f"{len(unknown) - MOST_NAMED} more"] if len(unknown) > MOST_NAMED else [])


def _numbers_beyond() -> list[str]:
    """Numbers of the address that cannot be: the widgets themselves ignore them."""
    return [
        f"{key.replace('_', ' ')} {_shortened(asked)} ({_between(least, most)})"
        for key, (least, most) in KNOWN_NUMBERS.items()
        for asked in st.query_params.get_all(key)
        if not _is_within(asked, least, most)
    ]


def _between(least: float, most: float | None) -> str:
    return f"at least {least:g}" if most is None else f"from {least:g} to {most:g}"


def _is_within(text: str, least: float, most: float | None) -> bool:
    try:
        number = float(text)
        return math.isfinite(number) and least <= number and (most is None or number <= most)
    except ValueError:
        return False


def _named_several_times(shop: Shop) -> list[str]:
    """The parameters of which the address names more than the one that there can be."""
    names = {"period", "compare", *known_choices(shop)} - set(SEVERAL_AT_ONCE)
    return sorted(name.replace("_", " ") for name in names if len(set(st.query_params.get_all(name))) > 1)


def _is_day_of(text: str, shop: Shop) -> bool:
    try:
        return shop.first_day <= date.fromisoformat(text) <= shop.last_day
    except ValueError:
        return False


def _shortened(text: str) -> str:
    """Text from a URL, made harmless: no markup, no novel."""
    kept = "".join(c for c in text if c.isalnum() or c in " -_.")
    return plain(kept if len(kept) <= 40 else kept[:39] + "…")


def _reset() -> None:
    st.session_state["period"] = DEFAULT_PERIOD
    st.session_state["compare"] = FIRST_COMPARISON
    for dimension in DIMENSIONS:
        if dimension in st.session_state:
            st.session_state[dimension] = []


_PLURALS = {"category": "categories", "payment_method": "payments"}
