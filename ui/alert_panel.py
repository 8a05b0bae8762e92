"""What the rules found, and the rules themselves, as the Alerts page and the Overview show them."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from analytics.descriptive.alert_feed import Alert, alert_days, feed_sentence, feed_table
from analytics.descriptive.alert_odds import visible_errors
from analytics.descriptive.alert_rules import SEVERITIES, AlertRule, rule_problem, rule_sentence
from analytics.descriptive.alerts import History
from analytics.diagnostic.baseline import AGAINST
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import DIMENSIONS, Shop
from ui import alerts as door
from ui.addresses import as_shown, first_dimension, link, root_cause_link
from ui.charts.look import current_look
from ui.entry_panel import note, say_what_was_done
from ui.page import PAGES_FOLDER, Card, say
from ui.shown import note_markup
from warehouse.errors import StoreError

MOST_SHOWN = 25
MOST_ON_OVERVIEW = 5
HOW_ALERTS_READ = (
    "Days in a row on which a rule fired to one side are one alert, quiet days in between up to two; its figures are "
    "those of its most unusual day. Seeing to it sees to all its days. A level that has moved for good becomes the "
    "usual after five days. Rules are judged on the shop and its members whatever the filters; a filter hides alerts "
    "of other members."
)
ERRORS_MEAN = "Standard errors: how many times as far from the usual as chance moves a day"
SNOOZES = {7: "for a week", 30: "for 30 days", 90: "for 90 days"}


def alerts_found(filters: Filters) -> list[Alert]:
    """Those in view, of rules that are not snoozed; says how many there are."""
    shown, hidden, snoozed = door.alerts_found(filters)
    say(feed_sentence(shown, filters, hidden, snoozed))
    return shown


def alert_list(alerts: list[Alert], shop: Shop, most: int = MOST_SHOWN) -> None:
    """One row each: what, where, since when; the name leads to the page that shows it."""
    if not alerts:
        return
    st.html(_list(alerts[:most], shop))
    note_markup(partial(_list, alerts[:most], shop, linked=False))
    if len(alerts) > most:
        say(f"The first {most} of {len(alerts)}.", hint="All are in the card's menu.")


def _list(alerts: list[Alert], shop: Shop, *, linked: bool = True) -> str:
    """In a file names lead nowhere."""
    rows = "".join(_row(alert, shop, linked) for alert in alerts)
    return f'{_style()}<div class="alerts" role="list">{rows}</div>'


def _row(alert: Alert, shop: Shop, linked: bool) -> str:
    state = "seen to" if alert.acknowledged else "going on" if alert.going_on else "past"
    name = f"<b>{html.escape(alert.where)}</b>"
    name = f'<a href="{html.escape(_address(alert, shop))}">{name}</a>' if linked else name
    why = f'<small> · <a href="{html.escape(_why(alert, shop))}">Why?</a></small>' if linked else ""
    kind = f" · {html.escape(DIMENSIONS[alert.rule.dimension].lower())}" if alert.rule.dimension else ""
    said = f'<div class="said">“{html.escape(alert.comment)}”</div>' if alert.comment else ""
    return (
        f'<div role="listitem" class="{"done" if alert.acknowledged else alert.severity}">'
        f"{name}<small>{kind}</small>"
        f'<span class="tag">{html.escape(SEVERITIES[alert.severity])} · {state}</span>'
        f"<div>{html.escape(alert.what(shop))}</div><small>{html.escape(alert.when())}</small>{why}{said}</div>"
    )


def _address(alert: Alert, shop: Shop) -> str:
    """The KPI page with the alert's metric, member and days."""
    asked = alert.view(shop).query() | {"metric": alert.rule.measured.name}
    if alert.rule.dimension and alert.rule.dimension != first_dimension(shop):
        asked |= {"per": DIMENSIONS[alert.rule.dimension]}
    return link(f"/kpis?{as_shown(asked)}")


def _why(alert: Alert, shop: Shop) -> str:
    """The root cause of its days, held against the same weekdays before."""
    days = Period(alert.since, max(alert.since, min(alert.last, shop.today)))
    asked = {"metric": alert.rule.measured.name, "against": AGAINST["usual"]}
    return root_cause_link(replace(alert.view(shop), period=days), asked)


def _style() -> str:
    look = current_look()
    return (
        "<style>.alerts>div{border-left:3px solid;padding:.1rem 0 .15rem .7rem;margin:.45rem 0;font-size:.88rem;"
        "line-height:1.45;overflow-wrap:anywhere}"
        f".alerts>.critical{{border-color:{look.bad}}}.alerts>.warning{{border-color:{look.members[1]}}}"
        f".alerts>.info,.alerts>.done{{border-color:{look.grid}}}.alerts>.done{{color:{look.muted}}}"
        f".alerts a{{color:{look.text};text-decoration:underline;text-decoration-color:{look.context}}}"
        f".alerts small,.alerts .tag,.alerts .said{{color:{look.muted};font-size:.78rem}}"
        ".alerts .tag{float:right;padding-left:.5rem}.alerts .said{font-style:italic}</style>"
    )


def alerts_panel(card: Card, filters: Filters, shop: Shop) -> None:
    """The alerts in view in short, for the morning look."""
    found = alerts_found(filters)
    alert_list(found, shop, MOST_ON_OVERVIEW)
    st.page_link(f"{PAGES_FOLDER}/workspace/alerts.py", label="All alerts and rules", icon=":material/notifications:")
    card.explain(HOW_ALERTS_READ, feed_table(found, shop), filters)


def alert_actions(alerts: list[Alert], shop: Shop) -> None:
    """See to an alert: acknowledge it, say something about it, or let its rule be quiet for a while."""
    say_what_was_done("alerts", "feed")
    if not alerts:
        return
    shown = alerts[:MOST_SHOWN]
    place = st.selectbox(
        "See to an alert",
        range(len(shown)),
        format_func=lambda i: f"{shown[i].where}: {shown[i].mark}{shown[i].rule.measured.name}, {shown[i].when()}",
        key="alert-chosen",
    )
    alert = shown[min(place or 0, len(shown) - 1)]
    st.text_input("Comment", value=alert.comment, key=f"alert-comment-{_name(alert)}", max_chars=500)
    with st.container(horizontal=True, gap="small"):
        word, icon = ("Not seen to", "undo") if alert.acknowledged else ("Seen to", "check")
        st.button(word, icon=f":material/{icon}:", on_click=_acknowledge, args=(alert,), key="alert-seen")
        st.button("Keep comment", icon=":material/chat:", on_click=_comment, args=(alert,), key="alert-say")
        for days, words in SNOOZES.items():
            until = date.today() + timedelta(days)
            st.button(
                f"Quiet {words}",
                on_click=_snooze,
                args=(alert.rule_id, until, "feed"),
                key=f"alert-snooze-{days}",
                type="tertiary",
            )
    _show_days(alert, shop)


def _show_days(alert: Alert, shop: Shop) -> None:
    if alert.days == 1:
        return
    columns = {
        "day": st.column_config.DateColumn("Day", format="D MMM YYYY", width=90),
        "found": st.column_config.Column("Found", help=alert.rule.measured.name, width=70),
        "usual": st.column_config.Column("Usual", width=70),
        "errors": st.column_config.NumberColumn("Errors", help=ERRORS_MEAN, format="%.1f", width=60),
        "acknowledged": st.column_config.CheckboxColumn("Seen to"),
        "comment": st.column_config.Column("Comment"),
    }
    with st.expander(f"Each of its {alert.days} days"):
        st.dataframe(alert_days(alert, shop), hide_index=True, column_config=columns, key=f"days-{_name(alert)}")


def _name(alert: Alert) -> str:
    return f"{alert.rule_id}-{alert.member}-{alert.since}"


def _acknowledge(alert: Alert) -> None:
    _changed("feed", partial(door.acknowledge, alert, done=not alert.acknowledged))


def _comment(alert: Alert) -> None:
    _changed("feed", partial(door.comment_on, alert, st.session_state[f"alert-comment-{_name(alert)}"]))


def _snooze(rule_id: int, until: date, place: str) -> None:
    _changed(place, partial(door.change_rule, rule_id, snoozed_until=until))


def _changed(place: str, change: Callable[[], None], said: str = "") -> None:
    """Do it, and let the place where it was asked for say what came of it."""
    try:
        change()
    except (ValueError, StoreError) as error:
        note("alerts", place, f"Nothing was changed: {str(error).rstrip('.')}.", fault=True)
    else:
        if said:
            note("alerts", place, said)


def show_rules(rules: pd.DataFrame) -> None:
    """The rules as a table on screen."""
    named = {name: name.replace("_", " ").capitalize() for name in rules.columns}
    columns = {name: st.column_config.Column(heading) for name, heading in named.items()}
    columns |= {
        "rule": st.column_config.Column("Rule", width=430),
        "state": st.column_config.Column("State", width=130),
    }
    columns |= {"judged_to": st.column_config.DateColumn("Judged to")}
    st.dataframe(rules, hide_index=True, column_config=columns, key="rules")


def rule_table(shop: Shop) -> pd.DataFrame:
    """All rules with their state."""
    stored = door.alert_rules()
    return pd.DataFrame(
        {
            "rule": [rule_sentence(s.rule, shop) for s in stored],
            "severity": [SEVERITIES[s.severity] for s in stored],
            "judged_to": [pd.Timestamp(s.evaluated_through) if s.evaluated_through else pd.NaT for s in stored],
            "state": [_state(s, shop) for s in stored],
            "note": [s.note for s in stored],
        }
    )


def _state(stored, shop: Shop) -> str:  # noqa: ANN001 - a rule of the desk, which this room does not open
    problem = rule_problem(stored.rule, shop)
    if problem:
        return problem
    if stored.is_snoozed(date.today()):
        return f"quiet to {stored.snoozed_until}"
    return "on" if stored.evaluated_through else "waits for more orders"


def rule_actions(shop: Shop) -> None:
    """Change what people decided about a rule, or delete it."""
    say_what_was_done("alerts", "rules")
    stored = door.alert_rules()
    if not stored:
        say("There is no rule yet: write one under New rule.")
        return
    named = {s.id: rule_sentence(s.rule, shop) for s in stored}
    chosen = st.selectbox("Change a rule", list(named), format_func=named.get, key="rule-chosen")
    rule = next((s for s in stored if s.id == chosen), stored[0])
    if problem := rule_problem(rule.rule, shop):
        say(problem)
    severities = list(SEVERITIES)
    left, right = st.columns([1, 3])
    left.selectbox(
        "Severity", severities, severities.index(rule.severity), format_func=SEVERITIES.get, key=f"severity-{rule.id}"
    )
    right.text_input("Note of its owner", value=rule.note, key=f"note-{rule.id}", max_chars=500)
    with st.container(horizontal=True, gap="small"):
        st.button("Keep changes", on_click=_keep_changes, args=(rule.id,), key="rule-keep")
        if rule.is_snoozed(date.today()):
            wake = partial(door.change_rule, rule.id, awake=True)
            st.button("Wake up", on_click=_changed, args=("rules", wake), key="rule-wake")
        else:
            until = date.today() + timedelta(30)
            st.button("Quiet for 30 days", on_click=_snooze, args=(rule.id, until, "rules"), key="rule-quiet")
        delete = partial(door.delete_rule, rule.id)
        st.button(
            "Delete with what it found", icon=":material/delete:", on_click=_changed,
            args=("rules", delete, "The rule was deleted, with what it found."), key="rule-delete", type="tertiary",
        )  # fmt: skip


def _keep_changes(rule_id: int) -> None:
    """What stands in the fields when the button is pressed, not when it was drawn."""
    state = st.session_state
    decided = {"severity": state[f"severity-{rule_id}"], "note": state[f"note-{rule_id}"]}
    _changed("rules", partial(door.change_rule, rule_id, **decided), "The rule was changed.")


def save_rule(rule: AlertRule) -> None:
    """Keep the draft: it is judged on the past year at once, and on each new day from now on."""
    with st.form("save-rule", border=False):
        left, right = st.columns([1, 3])
        severities = list(SEVERITIES)
        left.selectbox("Severity", severities, 1, format_func=SEVERITIES.get, key="rule-severity")
        right.text_input("Note of its owner", key="rule-note", max_chars=500, placeholder="Whom to call")
        st.form_submit_button(
            "Save this rule", icon=":material/notification_add:", type="primary", on_click=_save, args=(rule,)
        )
    say_what_was_done("alerts", "draft")


def _save(rule: AlertRule) -> None:
    """The rule as it was drawn: others' orders may make another one of the same choices by now."""
    state = st.session_state
    try:
        door.add_rule(rule, state["rule-severity"], state["rule-note"])
    except (ValueError, StoreError, NotEnoughData) as error:
        note("alerts", "draft", f"Not saved: {str(error).rstrip('.')}.", fault=True)
    else:
        note("alerts", "draft", "Saved. It is judged on each new day from now on; what it finds stands under Alerts.")


def history_sentence(history: History, shop: Shop) -> str:
    """On how many days the rule would have fired, beside a shop in which nothing happens, and what it can see."""
    fired = int(history.fires.any(axis=0).sum())
    days = f"{history.judged_days:,} days judged"
    found = f"It would have fired on {fired} of {days} ({history.a_month():.2g} a month)"
    quiet = f"in a year in which nothing happens it would on {history.quiet_a_month():.2g} a month"
    return f"{found}; {quiet}.{_seen(history, shop)}{_left_out(history)}"


def _seen(history: History, shop: Shop) -> str:
    """The smallest change that the rule finds within two days in nine of ten cases, for its biggest series."""
    rule = history.rule
    if rule.kind != "unusual" or rule.window_days > 1 or not history.judged[0].any():
        return ""
    last = history.judged[0].nonzero()[0][-1]
    side = 1 if rule.direction == "up" else -1
    usual = history.course.usual
    row = history.rows[0]
    moved = usual.at(side * visible_errors(history.bar))[row, last]
    expected = history.expected[0, last]
    name = f" of {history.members[0]}" if history.members[0] else ""
    if not expected > 0:
        return ""
    word = "rise" if side > 0 else "fall"
    return (
        f" The smallest {word}{name} that it finds within two days in nine of ten cases: "
        f"{abs(moved / expected - 1):.0%}."
    )


def _left_out(history: History) -> str:
    number = history.course.left_out
    return f" The {number} smallest members are not watched." if number and not history.rule.member else ""
