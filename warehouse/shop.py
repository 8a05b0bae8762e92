"""What an import takes over from the shop that is stored already, and what it must agree with."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.connection import reading, settings
from warehouse.errors import ImportRefused, StoreError
from warehouse.mapping import Mapping
from warehouse.replacing import holds_own_orders
from warehouse.settings import DEFAULTS, RULES, checked_settings


def shop_facts(database: Path, *, adding: bool, overwrite_foreign: bool = False) -> dict[str, str]:
    """The settings of the shop that hold on: the stored shop's own, or none where there is only the demo.

    Raises
    ------
    ImportRefused
        When orders would be added to the demo's.
    """
    try:
        own = holds_own_orders(database)
    except StoreError:
        if overwrite_foreign and not adding:
            return {}
        raise
    stored = settings(database) if own or adding else {}
    if adding and stored.get("is_demo") == "1":
        raise ImportRefused("The database holds the demo shop: leave out --append to put your orders in its place.")
    return {key: value for key, value in stored.items() if key in RULES and key != "is_demo"}


def with_shop_facts(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, shop: dict[str, str], *, adding: bool
) -> tuple[Mapping, bool]:
    """The mapping with currency and time zone: the stored shop's when adding, else those stated or found.

    Returns
    -------
    The mapping, and whether its currency is an assumption: stated by nobody.
    """
    if adding:
        if mapping.currency not in (None, shop["currency"]):
            raise ImportRefused(
                f"The file's amounts are in {mapping.currency}, the shop's in {shop['currency']}: convert them first, "
                "or leave out --append to start anew."
            )
        return replace(mapping, currency=shop["currency"], time_zone=shop["time_zone"]), False
    stated = mapping.currency or _usual_currency(connection) or shop.get("currency")
    currency = stated or DEFAULTS["currency"]
    time_zone = mapping.time_zone or shop.get("time_zone") or DEFAULTS["time_zone"]
    try:
        checked_settings({"currency": currency, "time_zone": time_zone})
    except ValueError as error:
        raise ImportRefused(f"The mapping cannot be used: {error}.") from error
    return replace(mapping, currency=currency, time_zone=time_zone), stated is None


def _usual_currency(connection: duckdb.DuckDBPyConnection) -> str | None:
    found = connection.execute(
        "SELECT upper(currency_column) FROM source WHERE regexp_full_match(currency_column, '[A-Za-z]{3}') "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchone()
    return found[0] if found else None


def imported_before(database: Path, fingerprint: str, mapping: str, *, adding: bool) -> bool:
    """Whether importing this file with this mapping would change nothing.

    True when its rows are in the store; and for a replacement, when the store holds nothing else.
    """
    if not (adding or holds_own_orders_safely(database)):
        return False
    with reading(database) as connection:
        imports = connection.execute("SELECT content_hash, mapping FROM imports").fetchall()
    return (fingerprint, mapping) in imports if adding else imports == [(fingerprint, mapping)]


def holds_own_orders_safely(database: Path) -> bool:
    """The same question where a damaged file is about to be replaced anyway."""
    try:
        return holds_own_orders(database)
    except StoreError:
        return False
