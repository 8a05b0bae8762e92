"""Simulate a shop: orders, customers, spend, a campaign and events as files, with the truths that made them.

The data are a process, not random columns: customers join, buy, are served well or badly, and leave; demand has
a trend, seasons, festivals, prices and incidents. ``ground_truth.json`` says what all of it really was.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from simulation.files import write_shop
from simulation.settings import Incident, SimulationSettings, quiet_settings
from simulation.shop import SimulatedShop, simulate

__all__ = ["Incident", "SimulatedShop", "SimulationSettings", "main", "quiet_settings", "simulate", "write_shop"]

DEMO_FOLDER = Path(__file__).resolve().parent / "data" / "demo"


def main(argv: list[str] | None = None) -> int:
    """Simulate and write one shop; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        settings = _settings(options)
    except ValueError as error:
        parser.error(str(error))
    try:
        write_shop(simulate(settings), options.out)
    except OSError as error:
        print(f"The shop could not be written to {options.out}: {_reason(error)}.", file=sys.stderr)
        return 1
    print(f"{settings.orders:,} orders, {settings.start} to {settings.end}, are in {options.out}.")
    print("Next: python db_setup.py")
    return 0


def _reason(error: OSError) -> str:
    """Arrow puts the system's words at the end of its own."""
    return (error.strerror or str(error)).rpartition("] ")[2].rstrip(".")


def _settings(options: argparse.Namespace) -> SimulationSettings:
    return SimulationSettings(
        orders=options.orders,
        customers=options.customers,
        months=options.months,
        end=options.end,
        seed=options.seed,
        lines=options.lines,
        incidents=() if options.quiet else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="data_generation.py", description=__doc__.splitlines()[0])
    default = SimulationSettings()
    parser.add_argument("--orders", type=int, default=default.orders, help="orders to simulate (%(default)s)")
    parser.add_argument("--customers", type=int, help="customers who order (2 for every 15 orders)")
    parser.add_argument("--months", type=int, default=default.months, help="calendar months up to --end (%(default)s)")
    parser.add_argument("--end", type=_day, default=default.end, help="last day (%(default)s)")
    parser.add_argument("--seed", type=int, default=default.seed, help="same seed, same files (%(default)s)")
    parser.add_argument("--out", type=Path, default=DEMO_FOLDER, help="folder for the files (data/demo)")
    parser.add_argument("--no-lines", dest="lines", action="store_false", help="write no order lines")
    parser.add_argument("--quiet", action="store_true", help="plant no incidents")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day such as 2026-10-31, got {text}") from None


if __name__ == "__main__":
    sys.exit(main())
