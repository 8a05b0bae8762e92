"""Judge each newly complete day: `python -m warehouse.alerts [--json]`, for cron; the server does it by itself.

Every rule is judged on the complete days that it was not judged on before, and what it finds is recorded once.
A new rule looks back over a year.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from analytics.descriptive.alert_rules import AlertRule, default_rules, rule_problem, rule_sentence
from analytics.descriptive.alerts import rule_history
from analytics.descriptive.courses import Course, usual_courses
from analytics.descriptive.events import known_events
from analytics.descriptive.profile import shop_profile
from analytics.errors import NotEnoughData
from analytics.shop import Shop
from warehouse import alert_desk, store
from warehouse.alert_desk import StoredRule
from warehouse.desk import desk_path
from warehouse.engine import DamagedCopyError, Tables, Warehouse
from warehouse.errors import StoreError
from warehouse.events import all_events

LOOKS_BACK_DAYS = 366
"""How far a new rule looks back."""


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation did: the rules judged, the firings recorded, and per rule that said nothing why."""

    judged: int
    recorded: int
    silent: dict[int, str]
    found: list[str]


def pending(database: Path) -> bool:
    """Whether a complete day waits to be judged, or a desk has no rules laid out yet: cheap enough to ask anywhere."""
    facts = store.settings(database)
    today = facts.get("last_complete_day")
    if not today:
        return False
    desk = desk_path(database, is_demo=facts.get("is_demo") == "1")
    if not desk.exists() or not alert_desk.has_defaults(desk):
        return True
    silent = alert_desk.silent_rules(desk, store.data_version(database))
    rules = [rule for rule in alert_desk.stored_rules(desk) if rule.id not in silent]
    return any(rule.evaluated_through is None or rule.evaluated_through.isoformat() != today for rule in rules)


def evaluate(database: Path, warehouse: Warehouse | None = None) -> Evaluation:
    """Judge every rule on the days that wait, and record what it finds.

    Parameters
    ----------
    warehouse : the one whose read copy is open already, if there is one.

    Raises
    ------
    StoreError : the store or the desk cannot be read or written.
    NotEnoughData : there are no orders at all.
    DamagedCopyError : the read copy broke while it was read; nothing more is recorded, and the next call makes it anew.
    """
    with (warehouse or Warehouse(database)).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        desk = desk_path(database, is_demo=shop.is_demo)
        alert_desk.lay_out_defaults(desk, default_rules(shop))
        alert_desk.step_back(desk, shop.today)
        waiting = [rule for rule in alert_desk.stored_rules(desk) if _waits(rule, shop)]
        done = _judge(desk, waiting, tables, shop)
        alert_desk.remember_silent(desk, tables.version, done.silent)
        return done


def _waits(rule: StoredRule, shop: Shop) -> bool:
    return rule.evaluated_through is None or rule.evaluated_through < shop.today


def _judge(desk: Path, waiting: list[StoredRule], tables: Tables, shop: Shop) -> Evaluation:
    silent = {stored.id: why for stored in waiting if (why := rule_problem(stored.rule, shop))}
    meant, found = [stored for stored in waiting if stored.id not in silent], []
    try:
        courses = _courses(desk, meant, tables, shop)
    except NotEnoughData as why:
        return Evaluation(len(waiting), 0, silent | {stored.id: str(why) for stored in meant}, [])
    for stored in meant:
        rule = stored.rule
        try:
            history = rule_history(courses[_watched(rule)], rule, shop)
        except NotEnoughData as why:
            silent[stored.id] = str(why)
            continue  # judged once it can be: a new import may bring what it needs
        since = stored.evaluated_through or shop.today - timedelta(LOOKS_BACK_DAYS)
        firings = history.firings(after=since)
        new = set(alert_desk.record(desk, stored.id, firings, shop.today))
        told = [row for row in firings.to_dict("records") if (row["member"], row["day"].date()) in new]
        found += [_said(rule_sentence(rule, shop), row) for row in told]
    return Evaluation(len(waiting), len(found), silent, found)


def _courses(desk: Path, rules: list[StoredRule], tables: Tables, shop: Shop) -> dict[tuple, Course]:
    """What the rules watch, each once."""
    watched = list(dict.fromkeys(_watched(stored.rule) for stored in rules))
    if not watched:
        return {}
    calendar = known_events(tables.events, all_events(desk))
    found = usual_courses(tables.orders, calendar, shop, watched, tables.sums)
    return dict(zip(watched, found, strict=True))


def _watched(rule: AlertRule) -> tuple[str, str, bool]:
    return rule.metric, rule.dimension, rule.relative


def _said(sentence: str, row: dict) -> str:
    member = f" ({row['member']})" if row["member"] else ""
    return f"{row['day']:%Y-%m-%d} {sentence}{member}: {row['value']:,.4g} against {row['expected']:,.4g} as usual"


def main(arguments: list[str] | None = None) -> int:
    """Evaluate, and print one line per new firing; 0 when all went well, 1 when the data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m warehouse.alerts", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    asked = parser.parse_args(arguments)
    try:
        done = evaluate(store.database_path())
    except (StoreError, NotEnoughData) as error:
        print(error, file=sys.stderr)
        return 1
    except DamagedCopyError:
        print("The read copy of the orders was damaged and is made anew next time: run this again.", file=sys.stderr)
        return 1
    if asked.json:
        print(
            json.dumps({"judged": done.judged, "recorded": done.recorded, "silent": done.silent, "found": done.found})
        )
    else:
        print("\n".join([*done.found, f"{done.judged} rules judged, {done.recorded} new firings."]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
