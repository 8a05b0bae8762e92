"""Setting targets: one by one, in the table, or from a file; and how each of them stands."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from analytics.descriptive.standings import STATES, Standing
from analytics.descriptive.target_entries import TARGET_GRANULARITIES, Target, target_start, trouble, value_from_text
from analytics.descriptive.targets import all_standings
from analytics.formats import percent
from analytics.metrics import METRICS, metric
from analytics.shop import DIMENSIONS, Shop
from ui import data, desk
from ui.bullets import target_name
from ui.entry_panel import FILE_KINDS, counted, note, read_once, rejected_table, say_what_was_done, table_key
from ui.page import said_in_place, say
from warehouse.errors import StoreError
from warehouse.targets import TargetFile

WHOLE_SHOP = ("", "")
MONTHS_AROUND = 13
"""How many months back and ahead the periods offered go; a file may name any."""
MOST_MEMBERS = 200
UNITS = {"money": "{currency}", "count": "number", "score": "1 to 5", "days": "days", "share": "0 to 1"}


def target_form(shop: Shop) -> None:
    """One target: metric, period, of what, how much."""
    with st.form("target", border=False):
        first, second, third, fourth = st.columns(4)
        keys = [m.key for m in shop.metrics()]
        first.selectbox("Metric", keys, format_func=lambda k: METRICS[k].name, key="target-metric")
        periods = _periods_offered(shop.today)
        current = periods.index(("month", target_start(shop.today + timedelta(1), "month")))
        second.selectbox("Period", periods, current, format_func=_period_label, key="target-period")
        third.selectbox("Of", _scopes(shop), format_func=_scope_label, key="target-scope")
        fourth.text_input("Target", key="target-value", placeholder="1,250,000 · 4.3 · 35 %", max_chars=40)
        st.form_submit_button("Set target", icon=":material/flag:", on_click=_set_target)
    say_what_was_done("targets", "form")


def target_table(shop: Shop) -> None:
    """Every target with how it stands; values can be changed and targets ticked off in place."""
    standings = data.answer(all_standings, targets=desk.stored_targets())
    key = table_key("targets", [standing.target.key for standing in standings])
    say_what_was_done("targets", "table")
    if not standings:
        say("No target has been set yet. Set one below, or upload a file.")
        return
    st.data_editor(
        _rows(standings, shop),
        hide_index=True,
        key=key,
        disabled=["Metric", "Period", "Of", "Unit", "State", "So far", "Heading for", "Chance", "In words"],
        height="content",
        column_config={
            "Target": st.column_config.NumberColumn("Target", format="localized", required=True),
            "In words": st.column_config.TextColumn("In words", width="large"),
            "Delete": st.column_config.CheckboxColumn("Delete"),
        },
        placeholder="",
    )
    st.button("Save changes", icon=":material/save:", on_click=partial(_save_changes, standings, key))


def target_files() -> None:
    """Targets from a file, with every bad row listed; and all of them as a file that can be uploaded again."""
    say(
        "Columns: metric, period (2026-11, 2026-Q4 or 2026), value; for a member also dimension and member. "
        "A target that is there already takes the new value."
    )
    upload = st.file_uploader("CSV or Excel", type=FILE_KINDS, key="targets-file")
    with said_in_place():
        found = read_once(upload, "targets", desk.read_targets)
        if found is not None:
            _offer(found)
    say_what_was_done("targets", "file")
    st.download_button(
        "Download all targets (CSV)",
        partial(desk.targets_csv, desk.stored_targets()),
        "targets.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _offer(found: TargetFile) -> None:
    entries = counted(len(found.targets), "target")
    say(f"{counted(found.read, 'row')} read: {entries}, {len(found.rejected):,} rejected.")
    rejected_table(found.rejected, "targets")
    if found.targets:
        count = f"{len(found.targets):,} targets" if len(found.targets) > 1 else "1 target"
        st.button(
            f"Store {count}", icon=":material/save:", type="primary", key="store-targets",
            on_click=partial(_store, found.targets, "file"),
        )  # fmt: skip


def _set_target() -> None:
    state = st.session_state
    granularity, start = state["target-period"]
    try:
        value = value_from_text(state["target-value"], metric(state["target-metric"]))
        wanted = Target(state["target-metric"], granularity, start, value, *state["target-scope"])
        if why := trouble(wanted, data.shop()):
            raise ValueError(why.rstrip("."))
    except ValueError as error:
        note("targets", "form", f"Not set: {error}.", fault=True)
    else:
        _store((wanted,), "form")


def _save_changes(standings: Sequence[Standing], key: str) -> None:
    """What was changed in the table, all or none of it."""
    edited = st.session_state[key]["edited_rows"]
    changed, unwanted = [], []
    try:
        for position, cells in edited.items():
            target = standings[int(position)].target
            if cells.get("Delete"):
                unwanted.append(target)
            elif cells.get("Target") is not None:
                scope = (target.dimension, target.member)
                changed.append(Target(target.metric, target.granularity, target.start, float(cells["Target"]), *scope))
        desk.change_targets(changed, unwanted)
    except (ValueError, StoreError) as error:
        note("targets", "table", f"Nothing was saved: {str(error).rstrip('.')}.", fault=True)
        return
    st.session_state["_targets_version"] += 1
    done = [f"{len(changed)} changed"] * bool(changed) + [f"{len(unwanted)} deleted"] * bool(unwanted)
    note("targets", "table", f"{', '.join(done).capitalize()}." if done else "Nothing was changed.")


def _store(wanted: tuple[Target, ...], place: str) -> None:
    try:
        currency = data.shop().currency
        replaced = desk.change_targets(wanted)
    except StoreError as error:
        note("targets", place, str(error), fault=True)
        return
    st.session_state["_targets_version"] = st.session_state.get("_targets_version", 0) + 1
    what = f"{target_name(wanted[0])}, {wanted[0].period_label}" if len(wanted) == 1 else f"{len(wanted):,} targets"
    note("targets", place, f"Stored: {what}{_said_of(replaced, len(wanted), currency)}.")


def _said_of(replaced: tuple[Target, ...], of: int, currency: str) -> str:
    """Which values are no longer there."""
    if not replaced:
        return ""
    if of > 1:
        return f", {len(replaced):,} of them in place of another value"
    before = metric(replaced[0].metric).format(replaced[0].value, currency, exact=True)
    return f", in place of {before}"


def _rows(standings: Sequence[Standing], shop: Shop) -> pd.DataFrame:
    return pd.DataFrame([_row(standing, shop) for standing in standings])


def _row(standing: Standing, shop: Shop) -> dict[str, object]:
    target = standing.target
    measured = METRICS.get(target.metric)
    shown = (lambda value: measured.format(value, shop.currency)) if measured else str
    return {
        "Metric": target_name(target),
        "Period": target.period_label,
        "Of": _scope_label((target.dimension, target.member)),
        "Target": target.value,
        "Unit": UNITS[measured.unit].format(currency=shop.currency) if measured else "",
        "State": STATES[standing.state],
        "So far": shown(standing.actual),
        "Heading for": shown(standing.landing),
        "Chance": percent(standing.chance, 0),
        "Delete": False,
        "In words": standing.sentence,
    }


def _periods_offered(today: date) -> list[tuple[str, date]]:
    """Months, quarters and years around today, the current month first among its like."""
    months = today.year * 12 + today.month - 1
    around = range(months - MONTHS_AROUND, months + MONTHS_AROUND + 1)
    days = [date(month // 12, month % 12 + 1, 1) for month in around]
    return [
        (granularity, start)
        for granularity in TARGET_GRANULARITIES
        for start in dict.fromkeys(target_start(day, granularity) for day in days)
    ]


def _period_label(period: tuple[str, date]) -> str:
    return Target("revenue", *period, 0.0).period_label


def _scopes(shop: Shop) -> list[tuple[str, str]]:
    return [WHOLE_SHOP, *((d, member) for d in shop.dimensions() for member in shop.members[d][:MOST_MEMBERS])]


def _scope_label(scope: tuple[str, str]) -> str:
    dimension, member = scope
    return f"{DIMENSIONS[dimension]}: {member}" if dimension else "Whole shop"
