"""What a shop may say about itself, checked before it is stored."""

import re
import secrets
import sqlite3
from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

DEFAULTS = {
    "shop_name": "My shop",
    "currency": "EUR",
    "time_zone": "UTC",
    "week_start": "monday",
    "churn_days": "90",
    "is_demo": "0",
}
"""What holds until the shop says otherwise; what its orders earn (``gross_margin``) only the shop can say."""

_known_time_zones = cache(available_timezones)


def _is_share(value: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d+)?", value)) and 0 <= float(value) <= 1


RULES: dict[str, tuple[Callable[[str], bool], str]] = {
    "shop_name": (lambda value: 0 < len(value.strip()) <= 200, "a text of 1 to 200 characters"),
    "currency": (lambda value: bool(re.fullmatch("[A-Z]{3}", value)), "a currency code of three letters such as EUR"),
    "time_zone": (lambda value: value in _known_time_zones(), "a time zone such as Europe/Berlin"),
    "week_start": (lambda value: value in ("monday", "sunday"), "monday or sunday"),
    "gross_margin": (_is_share, "a share between 0 and 1"),
    "churn_days": (lambda value: bool(re.fullmatch(r"[1-9]\d{0,3}", value)), "a whole number of days from 1 to 9999"),
    "is_demo": (lambda value: value in ("0", "1"), "0 or 1"),
}
"""For each setting of the shop: when a value is allowed, and the words for what is."""


def checked_settings(values: dict[str, object]) -> dict[str, str]:
    """The values as they are stored; a ValueError names the first one that is unknown or not allowed."""
    stored = {key: str(value) for key, value in values.items()}
    for key, value in stored.items():
        if key not in RULES:
            raise ValueError(f"setting: expected one of {', '.join(RULES)}, got {key!r}")
        allowed, expected = RULES[key]
        if not allowed(value):
            raise ValueError(f"{key}: expected {expected}, got {value!r}")
    return stored


def put_settings(connection: sqlite3.Connection, values: dict[str, str]) -> None:
    """Store values as they are, inside the caller's transaction; those that stay the same are not written."""
    connection.executemany(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value "
        "WHERE value <> excluded.value",
        values.items(),
    )


def new_token() -> str:
    """A random text that tells one state of a store from any other, whatever its version number."""
    return secrets.token_hex(6)


def get_settings(connection: sqlite3.Connection) -> dict[str, str]:
    """All settings, inside the caller's transaction."""
    return dict(connection.execute("SELECT key, value FROM settings"))
