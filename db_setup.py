"""Build the shop's database: the demo by default, your own orders with --orders."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from warehouse.connection import PROJECT_ROOT, database_path
from warehouse.demo import load_demo
from warehouse.errors import ImportRefused, StoreError
from warehouse.importing import ImportReport, import_orders, preview
from warehouse.mapping import Mapping, load_mapping, save_mapping
from warehouse.presets import PRESETS, fitted_preset
from warehouse.replacing import holds_own_orders, restore_previous
from warehouse.sources import open_source

DEMO_FOLDER = PROJECT_ROOT / "data" / "demo"

NEXT = "Next: streamlit run app.py"

USER_MISTAKE = 2
INTERRUPTED = 130


def build_demo(
    path: Path,
    folder: Path = DEMO_FOLDER,
    progress: Callable[[float, str], None] | None = None,
    *,
    overwrite_foreign: bool = False,
) -> None:
    """Build the demo database at ``path``, generating the demo's files first where they are missing."""
    if not (folder / "transactions.parquet").exists():
        import data_generation

        if progress is not None:
            progress(0.0, "Generating the demo shop")
        try:
            data_generation.write_shop(data_generation.simulate(data_generation.SimulationSettings()), folder)
        except OSError as error:
            raise StoreError(
                f"The demo shop could not be written to {folder} ({error.strerror or error}): "
                "free some disk space or make the folder writable."
            ) from error
    load_demo(folder, path, progress=progress, overwrite_foreign=overwrite_foreign)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0, or 2 after a mistake that one sentence on stderr explains."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except StoreError as error:
        _end_progress_line()
        print(error, file=sys.stderr)
        return USER_MISTAKE
    except KeyboardInterrupt:
        return _stopped()
    except RuntimeError as error:
        if "interrupted" not in str(error).lower():  # DuckDB's word for Ctrl-C in the middle of a query
            raise
        return _stopped()


def _stopped() -> int:
    _end_progress_line()
    print("Stopped; what was stored before is unchanged.", file=sys.stderr)
    return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="db_setup.py",
        description=__doc__,
        epilog="Without --orders the demo shop is built. A mapping is a TOML file with lines such as "
        'order_id = "Order No", date = "Created", revenue = "Total", day_first = true, decimal_mark = ",".',
    )
    orders = parser.add_argument_group("your own orders")
    orders.add_argument("--orders", metavar="FILE", type=Path, help="CSV, TSV, gzip, Excel, Parquet or JSON lines")
    orders.add_argument("--mapping", metavar="FILE.toml", type=Path, help="which column means what")
    orders.add_argument("--preset", choices=sorted(PRESETS), help="a known export; else recognised by its columns")
    orders.add_argument("--save-mapping", metavar="FILE.toml", type=Path, help="write down how the file was read")
    orders.add_argument("--dry-run", action="store_true", help="check the file, store nothing")
    orders.add_argument("--append", action="store_true", help="add to the stored orders instead of replacing them")
    orders.add_argument("--rejects", metavar="FILE.csv", type=Path, help="write the rejected rows to a file")
    orders.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--database", metavar="PATH", help="a path or sqlite:/// URL; else DATABASE_URL")
    parser.add_argument("--demo-data", metavar="FOLDER", type=Path, default=DEMO_FOLDER, help=argparse.SUPPRESS)
    parser.add_argument("--restore-previous", action="store_true", help="put back the orders set aside last")
    parser.add_argument("--list-presets", action="store_true", help="list the known exports and their columns")
    parser.add_argument(
        "--force", action="store_true", help="let the demo replace own orders, or replace a damaged or foreign file"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.list_presets:
        for name, mapping in PRESETS.items():
            print(f"{name}: {', '.join(mapping.columns().values())}")
        return 0
    path = _database(options.database)
    if options.restore_previous:
        restore_previous(path)
        print(f"The earlier orders are back in {path}. {NEXT}")
        return 0
    if options.orders is None:
        return _demo(path, options)
    return _own_orders(path, options)


def _database(stated: str | None) -> Path:
    if stated is not None and "://" not in stated:
        return Path(stated).absolute()
    return database_path(stated)


def _demo(path: Path, options: argparse.Namespace) -> int:
    for name in ("mapping", "preset", "dry_run", "append", "rejects", "save_mapping"):
        if getattr(options, name):
            raise StoreError(f"--{name.replace('_', '-')} needs --orders FILE: name the file with your orders.")
    if not options.force and holds_own_orders(path):
        raise StoreError(
            f"{path} holds your own orders: add --force to put the demo in their place (they are kept beside)."
        )
    build_demo(path, options.demo_data, _progress(options), overwrite_foreign=options.force)
    _end_progress_line()
    if options.json:
        print(json.dumps({"demo": True, "database": str(path)}))
    else:
        print(f"The demo shop is in {path}. {NEXT}")
    return 0


def _own_orders(path: Path, options: argparse.Namespace) -> int:
    mapping = _mapping(options)
    if options.save_mapping is not None:
        save_mapping(preview(options.orders, mapping).mapping, options.save_mapping)
    report = import_orders(
        options.orders,
        path,
        mapping,
        dry_run=options.dry_run,
        append=options.append,
        progress=_progress(options),
        rejects_csv=options.rejects,
        overwrite_foreign=options.force,
    )
    _end_progress_line()
    nothing_usable = report.accepted == 0 and report.duplicates == 0
    if options.json:
        print(report.to_json())
    else:
        _print_report(report, path, options)
    if nothing_usable:
        print(report.sentence, file=sys.stderr)
        return USER_MISTAKE
    return 0


def _mapping(options: argparse.Namespace) -> Mapping | None:
    if options.mapping is not None:
        mapping = load_mapping(options.mapping)
        if options.preset and mapping.preset not in (None, options.preset):
            raise ImportRefused(f"--preset {options.preset} contradicts {options.mapping}: leave one of them out.")
        return mapping
    if options.preset:
        return fitted_preset(options.preset, open_source(options.orders).columns)
    return None


def _print_report(report: ImportReport, path: Path, options: argparse.Namespace) -> None:
    print(report.sentence)
    if report.accepted:
        print(
            f"{report.orders:,} orders and {report.refunds:,} refunds of {report.customers:,} customers bring "
            f"{report.revenue:,.2f} {report.currency}."
        )
    for reason, count in report.reasons[:10]:
        print(f"  {count:>9,}  {reason}")
    for reject in report.samples[:5]:
        print(f"  line {reject.line}, {reject.column or 'the whole row'}: {reject.reason}")
    if report.rejected and options.rejects is None:
        print("To see every rejected row: --rejects FILE.csv")
    print("Next: the same without --dry-run" if options.dry_run else f"{NEXT}   (database: {path})")


def _progress(options: argparse.Namespace) -> Callable[[float, str], None] | None:
    if options.json or not sys.stderr.isatty():
        return None
    return lambda share, doing: print(f"\r{share:4.0%}  {doing:<40}", end="", file=sys.stderr, flush=True)


def _end_progress_line() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
