"""Saved plans: a name and the figures that stand under it, kept at the desk."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_text import scenario_from, scenario_text
from warehouse.desk import at_desk, desk_as_read
from warehouse.views import view_name

MOST_SCENARIOS = 200
"""More would be a list that nobody reads; the one who saves the next is told to delete some."""


@dataclass(frozen=True)
class SavedScenario:
    """A plan by its name: ``content`` is its text, ``saved_at`` an instant in UTC, as ISO."""

    name: str
    content: str
    saved_at: str

    def scenario(self) -> Scenario:
        """The plan itself.

        Raises
        ------
        ValueError : it was written by another version of this program, or changed by hand into none.
        """
        return scenario_from(self.content)


def saved_scenarios(desk: Path) -> list[SavedScenario]:
    """All plans, by name as people sort names; none where nothing was ever written down.

    Raises
    ------
    StoreError : the desk cannot be read.
    """
    if not desk.exists():
        return []
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT name, content, saved_at FROM scenarios").fetchall()
    return sorted((SavedScenario(*row) for row in rows), key=lambda saved: (saved.name.casefold(), saved.name))


def save_scenario(desk: Path, scenario: Scenario) -> SavedScenario | None:
    """Keep a plan under its name.

    Returns
    -------
    The plan that had this name before and is replaced; None where there was none.

    Raises
    ------
    ValueError : the name cannot be one (see ``views.view_name``), or there are too many plans.
    StoreError : the desk cannot be written; it is then as it was.
    """
    name = view_name(scenario.name)
    content = scenario_text(replace(scenario, name=name))
    with at_desk(desk) as opened:
        replaced = _named(opened, name)
        (count,) = opened.execute("SELECT count(*) FROM scenarios").fetchone()
        if not replaced and count >= MOST_SCENARIOS:
            raise ValueError(f"There are {MOST_SCENARIOS} saved scenarios already: delete one first.")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        opened.execute("INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?)", (name, content, now))
    return replaced


def delete_scenario(desk: Path, name: str) -> SavedScenario | None:
    """Forget a plan; returns it, so that it can be put back, or None where somebody else was quicker."""
    with at_desk(desk) as opened:
        deleted = _named(opened, name)
        opened.execute("DELETE FROM scenarios WHERE name = ?", (name,))
    return deleted


def put_back(desk: Path, saved: SavedScenario) -> None:
    """Undo a deletion or a replacement."""
    with at_desk(desk) as opened:
        row = (saved.name, saved.content, saved.saved_at)
        opened.execute("INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?)", row)


def _named(opened: sqlite3.Connection, name: str) -> SavedScenario | None:
    row = opened.execute("SELECT name, content, saved_at FROM scenarios WHERE name = ?", (name,)).fetchone()
    return SavedScenario(*row) if row else None
