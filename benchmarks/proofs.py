"""Show that the analyses find what is there: `python -m benchmarks.proofs [--quick] [--only PARTS]`, or `make proofs`.

One line per proof: name, our figure, the bar, where the truth comes from (published: a printed number; oracle: a
simulated shop whose truth is known; real: a real order log) and whether the bar was kept; the same as JSON in
`results/proofs.json`. The exit code is 1 when one was missed. ``--quick`` takes few shops for each proof, writes to a
file of its own, and holds the same bars or, where few shops cannot tell a share, what ``share`` says of it: it is for
every change, the full form is for what is said in public.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
from scipy.stats import binom

from benchmarks.results import CACHE, FOLDER, machine, some_of

PROOFS = FOLDER / "results" / "proofs.json"
QUICK_PROOFS = CACHE / "quick-proofs.json"
PARTS = {
    "alerts": "proofs_alerts",
    "targets": "proofs_targets",
    "root_cause": "proofs_root_cause",
    "anomalies": "proofs_anomalies",
    "satisfaction": "proofs_satisfaction",
    "survival": "proofs_survival",
    "groups": "proofs_groups",
    "forecast": "proofs_forecast",
    "churn": "proofs_churn",
    "retention": "proofs_retention",
    "value": "proofs_value",
    "pricing": "proofs_pricing",
    "cross_sell": "proofs_cross_sell",
    "resources": "proofs_resources",
    "budget": "proofs_budget",
    "what_if": "proofs_what_if",
}
"""Name of the part → module, whose ``proofs(quick)`` gives the proofs."""
LIKELY = 0.01
KINDS = ("published", "oracle", "real")


@dataclass(frozen=True)
class Proof:
    """A figure and what it may be: at most (``<=``) or at least (``>=``) the bar; ``rests_on`` says how it was had.

    Without a bar it is told for comparison and decides nothing.
    """

    name: str
    figure: float
    side: str
    bar: float | None
    kind: str
    rests_on: str

    @property
    def passes(self) -> bool | None:
        """Whether the bar was kept; None without one.

        >>> Proof("found", 0.95, ">=", 0.9, "oracle", "50 shops").passes
        True
        """
        if self.bar is None:
            return None
        return bool(self.figure <= self.bar if self.side == "<=" else self.figure >= self.bar)


def share(
    name: str, holds: Iterable[object], side: str, bar: float, promised: float, rests_on: str, *, quick: bool
) -> Proof:
    """The share of simulations in which something holds, against its bar.

    A few cannot tell a share of 93 from one of 95 per cent. Of them the figure is how likely a share as bad as theirs
    is where the ``promised`` one holds (exact binomial), and that must be at least 1 %.

    Parameters
    ----------
    holds : whether it does, each of them or several of a simulation.
    side : whether the share may be at most (``<=``) or at least (``>=``) the bar.
    """
    every = np.concatenate([np.ravel(of) for of in holds]).astype(bool)
    number, held = len(every), int(every.sum())
    if not quick:
        return Proof(name, held / number, side, bar, "oracle", rests_on)
    likely = binom.cdf(held, number, promised) if side == ">=" else binom.sf(held - 1, number, promised)
    said = f"{held} of {number}, {rests_on}: how likely that is at {promised:.0%}"
    return Proof(f"{name}, short form", float(likely), ">=", LIKELY, "oracle", said)


def main(arguments: list[str] | None = None) -> int:
    """Run the proofs asked for; 1 when a bar was missed."""
    options = _parser().parse_args(arguments)
    CACHE.mkdir(exist_ok=True)
    found: list[Proof] = []
    for part in options.only:
        proofs = import_module(f"benchmarks.{PARTS[part]}").proofs(options.quick)
        print("\n".join(_line(proof) for proof in proofs), flush=True)
        found += proofs
    _write(found, QUICK_PROOFS if options.quick else PROOFS)
    missed = [proof for proof in found if proof.passes is False]
    print(f"{machine()}\n{len(missed)} of {sum(p.bar is not None for p in found)} proofs missed.")
    return 1 if missed else 0


def _line(proof: Proof) -> str:
    verdict = {None: "", True: "pass", False: "FAIL"}[proof.passes]
    bar = "" if proof.bar is None else f"{proof.side} {proof.bar:g}"
    return f"{proof.name:<88} {proof.figure:>8.3g} {bar:>8}  {proof.kind:<9} {verdict:<4}  {proof.rests_on}".rstrip()


def _write(proofs: list[Proof], path: Path) -> None:
    """Those of parts that were not run stay as they were."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    renewed = {proof.name for proof in proofs}
    day = date.today().isoformat()
    rows = [asdict(p) | {"pass": p.passes, "machine": machine(), "date": day} for p in proofs]
    kept = [old for old in kept if old["name"] not in renewed]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept + rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proofs", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", type=some_of(PARTS), default=list(PARTS), metavar="PARTS", help=f"some of {','.join(PARTS)}"
    )
    parser.add_argument("--quick", action="store_true", help="few shops for each proof")
    return parser


if __name__ == "__main__":
    sys.exit(main())
