"""Stating what advice rests on: a form or a table per section, every saved version, and the whole as a file."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial

import pandas as pd
import streamlit as st

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Finance, Staff, Stock, as_written, assumptions_from
from analytics.prescriptive.margins import observed_margins
from analytics.prescriptive.present_delivery import OTHERS
from analytics.shop import Shop
from ui import data, desk
from ui.assumed_rows import delivery_as_stated, rows_in_force
from ui.entry_panel import note, read_once, say_what_was_done
from ui.page import said_in_place, say
from warehouse.errors import StoreError

MOST_VERSIONS_SHOWN = 20
PER_ROW = 3
"""Fields beside each other; on a telephone they stand below each other in the same order."""


@dataclass(frozen=True)
class Field:
    """A value of a section: its ``name`` there, its ``label`` and what is ``said`` of it on screen.

    ``unit`` is ``text``, ``texts``, ``money``, ``number``, ``whole`` or ``percent`` (a share, shown times 100, up to
    ``most``).
    """

    name: str
    label: str
    unit: str
    said: str = ""
    most: float = 100.0


FORMS: dict[str, tuple[type, tuple[Field, ...]]] = {
    "finance": (Finance, (
        Field("discount_rate", "Discount rate, % a year", "percent", "What money a year later is worth less."),
        Field("price_band", "Prices may move by at most, %", "percent", "No advice goes further in one step."),
    )),
    "staff": (Staff, (
        Field("minutes", "Minutes of work an order", "number"),
        Field("hours", "Hours of work a shift", "number"),
        Field("days_a_week", "Days of work a week", "whole", "Of one person, in a row."),
        Field("wage", "Wage for a shift", "money", "Without it shifts are counted, not money."),
        Field("most", "People there are", "whole", "Without it there are as many as are needed."),
        Field("service_level", "A day's orders are handled that day, % of days", "percent"),
    )),
    "stock": (Stock, (
        Field("lead_days", "Days until goods come", "whole", "From the order to the supplier."),
        Field("review_days", "Days between two looks at the stock", "whole"),
        Field("service_level", "Not to run out until the next delivery, % of cases", "percent"),
        Field("holding_cost", "To keep goods a year costs, % of what they were bought for", "percent", most=1_000.0),
        Field("order_cost", "An order to the supplier costs", "money"),
        Field("lost_if_missing", "Lost for good of what is not there, %", "percent",
              "The rest is bought later. No order tells it: until you state it, it is our own choice."),
    )),
}  # fmt: skip
TABLES: dict[str, tuple[Field, ...]] = {
    "offers": (
        Field("name", "Offer", "text"),
        Field("contact_cost", "Cost per contact", "money", "For each customer contacted, whoever comes of it."),
        Field("discount", "Discount, %", "percent", "Of the next order, to those who would have come anyway, too."),
        Field("kept", "Keeps, %", "percent", "Of those who would be lost. An experiment goes before it."),
        Field("kept_low", "At least, %", "percent", "Low end of a range that holds it in four of five cases."),
        Field("kept_high", "At most, %", "percent", "High end of that range."),
        Field("segments", "Segments", "texts", "Who may have it; all where empty."),
        Field("risk_from", "From a risk of, %", "percent", "Who may have it, by the chance of being lost."),
        Field("most", "At most", "whole", "Customers that may have it."),
    ),
    "carriers": (Field("name", "Carrier or warehouse", "text"), Field("capacity", "Orders a day, at most", "whole")),
    "lanes": (
        Field("carrier", "Carrier or warehouse", "text"),
        Field("region", "Region", "text"),
        Field("cost", "Cost per order", "money"),
        Field("days", "Days until it is there", "number"),
        Field(
            "share_now", "Carries now, %", "percent", "Of its region's orders. Empty throughout a region: not stated."
        ),
    ),
    "channels": (
        Field("channel", "Channel", "text"),
        Field("least", "At least, a month", "money"),
        Field("most", "At most, a month", "money"),
    ),
}
TITLES = {
    "finance": "Money and prices", "margins": "Margins by category", "offers": "Offers to customers at risk",
    "carriers": "Carriers and warehouses", "lanes": "What they cost and how long they take",
    "staff": "Staff", "stock": "Stock", "channels": "Bounds of channel budgets",
}  # fmt: skip
"""Of the sections, as the page has them."""


def section_form(section: str) -> None:
    """Single values of a section."""
    others = _changed_by_others(section)
    currency, (kind, stated_fields) = data.shop().currency, FORMS[section]
    _say_whether_stated(section)
    _fill(section)
    with st.form(f"{section}-form", border=False):
        rows = [st.columns(PER_ROW) for _ in range(0, len(stated_fields), PER_ROW)]
        values = {
            field.name: rows[n // PER_ROW][n % PER_ROW].number_input(
                f"{field.label}{f' ({currency})' if field.unit == 'money' else ''}",
                value=None if getattr(kind(), field.name) is None else "min",
                min_value=0 if field.unit == "whole" else 0.0,
                max_value=field.most if field.unit == "percent" else None,
                step=1 if field.unit == "whole" else None,
                help=field.said or None,
                key=f"{section}-{field.name}",
            )
            for n, field in enumerate(stated_fields)
        }
        saved = st.form_submit_button("Save", icon=":material/save:")
    if saved and others:
        _say_changed_by_others(section, lost=True)
    elif saved:
        _save_section(section, {f.name: _stored(values[f.name], f) for f in stated_fields})
    _forget_button(section)
    say_what_was_done("settings", section)


def _fill(section: str) -> None:
    """The form's values as they are in force: set, for a browser keeps those that it has in the form."""
    state, drawn, now = st.session_state, _drawn(section), getattr(data.assumptions(), section)
    anew = state.get(f"_{section}_filled") != drawn
    state[f"_{section}_filled"] = drawn
    for field in FORMS[section][1]:
        if anew or f"{section}-{field.name}" not in state:
            state[f"{section}-{field.name}"] = _shown(getattr(now, field.name), field)


def section_table(section: str) -> None:
    """A list of a section, with a row for each; rows are added below the last and taken away by marking them."""
    rows = rows_in_force(section)
    others = _changed_by_others(section, rows)
    _say_whether_stated(section, bool(rows))
    stated_fields, shop = TABLES[section], data.shop()
    shown = pd.DataFrame(
        {f.label: pd.Series([_shown(getattr(r, f.name), f) for r in rows], dtype=_dtype(f)) for f in stated_fields}
    )
    edited = st.data_editor(
        shown,
        num_rows="dynamic",
        hide_index=True,
        key=f"{section}-table-{_drawn(section)}",
        column_config={f.label: _column(f, section, shop) for f in stated_fields},
        placeholder="",
    )
    if st.button("Save", icon=":material/save:", key=f"{section}-save") and not others:
        stored = edited.to_dict("records")
        _save_section(section, [_row_stored(row, stated_fields) for row in stored])
    if section == "lanes" and (told := delivery_as_stated()):
        say(told)
    _forget_button(section)
    say_what_was_done("settings", section)


def margins_table(shop: Shop) -> None:
    """What is known of each category's margin, and a place to state it."""
    stated = {m.category: m.share for m in data.assumptions().margins}
    known = _known_margins(shop)
    members = [c for c in shop.members.get("category", ())] or list(known)
    names = list(dict.fromkeys([*members, *stated]))
    others = _changed_by_others("margins", tuple(names))
    _say_whether_stated("margins", filled=False)
    table = pd.DataFrame(
        {
            "Category": names,
            "Known, %": pd.Series([100 * known[c][0] if c in known else None for c in names], dtype="float64"),
            "From": [known[c][1].capitalize() if c in known else "Not known" for c in names],
            "Stated, %": pd.Series([100 * stated[c] if c in stated else None for c in names], dtype="float64"),
        }
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["Category", "Known, %", "From"],
        key=f"margins-table-{_drawn('margins')}",
        column_config={
            "Known, %": st.column_config.NumberColumn(format="%.1f", help="Contribution margin, share of revenue."),
            "Stated, %": st.column_config.NumberColumn(format="%.1f", min_value=-100, max_value=100),
        },
        placeholder="",
    )
    if st.button("Save", icon=":material/save:", key="margins-save") and not others:
        given = edited[edited["Stated, %"].notna()]
        rows = zip(given["Category"], given["Stated, %"], strict=True)
        _save_section("margins", [{"category": c, "share": share / 100} for c, share in rows])
    _forget_button("margins")
    say_what_was_done("settings", "margins")


def versions_panel() -> None:
    """Everything that was saved, with a way back; and the whole as a file, down and up again."""
    saved, currency = desk.saved_assumptions(), data.shop().currency
    if not saved:
        say("Nothing has been stated yet, so there is no version to go back to.")
    else:
        _versions(saved)
    st.download_button(
        "Download as TOML", partial(desk.assumptions_toml, data.assumptions(), currency), "assumptions.toml",
        "application/toml", icon=":material/download:", on_click="ignore", disabled=not saved,
    )  # fmt: skip
    upload = st.file_uploader("A file of assumptions (TOML)", type=["toml"], key="settings-file", max_upload_size=1)
    with said_in_place():
        read = read_once(upload, "settings", partial(desk.read_assumptions, currency=currency))
        if read is not None:
            told = ", ".join(TITLES[s].lower() for s in read.stated) or "nothing"
            say(f"The file states {told}. What it does not state will be assumed.")
            st.button(
                "Put it in force", icon=":material/save:", type="primary", key="settings-import",
                on_click=_save, args=(read, "from a file", "file"),
            )  # fmt: skip
    say_what_was_done("settings", "file")


def _versions(saved: list) -> None:
    shown = saved[:MOST_VERSIONS_SHOWN]
    st.dataframe(
        pd.DataFrame(
            {
                "Version": [v.version for v in shown],
                "Saved": pd.to_datetime([v.saved_at for v in shown], utc=True),
                "What": [v.note or "Saved" for v in shown],
            }
        ),
        hide_index=True,
        key="settings-versions",
        column_config={"Saved": st.column_config.DatetimeColumn(format="localized")},
        placeholder="",
        height="content" if len(shown) <= 6 else 248,
    )
    earlier = shown[1:]
    if earlier:
        chosen = st.selectbox("Go back to version", earlier, format_func=lambda v: f"{v.version} · {v.note or 'Saved'}")
        st.button(
            "Put it in force again", icon=":material/undo:", key="settings-back", on_click=_save,
            args=(chosen.assumptions, f"version {chosen.version} again", "file"),
        )  # fmt: skip


def _known_margins(shop: Shop) -> dict[str, tuple[float, str]]:
    """Without what was stated: what the orders and the shop's facts say."""
    whole = Filters(Period(shop.first_day, shop.today), compare="none")
    try:
        found = data.answer(observed_margins, whole)
    except NotEnoughData:
        return {}
    return {c: (share, source) for c, share, source in found[["category", "share", "source"]].itertuples(index=False)}


def _say_whether_stated(section: str, filled: bool = True) -> None:
    if section not in data.assumptions().stated:
        say("Not stated yet: this is assumed until you save it." if filled else "Not stated yet.")


def _forget_button(section: str) -> None:
    if section in data.assumptions().stated:
        st.button(
            "Forget what was stated", icon=":material/undo:", type="tertiary", key=f"{section}-forget",
            on_click=_forget, args=(section,),
        )  # fmt: skip


def _forget(section: str) -> None:
    written = as_written(data.assumptions())
    left = {name: content for name, content in written.items() if name != section}
    if section == "carriers":
        left.pop("lanes", None)
    _save(assumptions_from(left), f"{TITLES[section]} forgotten", section)


def _save_section(section: str, content: object) -> None:
    """On top of what is in force now, whoever stated it; the page is drawn anew with what came of it.

    A list without rows states nothing: advice goes on with what is assumed.
    """
    if content == []:
        if section in data.assumptions().stated:
            _forget(section)
        else:
            note("settings", section, "Nothing to save: fill in a row first.", fault=True)
        st.rerun()
    try:
        written = as_written(data.assumptions())
        if section == "lanes" and "carriers" not in written:  # those that were assumed with them
            written["carriers"] = [asdict(carrier) for carrier in rows_in_force("carriers")]
        stated = assumptions_from({**written, section: content})
    except ValueError as error:
        note("settings", section, f"Not saved: {error}.{_as_labelled(section, str(error))}", fault=True)
    else:
        _save(stated, TITLES[section], section)
    st.rerun()


def _as_labelled(section: str, said: str) -> str:
    """How the page calls the values that a message names as files do."""
    stated_fields = FORMS[section][1] if section in FORMS else TABLES.get(section, ())
    called = [
        f"{f.name} is “{f.label}”{', as a share: 1 is 100 %' if f.unit == 'percent' else ''}"
        for f in stated_fields
        if re.search(rf"\b{f.name}\b", said) and f.label.lower() != f.name
    ]
    return f" ({'; '.join(called)}.)" if called else ""


def _save(stated: Assumptions, what: str, place: str) -> None:
    try:
        version = desk.save_assumptions(stated, what)
    except StoreError as error:
        note("settings", place, str(error), fault=True)
        return
    note("settings", place, f"Saved as version {version}.")
    for section in TITLES:
        _draw_anew(section)


def _draw_anew(section: str) -> None:
    """What was typed is given up: the section is drawn as it is in force."""
    st.session_state[f"_{section}_drawn"] = _drawn(section) + 1
    st.session_state.pop(f"_{section}_seen", None)


def _changed_by_others(section: str, rows: tuple = ()) -> bool:
    """Whether it is another one than when it was drawn here: then it is drawn anew, so that nothing is put back.

    ``rows`` are those of its table where these do not hang on what is stated alone: what is typed is kept by the place
    of its row, and would be that of another one.
    """
    in_force = data.assumptions()
    now = (section in in_force.stated, getattr(in_force, section), rows)
    if st.session_state.setdefault(f"_{section}_seen", now) == now:
        return False
    typed = st.session_state.get(f"{section}-table-{_drawn(section)}", {})
    _draw_anew(section)
    st.session_state[f"_{section}_seen"] = now
    _say_changed_by_others(section, lost=any(typed.values()))
    return True


def _say_changed_by_others(section: str, lost: bool) -> None:
    if lost:
        note("settings", section, "It was changed elsewhere meanwhile: do what you did in it again.", fault=True)
    else:
        say("It was changed elsewhere meanwhile: this is how it is now.")


def _drawn(section: str) -> int:
    """Raised with every saving, so that a table begins with what is in force."""
    return st.session_state.setdefault(f"_{section}_drawn", 0)


def _row_stored(row: Mapping[str, object], stated_fields: tuple[Field, ...]) -> dict[str, object]:
    values = {f.name: _stored(row[f.label], f) for f in stated_fields}
    return {name: value for name, value in values.items() if value is not None}


def _shown(value: object, field: Field) -> object:
    if value is None:
        return None
    if field.unit == "percent":
        return round(100 * value, 6)
    return list(value) if field.unit == "texts" else value


def _stored(value: object, field: Field) -> object:
    if field.unit == "texts":
        return list(value) if isinstance(value, list | tuple) else []
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return value / 100 if field.unit == "percent" else value


def _dtype(field: Field) -> str:
    return {"text": "object", "texts": "object", "whole": "Int64"}.get(field.unit, "float64")


def _column(field: Field, section: str, shop: Shop) -> dict:
    said, config = field.said or None, st.column_config
    if field.unit == "texts":
        return config.MultiselectColumn(field.label, options=list(shop.members.get("segment", ())), help=said)
    if field.unit == "text":
        members = shop.members.get({"region": "region", "channel": "channel"}.get(field.name, ""), ())
        if field.name == "region" and members:
            members = (*members, OTHERS)
        if field.name == "carrier":
            members = tuple(carrier.name for carrier in rows_in_force("carriers"))
        if members:
            return config.SelectboxColumn(field.label, options=list(members), help=said, required=True)
        return config.TextColumn(field.label, help=said, required=True, max_chars=80)
    unit = {"money": f" ({shop.currency})"}.get(field.unit, "")
    shown = {"whole": "%d", "percent": "%.1f"}.get(field.unit, "localized")
    most = 100 if field.unit == "percent" else None
    return config.NumberColumn(f"{field.label}{unit}", format=shown, help=said, min_value=0, max_value=most)


def settings_sentence() -> str:
    """Which sections somebody stated, and which are assumed."""
    stated = data.assumptions().stated
    if not stated:
        return "Nothing has been stated yet beyond the shop's own facts: the rest is assumed, and advice says so."
    return f"Stated: {', '.join(TITLES[s].lower() for s in stated)}. The rest is assumed, and advice says so."
