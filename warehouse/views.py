"""Saved views: a name and the address that it stands for, kept at the desk."""

from dataclasses import dataclass
from pathlib import Path

from warehouse.shelf import Shelf, kept_name

MOST_VIEWS = 500


@dataclass(frozen=True)
class View:
    """A view by its name: the address begins with ``/``, the page's own; ``saved_at`` is an instant in UTC, as ISO."""

    name: str
    address: str
    saved_at: str


VIEWS = Shelf("views", View, "view", MOST_VIEWS)


def view_name(written: str) -> str:
    """A name as it is kept (see ``shelf.kept_name``).

    Raises
    ------
    ValueError : nothing is left of it, or it is too long.
    """
    return kept_name(written, VIEWS.thing)


def saved_views(desk: Path) -> list[View]:
    """All views, by name as people sort names."""
    return VIEWS.all(desk)


def save_view(desk: Path, name: str, address: str) -> View | None:
    """Keep an address under a name; returns the view that it replaces, if any (see ``Shelf.keep``)."""
    return VIEWS.keep(desk, name, address)


def delete_view(desk: Path, name: str) -> View | None:
    """Forget a view; returns it, so that it can be put back, or None where somebody else was quicker."""
    return VIEWS.forget(desk, name)


def put_back(desk: Path, view: View) -> None:
    """Undo a deletion or a replacement."""
    VIEWS.put_back(desk, view.name, view.address, view.saved_at)
