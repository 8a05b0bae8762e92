"""What people write down: targets, events, alert rules, saved views, assumptions, plans; in a database of its own.

It lies beside the store and outlives every import: replacing the orders must not lose a target, writing a note must
not wait for an import nor make the read copy anew, and a demo's notes are none of a shop's own. So the demo has one
desk (``shop.demo-desk.db``) and a shop's own orders have another (``shop.desk.db``).
"""

import os
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from warehouse.beside import Beside

APPLICATION_ID = 0x5348444B
"""Marks a file as a desk of ours (``PRAGMA application_id``)."""

START_ANEW = "put a copy of it back, or move it away to begin with an empty one; the orders are not affected"
"""What to do about a damaged desk."""

DESK_VERSION = 4
"""Raised when a table changes shape; kept in ``user_version``."""

_DAY = "CHECK ({0} IS date({0}, '+0 days'))"

EVENTS = f"""
CREATE TABLE events (
    start_date  TEXT NOT NULL {_DAY.format("start_date")},
    end_date    TEXT NOT NULL {_DAY.format("end_date")},
    label       TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 80),
    kind        TEXT NOT NULL CHECK (kind IN ('holiday', 'promotion', 'outage', 'price change', 'other')),
    CHECK (end_date >= start_date),
    PRIMARY KEY (start_date, end_date, label)
) WITHOUT ROWID;
"""

PLANS = f"""
CREATE TABLE assumptions (
    version   INTEGER PRIMARY KEY AUTOINCREMENT,
    content   TEXT NOT NULL CHECK (json_valid(content)),
    note      TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 200),
    saved_at  TEXT NOT NULL
);

CREATE TABLE actions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL,
    advice      TEXT NOT NULL CHECK (json_valid(advice)),
    status      TEXT NOT NULL CHECK (status IN ('planned', 'running', 'done')),
    owner       TEXT NOT NULL DEFAULT '' CHECK (length(owner) <= 80),
    note        TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    planned_on  TEXT NOT NULL {_DAY.format("planned_on")},
    started_on  TEXT {_DAY.format("started_on")},
    done_on     TEXT {_DAY.format("done_on")},
    CHECK ((status = 'planned') = (started_on IS NULL)),
    CHECK ((status = 'done') = (done_on IS NOT NULL))
);

CREATE UNIQUE INDEX idx_actions_open ON actions (key) WHERE status <> 'done';
"""

SCENARIOS = """
CREATE TABLE scenarios (
    name      TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 80),
    content   TEXT NOT NULL CHECK (length(content) BETWEEN 1 AND 600),
    saved_at  TEXT NOT NULL
) WITHOUT ROWID;
"""

TABLES = f"""
CREATE TABLE targets (
    metric       TEXT NOT NULL,
    granularity  TEXT NOT NULL CHECK (granularity IN ('month', 'quarter', 'year')),
    start        TEXT NOT NULL {_DAY.format("start")},
    dimension    TEXT NOT NULL DEFAULT '',
    member       TEXT NOT NULL DEFAULT '',
    value        REAL NOT NULL CHECK (typeof(value) = 'real' AND abs(value) < 1e15),
    CHECK ((dimension = '') = (member = '')),
    PRIMARY KEY (metric, granularity, start, dimension, member)
) WITHOUT ROWID;

CREATE TABLE alert_rules (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    definition         TEXT NOT NULL CHECK (json_valid(definition)),
    severity           TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    note               TEXT NOT NULL DEFAULT '',
    snoozed_until      TEXT {_DAY.format("snoozed_until")},
    evaluated_through  TEXT {_DAY.format("evaluated_through")},
    created_at         TEXT NOT NULL
);

CREATE TABLE firings (
    rule_id          INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    member           TEXT NOT NULL DEFAULT '',
    day              TEXT NOT NULL {_DAY.format("day")},
    value            REAL,
    expected         REAL,
    low              REAL,
    high             REAL,
    errors           REAL,
    recorded_at      TEXT NOT NULL,
    acknowledged_at  TEXT,
    comment          TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (rule_id, member, day)
) WITHOUT ROWID;

CREATE INDEX idx_firings_day ON firings (day);

CREATE TABLE views (
    name      TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 80),
    address   TEXT NOT NULL CHECK (address LIKE '/%'),
    saved_at  TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE facts (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) WITHOUT ROWID;
{EVENTS}{PLANS}{SCENARIOS}"""
"""``targets.start`` is the first day of the month, quarter or year; an empty ``dimension`` means the whole shop.

``alert_rules.definition`` is the rule as JSON (see ``analytics.descriptive.alert_rules``); ``evaluated_through`` the
last day it was judged on. A firing is one rule, one member (empty for the whole shop) and one day, once. ``facts``
holds the desk's own bookkeeping, such as whether the default rules were laid out. The ``assumptions`` in force are
those of the highest version (see ``analytics.prescriptive.assumptions``). An action is an advice that somebody took
up, as it was then; there is one of a key that is not done. A scenario's ``content`` is its text (see
``analytics.prescriptive.scenario_text``).
"""

_UPGRADES = {1: EVENTS, 2: PLANS, 3: SCENARIOS}
_DESK = Beside(APPLICATION_ID, DESK_VERSION, TABLES, "targets, alerts and saved views", START_ANEW, upgrades=_UPGRADES)


def desk_path(database: Path, *, is_demo: bool) -> Path:
    """The desk that belongs to a store.

    >>> desk_path(Path("data/shop.db"), is_demo=True).as_posix()
    'data/shop.demo-desk.db'
    """
    return database.with_name(f"{database.stem}.{'demo-' if is_demo else ''}desk.db")


def desk_state(path: Path) -> tuple[int, int, int, bytes] | None:
    """What tells that a desk was written to, without opening it; None where there is none.

    SQLite counts the transactions of a file in its header (bytes 24 to 27); number, size and time tell a file put in
    its place.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            return found.st_ino, found.st_size, found.st_mtime_ns, file.read(28)[24:]
    except OSError:  # whoever opens it says what is wrong with it
        return None


def at_desk(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    """One transaction at the desk; see ``Beside.transaction``."""
    return _DESK.transaction(path)


def desk_as_read(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    """The desk at one moment, to read alone; see ``Beside.as_read``."""
    return _DESK.as_read(path)
