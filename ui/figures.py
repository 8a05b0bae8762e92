"""Figures side by side and in small tables, as the pages of models show them: plain text in, markup out."""

import html
from collections.abc import Container, Iterable, Sequence

from analytics.formats import unbroken
from ui.charts.look import current_look

MOST_IN_A_ROW = 5
Tile = tuple[str, str, str]
"""A name, its figure, and what the figure is to be held against."""
Cell = str | tuple[str, str]
"""A text, or one with a smaller one below it."""


def figure_tiles(tiles: Iterable[Tile]) -> str:
    """Key figures side by side, in rows of as many; two in a row on a telephone."""
    look = current_look()
    boxes = [
        f'<div role="listitem"><div class="nm">{html.escape(name)}</div>'
        f'<div class="fig">{html.escape(unbroken(figure))}</div>'
        f'<div class="nm">{html.escape(unbroken(beside))}</div></div>'
        for name, figure, beside in tiles
    ]
    rows = -(-len(boxes) // MOST_IN_A_ROW)
    # a page may have several rows of tiles: the width of each stands with it, the style holds for all
    width = f"max(9.5rem,calc({100 * rows / max(len(boxes), 1):.4g}% - .6rem))"
    return (
        "<style>.figs{display:grid;grid-template-columns:repeat(auto-fit,minmax(var(--tile),1fr));gap:.6rem;"
        "font-variant-numeric:tabular-nums}"
        f".figs>div{{border:1px solid {look.grid};border-radius:.6rem;padding:.6rem .75rem;min-width:0;"
        f"background:{look.surface}}}.figs .nm{{font-size:.78rem;color:{look.muted}}}"
        f".figs .fig{{font-size:1.3rem;font-weight:620;line-height:1.5;color:{look.text}}}"
        "@media(max-width:640px){.figs{grid-template-columns:repeat(2,minmax(0,1fr))}.figs .fig{font-size:1.1rem}}"
        f'</style><div class="figs" role="list" style="--tile:{width}">{"".join(boxes)}</div>'
    )


def figure_table(
    heads: Iterable[str], rows: Sequence[Sequence[Cell]], strong: Sequence[bool] = (), texts: Container[int] = ()
) -> str:
    """A row per thing, named by its first cell.

    Parameters
    ----------
    strong : which rows are bold, where any are.
    texts : places of the columns that hold words, the first column being 0: these begin on the left and wrap.
    """
    look = current_look()
    worded = {place: " class=txt" if place in texts else "" for place in range(max(map(len, rows), default=0) + 1)}
    head = "".join(
        f'<th scope="col"{worded.get(place, "")}>{html.escape(name)}</th>' for place, name in enumerate(heads)
    )
    body = "".join(
        f'<tr{" class=own" if mark else ""}><th scope="row">{_cell(first)}</th>'
        + "".join(f"<td{worded[place]}>{_cell(cell)}</td>" for place, cell in enumerate(others, 1))
        + "</tr>"
        for (first, *others), mark in zip(rows, strong or [False] * len(rows), strict=True)
    )
    return (
        "<style>.figt{overflow-x:auto}.figt table{width:100%;border-collapse:collapse;font-size:.8rem;"
        "font-variant-numeric:tabular-nums}"
        f".figt th,.figt td{{padding:.28rem .35rem;border:0;border-bottom:1px solid {look.grid};text-align:right;"
        f"white-space:nowrap}}.figt th{{font-weight:500;color:{look.muted}}}.figt th:first-child{{text-align:left}}"
        f".figt th[scope=row]{{color:{look.text};white-space:normal;min-width:8rem;overflow-wrap:anywhere}}"
        ".figt .txt{text-align:left;white-space:normal}"
        f".figt small{{display:block;color:{look.muted};font-size:.74rem;font-weight:400;white-space:normal}}"
        ".figt td small{min-width:4.5rem}"
        f".figt .own th,.figt .own td{{font-weight:650;color:{look.text}}}</style>"
        f'<div class="figt"><table><tr>{head}</tr>{body}</table></div>'
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return html.escape(cell)
    return f"{html.escape(cell[0])}<small>{html.escape(unbroken(cell[1]))}</small>"
