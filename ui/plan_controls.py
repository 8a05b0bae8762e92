"""The controls of a plan: each figure's slider, the range around it where it is shown, and what time does."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from analytics.formats import one_line
from analytics.prescriptive.prefilled import ASSUMED, Prefilled
from analytics.prescriptive.scenario import INPUTS, LONGEST_NAME, Scenario, Uncertain
from analytics.prescriptive.scenario_inputs import KINDS, KNOWN_INPUTS
from analytics.prescriptive.scenario_words import phrase
from analytics.shop import Shop
from ui.open_scenarios import RANGES, open_scenarios, tell_address
from ui.plan_scales import Scale, scale_of

KIND_KEY = "plan-kind"
LONGEST_SLIDER = 60
"""Months that the slider of the horizon reaches, unless a plan goes on for longer."""
_SCALES = "_plan_scales"


def choose_kind(plan: Scenario, anew: Callable[[str], Scenario]) -> None:
    """The kind of the plan and its name; another kind begins with its own figures."""
    _stand(KIND_KEY, plan.kind)
    st.segmented_control(
        "Kind", list(KINDS), format_func=KINDS.get, key=KIND_KEY, required=True, label_visibility="collapsed",
        on_change=_another_kind, args=(anew,),
    )  # fmt: skip
    _stand("plan-name", plan.name)
    st.text_input(
        "Name of this plan", key="plan-name", max_chars=LONGEST_NAME, on_change=_named, args=(plan,),
    )  # fmt: skip


def choose_figures(plan: Scenario, filled: Prefilled | None, shop: Shop) -> None:
    """A slider for what is likely of each figure; with ranges, the three numbers beside it."""
    with_ranges = st.toggle(
        "Ranges and exact figures", key=RANGES, bind="query-params",
        help="Low and high hold the figure in four of five cases. Both ends equal: it is known.",
    )  # fmt: skip
    for name in INPUTS[plan.kind]:
        scale = _scale(plan, name, filled)
        label = f"{KNOWN_INPUTS[name].label}{_unit(name, shop)}"
        _stand(_key(name, "likely"), _shown(plan.input(name).likely, scale))
        st.slider(
            label + (", assumed" if _is_assumed(plan, name, filled) else ""),
            scale.least,
            scale.most,
            step=scale.step,
            key=_key(name, "likely"),
            format="localized",
            help=_help(plan, name, filled),
            on_change=_moved,
            args=(plan, name, scale),
        )
        if with_ranges:
            _range(plan, name, scale)


def choose_time(plan: Scenario) -> None:
    """Over how many months, at which discount rate, how fast benefits begin and how fast they fade."""
    controls = (
        (
            "months",
            "Months",
            1,
            max(LONGEST_SLIDER, plan.months),
            1,
            1,
            "The horizon: what comes later does not count.",
        ),
        ("discount_rate", "Discount rate a year (%)", 0.0, 50.0, 0.5, 100, "What money could earn elsewhere."),
        ("ramp_months", "Months until the benefit is full", 0, plan.months, 1, 1, "It grows in equal steps."),
        ("fade", "Benefit lost each month after (%)", 0.0, 25.0, 0.5, 100, "Of what is left of it."),
    )
    for name, label, least, most, step, times, told in controls:
        value = getattr(plan, name) * times
        key = f"plan-time-{name}"
        most = max(most, value) or 1
        _stand(key, type(step)(round(value, 6)))
        st.slider(
            label, least, most, step=step, key=key, format="localized", help=told, on_change=_timed,
            args=(plan, name, times),
        )  # fmt: skip


def assumed_sentence(plan: Scenario, filled: Prefilled | None) -> str:
    """Which figures rest on nothing but an assumption."""
    assumed = [phrase(name) for name in INPUTS[plan.kind] if _is_assumed(plan, name, filled)]
    if not assumed:
        return "No figure stands as it was assumed at first."
    listed = " and ".join([", ".join(assumed[:-1]), assumed[-1]] if len(assumed) > 1 else assumed)
    return f"Assumed until you state it: {listed}."


def change_plan(change: Callable[[], Scenario]) -> None:
    """Put a changed plan in place of the one that is open; what cannot be is said and changes nothing."""
    held = open_scenarios()
    try:
        held.put(change())
    except ValueError as error:
        held.notes += (f"Not changed: {error}.",)
    tell_address()


def _range(plan: Scenario, name: str, scale: Scale) -> None:
    known, given = KNOWN_INPUTS[name], plan.input(name)
    with st.container(horizontal=True, gap="small"):
        for end in ("low", "likely", "high"):
            key = _key(name, f"{end}-exact")
            _stand(key, _shown(getattr(given, end), scale))
            st.number_input(
                f"{end.capitalize()}",
                known.least * scale.times,
                known.most * scale.times,
                step=scale.step,
                key=key,
                format="%.6g",
                width=95,
                on_change=_written,
                args=(plan, name, end, scale),
            )


def _stand(key: str, value: object) -> None:
    """Let a control stand where the plan does, and leave one alone that does: it may be under somebody's hand."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _another_kind(anew: Callable[[str], Scenario]) -> None:
    change_plan(partial(anew, st.session_state[KIND_KEY]))


def _named(plan: Scenario) -> None:
    name = one_line(st.session_state["plan-name"] or "")
    change_plan(lambda: replace(plan, name=name or plan.name))


def _moved(plan: Scenario, name: str, scale: Scale) -> None:
    """Another likely value: its range goes along, as wide for its size as before."""
    value = st.session_state[_key(name, "likely")] / scale.times
    change_plan(lambda: with_input(plan, name, moved(plan.input(name), value, name)))


def moved(given: Uncertain, value: float, name: str) -> Uncertain:
    """A range around another likely value.

    >>> moved(Uncertain(10.0, 20.0, 40.0), 10.0, "investment")
    Uncertain(low=5.0, likely=10.0, high=20.0)
    """
    known = KNOWN_INPUTS[name]
    if given.low == given.high:
        return Uncertain.known(value)
    if given.likely and value:
        low, high = sorted((given.low * value / given.likely, given.high * value / given.likely))
    else:
        low, high = value - (given.likely - given.low), value + (given.high - given.likely)
    low, high = (float(f"{end:.4g}") for end in (low, high))
    return Uncertain(min(max(low, known.least), value), value, max(min(high, known.most), value))


def _written(plan: Scenario, name: str, end: str, scale: Scale) -> None:
    """One of the three numbers: the others give way where they would be on its wrong side."""
    value, given = st.session_state[_key(name, f"{end}-exact")] / scale.times, plan.input(name)
    low, likely, high = (value if each == end else getattr(given, each) for each in ("low", "likely", "high"))
    if end == "likely":
        low, high = min(low, value), max(high, value)
    elif end == "low":
        likely, high = max(likely, value), max(high, value)
    else:
        low, likely = min(low, value), min(likely, value)
    change_plan(lambda: with_input(plan, name, Uncertain(low, likely, high)))


def _timed(plan: Scenario, name: str, times: float) -> None:
    value = st.session_state[f"plan-time-{name}"]
    value = int(value) if times == 1 else value / times
    ramp = min(plan.ramp_months, value) if name == "months" else plan.ramp_months
    change_plan(lambda: replace(plan, **{"ramp_months": ramp, name: value}))


def with_input(plan: Scenario, name: str, given: Uncertain) -> Scenario:
    """The same plan with another figure."""
    inputs = tuple(given if each == name else plan.input(each) for each in INPUTS[plan.kind])
    return replace(plan, inputs=inputs)


def _scale(plan: Scenario, name: str, filled: Prefilled | None) -> Scale:
    """Kept while the plan stays in its place, so that a slider does not change its ends under the hand."""
    held = st.session_state.setdefault(_SCALES, {})
    of_view = filled.scenario.input(name) if filled and filled.scenario.kind == plan.kind else None
    place = (open_scenarios().chosen, plan.kind, plan.name, name, of_view)
    given = plan.input(name)
    if place not in held or not held[place].holds(given.likely):
        held[place] = scale_of(plan, name)
    return held[place]


def _key(name: str, what: str) -> str:
    return f"plan-{name}-{what}"


def _shown(value: float, scale: Scale) -> float:
    return float(f"{value * scale.times:.6g}")


def _unit(name: str, shop: Shop) -> str:
    units = {"money": f" ({shop.currency})", "share": " (%)", "days": " (days)"}
    return units.get(KNOWN_INPUTS[name].unit, "")


def _is_assumed(plan: Scenario, name: str, filled: Prefilled | None) -> bool:
    """Whether the figure stands as it was filled in, on nothing but an assumption."""
    if filled is None or name not in filled.known or filled.scenario.kind != plan.kind:
        return False
    return filled.known[name][0] == ASSUMED and plan.input(name) == filled.scenario.input(name)


def _help(plan: Scenario, name: str, filled: Prefilled | None) -> str:
    meaning = KNOWN_INPUTS[name].meaning
    if filled is None or name not in filled.known:
        return meaning
    how, where = filled.known[name]
    return f"{meaning} Filled in: {how}, {where}."
