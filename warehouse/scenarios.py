"""Saved plans: a name and the figures that stand under it, kept at the desk."""

from dataclasses import dataclass, replace
from pathlib import Path

from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_text import scenario_from, scenario_text
from warehouse.shelf import Shelf, kept_name

MOST_SCENARIOS = 200


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


SCENARIOS = Shelf("scenarios", SavedScenario, "scenario", MOST_SCENARIOS)


def saved_scenarios(desk: Path) -> list[SavedScenario]:
    """All plans, by name as people sort names; none where nothing was ever written down (see ``Shelf.all``)."""
    return SCENARIOS.all(desk)


def save_scenario(desk: Path, scenario: Scenario) -> SavedScenario | None:
    """Keep a plan under its name, which is its own, too; returns the plan that it replaces (see ``Shelf.keep``)."""
    name = kept_name(scenario.name, SCENARIOS.thing)
    return SCENARIOS.keep(desk, name, scenario_text(replace(scenario, name=name)))


def delete_scenario(desk: Path, name: str) -> SavedScenario | None:
    """Forget a plan; returns it, so that it can be put back, or None where somebody else was quicker."""
    return SCENARIOS.forget(desk, name)


def put_back(desk: Path, saved: SavedScenario) -> None:
    """Undo a deletion or a replacement."""
    SCENARIOS.put_back(desk, saved.name, saved.content, saved.saved_at)
