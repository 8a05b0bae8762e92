"""The store's door for the rest of the program: where the data are, which version, and how to change them."""

from warehouse.connection import connect, data_version, database_path, door, reading, rows_version_of, settings
from warehouse.customers import refresh_customers
from warehouse.errors import ImportRefused, StoreError
from warehouse.replacing import holds_own_orders, previous_path, replacing, restore_previous
from warehouse.writing import change_settings, writing

__all__ = [
    "ImportRefused",
    "StoreError",
    "change_settings",
    "connect",
    "data_version",
    "database_path",
    "door",
    "holds_own_orders",
    "previous_path",
    "reading",
    "refresh_customers",
    "replacing",
    "restore_previous",
    "rows_version_of",
    "settings",
    "writing",
]
