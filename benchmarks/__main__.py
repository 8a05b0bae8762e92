"""Measure speed and scale: `python -m benchmarks [--only PARTS] [--quick] [--out FILE]`.

Prints a table and writes it as JSON. With ``--quick`` every part runs in a small form, to show that it works; its
figures go to a file of their own and its bars decide nothing.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import results

PARTS = {
    "browser": "browser",
    "engine": "engine",
    "sessions": "sessions",
    "import": "imports",
    "models": "model_fits",
    "what_if": "what_if",
    "advice": "advice",
}
"""Name of the part → module."""


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for; 1 when a bar was missed."""
    options = _parser().parse_args(arguments)
    results.CACHE.mkdir(exist_ok=True)
    found = []
    for part in options.only:
        print(f"Measuring: {part}", flush=True)
        measured = import_module(f"benchmarks.{PARTS[part]}").figures(options.quick)
        results.write(measured, options.out or (results.QUICK_RESULTS if options.quick else results.RESULTS))
        found += measured
    print(f"\n{results.table(found)}\n\n{results.machine()}")
    missed = [figure for figure in found if figure.passes is False]
    print(f"{len(missed)} of {sum(f.bar is not None for f in found)} bars missed.")
    return 1 if missed and not options.quick else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        type=results.some_of(PARTS),
        default=list(PARTS),
        metavar="PARTS",
        help=f"some of {','.join(PARTS)} (all)",
    )
    parser.add_argument("--quick", action="store_true", help="a small form of each part, under a minute in all")
    parser.add_argument("--out", type=Path, help="where the figures go (benchmarks/results/bench.json)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
