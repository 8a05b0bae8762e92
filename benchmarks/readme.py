"""The table of measurements in the README: `python -m benchmarks.readme` writes it from `results/bench.json`."""

import json
from pathlib import Path

from benchmarks.results import RESULTS

README = RESULTS.parents[2] / "README.md"
START, END = "<!-- benchmarks: made by python -m benchmarks.readme -->", "<!-- end of benchmarks -->"
BESIDES = ("naive build", "five figures alone", "page's questions", "alert rules judged")
"""Figures without a bar that the table shows too: what ours are to be compared with."""


def readme_table(results: Path = RESULTS) -> str:
    """The figures that have a bar and those they compare with, as a Markdown table with machines and days."""
    rows = json.loads(results.read_text(encoding="utf-8"))
    shown = [r for r in rows if r["bar"] is not None or any(part in r["name"] for part in BESIDES)]
    shown = [r for r in shown if r["bar"] is not None or "peak memory" not in r["name"]]
    lines = ["| measured | figure | bar | |", "|---|---:|---:|---|"]
    for row in shown:
        bar = "" if row["bar"] is None else f"{row['bar']:,g} {row['unit']}"
        verdict = {None: "", True: "kept", False: "**missed**"}[row["pass"]]
        lines.append(f"| {row['name']} | {_figure(row['figure'])} {row['unit']} | {bar} | {verdict} |")
    where = sorted({f"{row['date']}: {row['machine']}" for row in shown})
    return "\n".join([*lines, "", *where])


def with_table(text: str, table: str) -> str:
    """The README with its table renewed."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n\n{table}\n\n{END}{rest.partition(END)[2]}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8"), readme_table()), encoding="utf-8")
