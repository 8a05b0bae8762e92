"""The tables in the README: `python -m benchmarks.readme` writes them from `results/bench.json` and `proofs.json`."""

import json
from pathlib import Path

from benchmarks.results import RESULTS

README = RESULTS.parents[2] / "README.md"
START, END = "<!-- benchmarks: made by python -m benchmarks.readme -->", "<!-- end of benchmarks -->"
PROOFS = RESULTS.with_name("proofs.json")
PROOFS_START, PROOFS_END = "<!-- proofs: made by python -m benchmarks.readme -->", "<!-- end of proofs -->"
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


def proofs_table(proofs: Path = PROOFS) -> str:
    """All proofs, those without a bar for comparison, as a Markdown table with machines and days."""
    rows = json.loads(proofs.read_text(encoding="utf-8"))
    lines = ["| shown | figure | bar | truth | | rests on |", "|---|---:|---:|---|---|---|"]
    for row in rows:
        bar = "" if row["bar"] is None else f"{row['side'].replace('<=', '≤').replace('>=', '≥')} {row['bar']:g}"
        verdict = {None: "", True: "pass", False: "**fail**"}[row["pass"]]
        cells = (row["name"], f"{row['figure']:.3g}", bar, row["kind"], verdict, row["rests_on"])
        lines.append(f"| {' | '.join(cells)} |")
    where = sorted({f"{row['date']}: {row['machine']}" for row in rows})
    return "\n".join([*lines, "", *where])


def with_table(text: str, table: str, start: str = START, end: str = END) -> str:
    """The README with a table renewed."""
    before, _, rest = text.partition(start)
    return f"{before}{start}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def renewed(text: str) -> str:
    """The README with both tables renewed."""
    return with_table(with_table(text, readme_table()), proofs_table(), PROOFS_START, PROOFS_END)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
