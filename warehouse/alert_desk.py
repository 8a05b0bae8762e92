"""Alert rules and what they found, as they lie on the desk."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from analytics.descriptive.alert_rules import SEVERITIES, AlertRule
from warehouse.desk import at_desk, desk_as_read

LONGEST_TEXT = 2000
_FIRINGS = ("day", "member", "value", "expected", "low", "high", "errors")


@dataclass(frozen=True)
class StoredRule:
    """A rule with what people decided about it; ``evaluated_through`` is the last day it was judged on."""

    id: int
    rule: AlertRule
    severity: str
    note: str
    snoozed_until: date | None
    evaluated_through: date | None

    def is_snoozed(self, on: date) -> bool:
        """Whether it is to keep quiet on a day."""
        return self.snoozed_until is not None and on <= self.snoozed_until


def stored_rules(desk: Path) -> list[StoredRule]:
    """All rules, oldest first; those that this version cannot read are left out."""
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT * FROM alert_rules ORDER BY id").fetchall()
    return [rule for rule in map(_read, rows) if rule]


def _read(row: sqlite3.Row) -> StoredRule | None:
    try:
        rule = AlertRule.from_json(row["definition"])
    except (ValueError, TypeError):  # written by a later version, or by hand
        return None
    days = (date.fromisoformat(row[c]) if row[c] else None for c in ("snoozed_until", "evaluated_through"))
    return StoredRule(row["id"], rule, row["severity"], row["note"], *days)


def add_rule(desk: Path, rule: AlertRule, severity: str = "warning", note: str = "") -> int:
    """Store a rule; returns its id. The same rule twice is one.

    Raises
    ------
    ValueError : no such severity.
    """
    _check_severity(severity)
    with at_desk(desk) as opened:
        return _insert(opened, rule, severity, note)


def _insert(opened: sqlite3.Connection, rule: AlertRule, severity: str, note: str) -> int:
    known = opened.execute("SELECT id FROM alert_rules WHERE definition = ?", (rule.to_json(),)).fetchone()
    if known:
        return known["id"]
    row = (rule.to_json(), severity, note[:LONGEST_TEXT], _now())
    return opened.execute(
        "INSERT INTO alert_rules (definition, severity, note, created_at) VALUES (?, ?, ?, ?)", row
    ).lastrowid


def has_defaults(desk: Path) -> bool:
    """Whether the rules to begin with were ever laid out here; a desk may have been made for a target or a view."""
    with desk_as_read(desk) as opened:
        return opened.execute("SELECT 1 FROM facts WHERE key = 'default_rules'").fetchone() is not None


def lay_out_defaults(desk: Path, rules: Iterable[tuple[AlertRule, str]]) -> bool:
    """Store the rules to begin with, once in a desk's life: whoever deletes them does not get them back.

    Returns
    -------
    Whether they were laid out now.
    """
    with at_desk(desk) as opened:
        if opened.execute("SELECT 1 FROM facts WHERE key = 'default_rules'").fetchone():
            return False
        for rule, severity in rules:
            _insert(opened, rule, severity, "")
        opened.execute("INSERT INTO facts VALUES ('default_rules', ?)", (_now(),))
    return True


def remember_silent(desk: Path, version: str, rules: Iterable[int]) -> None:
    """Remember which rules could not be judged on a version of the data, so that they wait for another.

    Parameters
    ----------
    version : data version of the store.
    rules : their ids.
    """
    with at_desk(desk) as opened:
        told = json.dumps({"version": version, "rules": sorted(rules)})
        opened.execute("INSERT OR REPLACE INTO facts VALUES ('silent_rules', ?)", (told,))


def silent_rules(desk: Path, version: str) -> frozenset[int]:
    """The ids of the rules that could not be judged on a version of the data; none known of any other version."""
    with desk_as_read(desk) as opened:
        row = opened.execute("SELECT value FROM facts WHERE key = 'silent_rules'").fetchone()
    told = json.loads(row["value"]) if row else {}
    return frozenset(told["rules"]) if told.get("version") == version else frozenset()


def change_rule(
    desk: Path,
    rule_id: int,
    *,
    severity: str | None = None,
    note: str | None = None,
    snoozed_until: date | None = None,
    awake: bool = False,
) -> None:
    """Change what people decided about a rule: its severity, its note, until when it keeps quiet (``awake`` ends that).

    Raises
    ------
    ValueError : no such severity, or the rule is no longer there.
    """
    if severity is not None:
        _check_severity(severity)
    changes = {
        "severity": severity,
        "note": None if note is None else note[:LONGEST_TEXT],
        "snoozed_until": snoozed_until.isoformat() if snoozed_until else None,
    }
    with at_desk(desk) as opened:
        if not opened.execute("SELECT 1 FROM alert_rules WHERE id = ?", (rule_id,)).fetchone():
            raise ValueError("this rule was deleted meanwhile")
        for column, value in changes.items():
            if value is not None:
                opened.execute(f"UPDATE alert_rules SET {column} = ? WHERE id = ?", (value, rule_id))
        if awake:
            opened.execute("UPDATE alert_rules SET snoozed_until = NULL WHERE id = ?", (rule_id,))


def delete_rule(desk: Path, rule_id: int) -> None:
    """Delete a rule and all that it found."""
    with at_desk(desk) as opened:
        opened.execute("DELETE FROM alert_rules WHERE id = ?", (rule_id,))


def record(desk: Path, rule_id: int, firings: pd.DataFrame, through: date) -> list[tuple[str, date]]:
    """Record what a rule found up to a day, and that it was judged on it, in one transaction.

    A day before the last that was judged is never recorded again, whoever judged it: two processes that judge the same
    day at once record it once, and one that dies between judging and recording leaves it to be judged again.

    Parameters
    ----------
    firings : rows of ``History.firings``.

    Returns
    -------
    Member and day of each firing that is new.
    """
    with at_desk(desk) as opened:
        known = opened.execute("SELECT evaluated_through FROM alert_rules WHERE id = ?", (rule_id,)).fetchone()
        if known is None:  # deleted meanwhile
            return []
        since = known["evaluated_through"] or ""
        rows = [row for row in _rows(rule_id, firings) if since < row[2] <= through.isoformat()]
        insert = f"INSERT OR IGNORE INTO firings VALUES ({', '.join('?' * 9)}, NULL, '')"
        new = [row for row in rows if opened.execute(insert, row).rowcount]
        opened.execute(
            "UPDATE alert_rules SET evaluated_through = max(coalesce(evaluated_through, ''), ?) WHERE id = ?",
            (through.isoformat(), rule_id),
        )
    return [(member, date.fromisoformat(day)) for _, member, day, *_ in new]


def step_back(desk: Path, today: date) -> None:
    """Take back what was judged of later days than the data have, where others that end earlier have replaced them.

    Rules then go on from the new last day, instead of keeping silent until the data catch up. What was found on days
    that are gone goes with them, unless someone saw to it or said something of it.

    Parameters
    ----------
    today : the last complete day of the data.
    """
    last = today.isoformat()
    with at_desk(desk) as opened:
        opened.execute("UPDATE alert_rules SET evaluated_through = ? WHERE evaluated_through > ?", (last, last))
        opened.execute("DELETE FROM firings WHERE day > ? AND acknowledged_at IS NULL AND comment = ''", (last,))


def _rows(rule_id: int, firings: pd.DataFrame) -> list[tuple]:
    figures = firings.assign(day=pd.to_datetime(firings["day"]).dt.strftime("%Y-%m-%d")).loc[:, list(_FIRINGS)]
    told = figures.astype(object).where(figures.notna(), None)
    now = _now()
    return [(rule_id, member, day, *rest, now) for day, member, *rest in told.itertuples(index=False, name=None)]


def recorded_firings(desk: Path, first: date, last: date) -> pd.DataFrame:
    """What was found from one day to another, newest day first.

    Returns
    -------
    One row per firing: ``rule_id``, ``member``, ``day`` (timestamp), ``value``, ``expected``, ``low``, ``high`` (the
    metric's unit), ``errors``, ``acknowledged`` and ``comment``.
    """
    columns = "rule_id, member, day, value, expected, low, high, errors, acknowledged_at, comment"
    with desk_as_read(desk) as opened:
        query = f"SELECT {columns} FROM firings WHERE day BETWEEN ? AND ? ORDER BY day DESC, rule_id, member"
        rows = opened.execute(query, (first.isoformat(), last.isoformat())).fetchall()
    found = pd.DataFrame([tuple(row) for row in rows], columns=columns.split(", "))
    found = found.assign(day=pd.to_datetime(found["day"]), acknowledged=found.pop("acknowledged_at").notna())
    return found.astype(dict.fromkeys(("value", "expected", "low", "high", "errors"), "float64"))


def acknowledge(desk: Path, rule_id: int, member: str, first: date, last: date, *, done: bool = True) -> None:
    """Mark what a rule found for a member in some days as seen to, or take that back."""
    with at_desk(desk) as opened:
        opened.execute(
            "UPDATE firings SET acknowledged_at = ? WHERE rule_id = ? AND member = ? AND day BETWEEN ? AND ?",
            (_now() if done else None, rule_id, member, first.isoformat(), last.isoformat()),
        )


def comment(desk: Path, rule_id: int, member: str, first: date, last: date, text: str) -> None:
    """Say something about what a rule found for a member in some days; an empty text takes it away."""
    with at_desk(desk) as opened:
        opened.execute(
            "UPDATE firings SET comment = ? WHERE rule_id = ? AND member = ? AND day BETWEEN ? AND ?",
            (text[:LONGEST_TEXT], rule_id, member, first.isoformat(), last.isoformat()),
        )


def _check_severity(severity: str) -> None:
    if severity not in SEVERITIES:
        raise ValueError(f"severity: expected one of {', '.join(SEVERITIES)}, got {severity!r}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
