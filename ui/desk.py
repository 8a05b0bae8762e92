"""The door to what people change at the desk of this shop: views, targets, events, assumptions, actions, scenarios."""

from collections.abc import Iterable
from datetime import date

import warehouse.actions
import warehouse.assumptions
import warehouse.events
import warehouse.scenarios
import warehouse.targets
import warehouse.views
from analytics.descriptive.event_entries import Event
from analytics.descriptive.target_entries import Target
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.scenario import Scenario
from ui.data import desk_path
from warehouse.actions import Action
from warehouse.assumptions import SavedAssumptions
from warehouse.scenarios import SavedScenario
from warehouse.views import View

read_targets, targets_csv = warehouse.targets.read_targets, warehouse.targets.targets_csv
read_events, events_csv, EVENT_TEMPLATE = (
    warehouse.events.read_events,
    warehouse.events.events_csv,
    warehouse.events.TEMPLATE,
)
read_assumptions, assumptions_toml = warehouse.assumptions.read_assumptions, warehouse.assumptions.assumptions_toml


def saved_views() -> list[View]:
    """The saved views of this shop, by name."""
    return warehouse.views.saved_views(desk_path())


def save_view(name: str, address: str) -> View | None:
    """Keep an address under a name; returns the view that it replaces (see ``warehouse.views``)."""
    return warehouse.views.save_view(desk_path(), name, address)


def delete_view(name: str) -> View | None:
    """Forget a view; returns it."""
    return warehouse.views.delete_view(desk_path(), name)


def put_back_view(view: View) -> None:
    """Undo a view's deletion or replacement."""
    warehouse.views.put_back(desk_path(), view)


def stored_targets() -> tuple[Target, ...]:
    """What this shop wants to reach."""
    return warehouse.targets.all_targets(desk_path())


def change_targets(wanted: Iterable[Target] = (), unwanted: Iterable[Target] = ()) -> tuple[Target, ...]:
    """Keep some targets and forget others, all or nothing; returns those that took a new value, as they were."""
    return warehouse.targets.change_targets(desk_path(), wanted, unwanted)


def change_events(wanted: Iterable[Event] = (), unwanted: Iterable[Event] = ()) -> None:
    """Forget some events and keep others, all or nothing; one that is there already is a ``ValueError``."""
    warehouse.events.change_events(desk_path(), wanted, unwanted)


def put_events(wanted: Iterable[Event]) -> int:
    """Keep the events of a file; returns how many were not there before (see ``warehouse.events``)."""
    return warehouse.events.put_events(desk_path(), wanted)


def save_assumptions(stated: Assumptions, note: str = "") -> int:
    """Make them the ones in force; returns the number of their version."""
    return warehouse.assumptions.save_assumptions(desk_path(), stated, note)


def saved_assumptions() -> list[SavedAssumptions]:
    """Every version that was saved, the newest first."""
    return warehouse.assumptions.saved_versions(desk_path())


def all_actions() -> list[Action]:
    """The actions that were taken up, the newest first."""
    return warehouse.actions.all_actions(desk_path())


def take_up(advice: Advice, on: date) -> Action:
    """Plan an action; see ``warehouse.actions``."""
    return warehouse.actions.take_up(desk_path(), advice, on)


def change_action(action: Action) -> None:
    """Write down how far an action is; see ``warehouse.actions``."""
    state = (action.status, action.owner, action.note, action.started_on, action.done_on)
    warehouse.actions.change_action(desk_path(), action.id, *state)


def drop_action(action: Action) -> None:
    """Forget an action."""
    warehouse.actions.drop_action(desk_path(), action.id)


def saved_scenarios() -> list[SavedScenario]:
    """The saved plans of this shop, by name."""
    return warehouse.scenarios.saved_scenarios(desk_path())


def save_scenario(scenario: Scenario) -> SavedScenario | None:
    """Keep a plan under its name; returns the one that it replaces (see ``warehouse.scenarios``)."""
    return warehouse.scenarios.save_scenario(desk_path(), scenario)


def delete_scenario(name: str) -> SavedScenario | None:
    """Forget a saved plan; returns it."""
    return warehouse.scenarios.delete_scenario(desk_path(), name)


def put_back_scenario(saved: SavedScenario) -> None:
    """Undo a plan's deletion or replacement."""
    warehouse.scenarios.put_back(desk_path(), saved)
