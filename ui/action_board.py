"""The action board: what all pages advise in one list, what was taken up, and what came of it."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import day_label
from analytics.prescriptive.advice import KINDS, Advice
from analytics.prescriptive.ranking import CRITERIA, Ranking, Weights, ranked_advice
from analytics.prescriptive.read_back import read_back, read_back_view
from analytics.shop import Shop
from ui import data, desk
from ui.advice import EFFORTS, advice_table, evidence_page, months_said
from ui.advised import Advised, advice_at_hand
from ui.board_choices import LARGEST_WEIGHT, ORDERS
from ui.bound import one_of_few
from ui.entry_panel import note, say_what_was_done, table_key
from ui.page import Card, lead_to, said_in_place, say
from warehouse.actions import STATUSES, Action
from warehouse.errors import StoreError

MOST_SHOWN = 8
TWO_LINES = 66
"""Height of a row in which a title of two lines is read whole: texts wrap in rows above 64 pixels."""
LOOKS_AGAIN_SECONDS = 2.0
STALE = "Advice is being worked out beside this page."
FEWEST_DAYS_SINCE = 28
"""Of complete days in the data since an action was done, before it may be advised again."""
HOW_RANKED = (
    "By return: expected net benefit per unit of cost; what costs nothing stands first. By my criteria: the weighted "
    "mean of benefit a month (against the largest of the list), chance that it pays, ease (from a click to a project) "
    "and speed (a half after 30 days). Advice is for the whole shop by its last year, whatever the filters, and "
    "each is worked out as if it alone were done: two that reach the same customers or orders bring less together."
)


def action_board(card: Card, filters: Filters) -> None:
    """The board as the Overview has it."""
    advised = advice_at_hand()
    taken = desk.all_actions()
    open_keys = {action.advice.key for action in taken if action.status != "done"}
    lately = _done_lately(taken)
    offered = [advice for advice in advised.advices if advice.key not in open_keys | lately]
    if advised.stale or advised.waits_for:
        _watch(advised)
    _open_actions([action for action in taken if action.status != "done"])
    if offered:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**Advised**", width="content")
            order = one_of_few("Order by", ORDERS, "ranked_by")
            weights = _weights()
        _offered(offered, ranked_advice(offered, weights), order, data.shop())
    else:
        say_what_was_done("advice", "table")
        if not (advised.stale or advised.waits_for):
            say(_nothing_offered(advised, open_keys))
    for why in advised.why_not:
        say(why)
    for page in advised.mended_on:
        lead_to(page)
    if hidden := len({advice.key for advice in advised.advices} & lately - open_keys):
        say(f"{hidden} not shown again: done so lately that the data do not tell yet what came of it.")
    _came_of_it(taken)
    if offered:
        card.explain(HOW_RANKED, partial(advice_table, offered), filters)


def _done_lately(actions: Sequence[Action]) -> Set[str]:
    """Actions whose effect the data cannot hold yet: advised again at once, they would be done twice."""
    known = data.shop().today - timedelta(days=FEWEST_DAYS_SINCE)
    return {action.advice.key for action in actions if action.done_on is not None and action.done_on > known}


def _nothing_offered(advised: Advised, open_keys: Set[str]) -> str:
    if advised.none_known:
        return "Nothing can be advised yet:"
    if advised.why_not:
        return f"{'There is no further advice' if open_keys else 'Nothing is advised'}. What cannot be told yet:"
    return "There is no further advice." if open_keys else "Nothing to do pays by what is known."


@st.fragment(run_every=LOOKS_AGAIN_SECONDS)
def _watch(drawn: Advised) -> None:
    """Until there is other advice than what is drawn."""
    if advice_at_hand() != drawn:
        st.rerun()
    for said in [STALE] * drawn.stale + [*drawn.waits_for]:
        st.caption(f":material/hourglass_top: {formats.plain(said)}")


def _weights() -> Weights:
    """As set by sliders, which the address keeps; all nothing are taken for the usual ones."""
    usual = Weights()
    with st.popover("Weights", icon=":material/tune:", type="tertiary"):
        given = {name: _weight(name, int(getattr(usual, name))) for name in CRITERIA}
        total = sum(given.values())
        if total:
            said = ", ".join(f"{n} {formats.percent(w / total, 0)}" for n, w in given.items())
            st.caption(f"Of all: {said}.")
        else:
            st.caption("Nothing is weighed: the usual weights hold.")
    return Weights(**given) if total else usual


def _weight(name: str, usual: int) -> int:
    return st.slider(name.capitalize(), 0, LARGEST_WEIGHT, usual, key=f"weight-{name}", bind="query-params")


def _offered(offered: Sequence[Advice], ranking: Ranking, order: str, shop: Shop) -> None:
    column = "by_return" if order == ORDERS[0] else "by_criteria"
    rows = ranking.table.sort_values(column).head(MOST_SHOWN)
    advices = [offered[n] for n in rows["advice"]]
    key = table_key("advice", [advice.key for advice in advices])
    st.data_editor(
        pd.DataFrame(
            [
                _offer_row(advice, by_return, by_criteria, shop)
                for advice, by_return, by_criteria in zip(advices, rows["by_return"], rows["by_criteria"], strict=True)
            ]
        ),
        hide_index=True,
        key=key,
        disabled=["Action", "Net a month", "Range", "Pays", "Cost", "By return", "By criteria", "Effort"],
        height="content",
        row_height=TWO_LINES,
        column_config={
            "Take up": st.column_config.CheckboxColumn("Take up", width=85),
            "Action": st.column_config.TextColumn("Action", width=185),
            "Net a month": st.column_config.TextColumn(
                "Net a month", width=88, help="Expected incremental contribution margin after its cost."
            ),
            "Range": st.column_config.TextColumn("Range", width=90, help="Of the net benefit, in four of five cases."),
            "Pays": st.column_config.TextColumn("Pays", width=60, help="Chance that the net benefit is above 0."),
            "Cost": st.column_config.TextColumn("Cost", width=68, help="To be spent for it in all."),
            "By return": st.column_config.NumberColumn("By return", width=72, help="Rank by net benefit per cost."),
            "By criteria": st.column_config.NumberColumn("By criteria", width=80, help="Rank by your weights."),
            "Effort": st.column_config.TextColumn("Effort", width=88),
        },
        placeholder="",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Take up what is ticked", icon=":material/add_task:", on_click=partial(_take_up, advices, key))
        for page in dict.fromkeys(evidence_page(advice) for advice in advices):
            if page is not None:
                st.page_link(page, icon=":material/query_stats:")
    say_what_was_done("advice", "table")
    say(f"By your criteria: {ranking.sentence}")
    if len(offered) > MOST_SHOWN:
        say(f"The first {MOST_SHOWN} of {len(offered)}.", hint="All are in the card's menu.")


def _offer_row(advice: Advice, by_return: int, by_criteria: int, shop: Shop) -> dict[str, object]:
    amounts = (advice.low, advice.high, advice.net_benefit)
    low, high, net = (formats.money(amount / max(advice.months, 1e-9), shop.currency) for amount in amounts)
    return {
        "Take up": False,
        "Action": advice.title,
        "Net a month": net,
        "Range": formats.unbroken(f"{low} to {high}"),
        "Pays": formats.chance(advice.probability),
        "Cost": formats.money(advice.cost, shop.currency) if advice.cost else "None",
        "By return": int(by_return),
        "By criteria": int(by_criteria),
        "Effort": EFFORTS[advice.effort],
    }


def _take_up(advices: Sequence[Advice], key: str) -> None:
    ticked = [advices[int(n)] for n, cells in st.session_state[key]["edited_rows"].items() if cells.get("Take up")]
    try:
        for advice in ticked:
            desk.take_up(advice, date.today())
    except (ValueError, StoreError) as error:
        note("advice", "table", str(error), fault=True)
    else:
        st.session_state["_advice_version"] += 1
        note("advice", "table", f"{len(ticked)} taken up." if ticked else "Tick an action first.", fault=not ticked)


def _open_actions(actions: Sequence[Action]) -> None:
    if not actions:
        say_what_was_done("open", "table")
        return
    st.markdown("**Taken up**")
    key = table_key("open", actions)
    st.data_editor(
        pd.DataFrame([_open_row(action) for action in actions]),
        hide_index=True,
        key=key,
        disabled=["Action", "Kind", "Promised"],
        height="content" if len(actions) <= 4 else 5 * TWO_LINES,
        row_height=TWO_LINES,
        column_config={
            "Action": st.column_config.TextColumn("Action", width=185),
            "Kind": st.column_config.TextColumn("Kind", width=75),
            "Status": st.column_config.SelectboxColumn("Status", options=list(STATUSES), required=True, width=88),
            "Began": st.column_config.DateColumn("Began", format="D MMM YYYY", width=95),
            "Owner": st.column_config.TextColumn("Owner", max_chars=80, width=82),
            "Note": st.column_config.TextColumn("Note", max_chars=500, width=118),
            "Promised": st.column_config.TextColumn("Promised", width=100),
            "Drop": st.column_config.CheckboxColumn("Drop", width=73),
        },
        placeholder="",
    )
    st.button("Save changes", icon=":material/save:", key="open-save", on_click=partial(_save, actions, key))
    say_what_was_done("open", "table")


def _open_row(action: Action) -> dict[str, object]:
    net = formats.money(action.advice.net_benefit, data.shop().currency)
    return {
        "Action": action.advice.title,
        "Kind": KINDS[action.advice.kind],
        "Status": action.status,
        "Began": action.started_on,
        "Owner": action.owner,
        "Note": action.note,
        "Promised": f"{net} over {months_said(action.advice.months)}",
        "Drop": False,
    }


def _save(actions: Sequence[Action], key: str) -> None:
    """What was changed in the table, one action after the other, on top of what others have written down since."""
    edited = st.session_state[key]["edited_rows"]
    try:
        now = {action.id: action for action in desk.all_actions()}
        met = [(now.get(actions[int(position)].id), cells) for position, cells in edited.items()]
        wanted = [(action, None if cells.get("Drop") else _changed(action, cells)) for action, cells in met if action]
        for action, changed in wanted:
            if changed is None:
                desk.drop_action(action)
            else:
                desk.change_action(changed)
    except (ValueError, StoreError) as error:
        note("open", "table", str(error), fault=True)
        return
    if len(wanted) < len(met):  # the table itself says so as it is drawn
        return
    st.session_state["_open_version"] = st.session_state.get("_open_version", 0) + 1
    note("open", "table", f"{len(wanted)} changed." if wanted else "Nothing was changed.")


def _changed(action: Action, cells: dict) -> Action:
    """An action with what was written into its row; one that runs began today unless another day is given."""
    status = cells.get("Status") or action.status
    began = cells.get("Began", action.started_on)
    began = date.fromisoformat(began[:10]) if isinstance(began, str) else began
    if status == "planned":
        if cells.get("Began"):
            raise ValueError("What has begun is no longer planned: set its status as well as the day.")
        days = {"started_on": None, "done_on": None}
    else:
        started = began or date.today()
        days = {"started_on": started, "done_on": max(date.today(), started) if status == "done" else None}
    texts = {name: cells.get(name.capitalize(), getattr(action, name)) or "" for name in ("owner", "note")}
    return replace(action, status=status, **days, **texts)


def _came_of_it(actions: Sequence[Action]) -> None:
    """What happened since, against what was promised: of those that run or are done."""
    begun = [action for action in actions if action.started_on is not None]
    if not begun:
        return
    with st.expander(f"What came of it ({len(begun):,})", icon=":material/fact_check:"):
        for action in begun[:MOST_SHOWN]:
            when = f"since {day_label(action.started_on)}"
            if action.done_on is not None:
                when = f"done on {day_label(action.done_on)}, begun {day_label(action.started_on)}"
            st.markdown(f"**{formats.plain(action.advice.title)}** · {when}")
            with said_in_place():
                say(_told(action))
            if action.done_on is not None:
                st.button(
                    "Not done yet", icon=":material/undo:", type="tertiary", key=f"reopen-{action.id}",
                    on_click=_reopen, args=(action,),
                )  # fmt: skip


def _reopen(action: Action) -> None:
    try:
        desk.change_action(replace(action, status="running", done_on=None))
    except (ValueError, StoreError) as error:
        note("open", "table", str(error), fault=True)
    else:
        note("open", "table", f"“{action.advice.title}” runs again.")


def _told(action: Action) -> str:
    try:
        view = read_back_view(action.advice, action.started_on, data.shop())
        return data.answer(read_back, view, advice=action.advice).sentence
    except NotEnoughData as why:
        return str(why)
