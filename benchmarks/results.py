"""What a measurement leaves behind: one figure with its bar, the machine and the day, kept in one JSON file."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

import psutil

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results" / "bench.json"
CACHE = FOLDER / ".cache"
QUICK_RESULTS = CACHE / "quick.json"


@dataclass(frozen=True)
class Figure:
    """One measured number. ``bar`` is the most it may be; None where nothing was promised.

    The name begins with the part that measured it (``browser: …``), so that a part run anew replaces its own figures.
    """

    name: str
    figure: float
    unit: str
    bar: float | None = None

    @property
    def passes(self) -> bool | None:
        """Whether the bar was kept; None without a bar.

        >>> Figure("browser: warm load", 1.3, "s", 1.2).passes
        False
        """
        return None if self.bar is None else bool(self.figure <= self.bar)

    @property
    def part(self) -> str:
        """The part that measured it."""
        return self.name.split(":")[0]


def percentile(values: list[float], share: float) -> float:
    """The value that the given share of the values does not exceed, between neighbours in proportion.

    >>> percentile([1, 2, 3, 4], 0.5)
    2.5
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def write(figures: list[Figure], path: Path) -> None:
    """Put the figures into the file; those of parts not run this time stay as they were."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    renewed = {figure.part for figure in figures}
    kept = [old for old in kept if old["name"].split(":")[0] not in renewed]
    rows = kept + [_row(figure) for figure in figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: list[Figure]) -> str:
    """The figures as lines of text: name, figure, bar, verdict."""
    widest = max((len(figure.name) for figure in figures), default=0)
    return "\n".join(_line(figure, widest) for figure in figures)


@cache
def machine() -> str:
    """Processor, cores, memory and versions: without them a figure says nothing."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()}, "
        f"Python {platform.python_version()}, Streamlit {version('streamlit')}, DuckDB {version('duckdb')}"
    )


def _row(figure: Figure) -> dict[str, object]:
    known = asdict(figure) | {"figure": _rounded(figure.figure)}
    return known | {"pass": figure.passes, "machine": machine(), "date": date.today().isoformat()}


def _line(figure: Figure, widest: int) -> str:
    bar = "" if figure.bar is None else f"≤ {figure.bar:g}"
    verdict = {None: "", True: "kept", False: "MISSED"}[figure.passes]
    return f"{figure.name:<{widest}}  {_rounded(figure.figure):>10,g} {figure.unit:<6} {bar:>8}  {verdict}".rstrip()


def _rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def some_of(parts: Iterable[str]) -> Callable[[str], list[str]]:
    """Reads ``a,b`` from a command line as names of these parts; refuses any other."""

    def named(text: str) -> list[str]:
        asked = text.split(",")
        unknown = [part for part in asked if part not in parts]
        if unknown:
            raise argparse.ArgumentTypeError(f"expected some of {','.join(parts)}, got {','.join(unknown)}")
        return asked

    return named
