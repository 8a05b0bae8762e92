"""The door to alert rules and what they found."""

import threading
from datetime import date, timedelta

import warehouse.alert_desk as alert_desk
from analytics.descriptive.alert_feed import Alert, alert_feed, alerts_in_view
from analytics.descriptive.alert_rules import AlertRule, rule_problem
from analytics.filters import Filters
from ui import data
from warehouse.alert_desk import StoredRule
from warehouse.alerts import evaluate, pending

LONGEST_ALERT = timedelta(366)
"""How long before a period an alert is looked for that may reach into it."""

_judging = threading.Lock()


def alerts_found(filters: Filters) -> tuple[list[Alert], int, int]:
    """The alerts in view of rules that are not snoozed; and how many filters and snoozes hide."""
    shop, today, period = data.shop(), date.today(), filters.period
    rules = alert_rules()
    firings = alert_desk.recorded_firings(data.desk_path(), period.start - LONGEST_ALERT, period.end + LONGEST_ALERT)
    found = alert_feed(firings, {s.id: (s.rule, s.severity) for s in rules}, shop)
    asleep = {s.id for s in rules if s.is_snoozed(today)}
    awake = [alert for alert in found if alert.rule_id not in asleep]
    shown = alerts_in_view(awake, filters)
    hidden = len(alerts_in_view(awake, Filters(period, "none"))) - len(shown)
    return shown, hidden, len(alerts_in_view(found, filters)) - len(shown)


def alert_rules() -> list[StoredRule]:
    """All rules of this shop."""
    return alert_desk.stored_rules(data.desk_path())


def add_rule(rule: AlertRule, severity: str, note: str) -> None:
    """Keep a rule, and judge it on the past.

    Raises
    ------
    ValueError : it is there already, and what people decided about it stays as it is; or it makes no sense for the
        shop as it is now.
    """
    if problem := rule_problem(rule, data.shop()):
        raise ValueError(problem)
    if any(stored.rule == rule for stored in alert_rules()):
        raise ValueError("this rule is there already: its severity and its note can be changed under Rules")
    alert_desk.add_rule(data.desk_path(), rule, severity, note)
    judge_new_days()


def change_rule(rule_id: int, **changes: object) -> None:
    """Change severity, note or snooze; see ``warehouse.alert_desk.change_rule``."""
    alert_desk.change_rule(data.desk_path(), rule_id, **changes)


def delete_rule(rule_id: int) -> None:
    """Delete a rule and all that it found."""
    alert_desk.delete_rule(data.desk_path(), rule_id)


def acknowledge(alert: Alert, *, done: bool) -> None:
    """Mark an alert as seen to, or not."""
    alert_desk.acknowledge(data.desk_path(), alert.rule_id, alert.member, alert.since, alert.last, done=done)


def comment_on(alert: Alert, text: str) -> None:
    """Say something about an alert."""
    alert_desk.comment(data.desk_path(), alert.rule_id, alert.member, alert.since, alert.last, text)


def judge_new_days() -> None:
    """Judge the complete days that no rule was judged on yet; without such days it costs a millisecond.

    Raises
    ------
    StoreError : the store or the desk cannot be read or written.
    """
    warehouse = data.warehouse()
    with _judging:
        if pending(warehouse.database):
            evaluate(warehouse.database, warehouse)
