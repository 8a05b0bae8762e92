"""The door to alert rules and what they found; new days are judged beside the pages, not before them."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta

import warehouse.alert_desk as alert_desk
from analytics.descriptive.alert_feed import Alert, alert_feed, alerts_in_view
from analytics.descriptive.alert_rules import AlertRule, rule_problem
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from ui import data
from ui.unusual_marks import prepare_marks
from warehouse.alert_desk import StoredRule
from warehouse.alerts import evaluate, pending
from warehouse.errors import StoreError

LONGEST_ALERT = timedelta(366)
"""How long before a period an alert is looked for that may reach into it."""
FIRST_AFTER_SECONDS = 10.0
"""So that judging does not keep the first visitors of a fresh server waiting."""
AGAIN_AFTER_SECONDS = 60.0

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


def judge_as_days_come() -> None:
    """Judge in the background for as long as the server runs: soon after its start, and whenever orders have come."""
    threading.Thread(target=_keep_judging, name="alert-rules", daemon=True).start()


def _keep_judging() -> None:
    time.sleep(FIRST_AFTER_SECONDS)
    while True:
        _quietly(judge_new_days, "New days were not judged")
        _quietly(prepare_marks, "Unusual days are not marked on trends")
        time.sleep(AGAIN_AFTER_SECONDS)


def _quietly(work: Callable[[], None], otherwise: str) -> None:
    try:
        work()
    except data.DamagedCopyError:  # discarded: made anew the next time
        logging.getLogger("shop").warning("%s: the read copy was damaged.", otherwise)
    except (StoreError, NotEnoughData) as why:  # nobody waits for it; the page it belongs to says it
        logging.getLogger("shop").warning("%s: %s", otherwise, why)
