"""Personal data stop at the door: customers become keyed hashes, and rejected rows are kept without them."""

import csv
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from warehouse.errors import StoreError, explained
from warehouse.mapping import Mapping, plain_name
from warehouse.sources import Source
from warehouse.tabular import as_csv_line

KEY_BYTES = 32

HASH_CHARACTERS = 24
"""96 bits of the hash: two of a hundred million customers share one with a chance of 1 in 10¹³."""

MASK = "•••"

PERSONAL_NAME = re.compile(
    r"\b(e ?mail|mail|phone|mobile|telephone|telefon|tel|fax|name|first ?name|last ?name|surname|vorname|nachname|"
    r"address|address ?[12]|street|strasse|adresse|zip|postcode|postal code|plz|birthday|birth ?date|date of birth|"
    r"ip|ip address|notes?|note attributes)\b"
)
"""Columns whose name says that they hold a person's data, in the words of ``plain_name``."""

NOT_PERSONAL_NAME = re.compile(r"\b(item|lineitem|line ?item|product|shop|store|campaign|company|discount|event)\b")
"""Words that make a column with "name" in it the name of a thing."""

EMAIL = re.compile(r"[^\s,;|\"'<>]+@[^\s,;|\"'<>]+")

IMPERSONAL_ID = re.compile(r"(?=[^\d]*\d)[A-Za-z0-9][A-Za-z0-9._#/-]{0,63}")
"""An id that may stay as it is: letters, digits and marks in one word, with at least one digit and no @."""


def is_personal_column(column: str) -> bool:
    """Whether a column's name says that it holds names, addresses or ways to reach a person.

    >>> is_personal_column("Billing Address1"), is_personal_column("Lineitem name"), is_personal_column("Customer ID")
    (True, False, False)
    """
    name = plain_name(column)
    return bool(PERSONAL_NAME.search(name)) and not NOT_PERSONAL_NAME.search(name)


def customer_key(database: Path, *, create: bool = True) -> bytes:
    """The secret that makes customers' hashes this shop's own, kept beside its database and readable by its owner only.

    Losing it means that later imports take known customers for new ones. With ``create=False`` a missing key is
    replaced by a random one that is not kept, which is enough to count customers.
    """
    path = Path(database).with_name("customer_hash.key")
    with explained(path):
        if not path.exists():
            key = secrets.token_bytes(KEY_BYTES)
            if not create:
                return key
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_once(path, key.hex())
        with suppress(ValueError):
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
            if len(key) == KEY_BYTES:
                return key
    raise StoreError(f"{path} is damaged: put back its backup, or remove it and import all orders again.")


def _write_once(path: Path, text: str) -> None:
    """Write a file that only its owner may read; of two who try at once the first one wins, and both read his."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def customer_id(text: str, key: bytes, *, personal_column: bool) -> str:
    """The id under which a customer is stored: an impersonal id as it is, anything else as a keyed hash.

    Spelling does not divide customers: case and surrounding blanks of what is hashed do not count.

    >>> customer_id("C-1007", b"secret", personal_column=False)
    'C-1007'
    """
    if not personal_column and IMPERSONAL_ID.fullmatch(text):
        return text
    normal = " ".join(text.casefold().split())
    return "h-" + hmac.digest(key, normal.encode("utf-8"), hashlib.sha256).hex()[:HASH_CHARACTERS]


def masker(source: Source, mapping: Mapping) -> Callable[[str], str]:
    """A function that takes a rejected row's text and gives it back without personal data.

    Cells of columns that hold personal data are masked, and whatever looks like an e-mail address anywhere. In a row
    that cannot be divided into the header's fields any cell could be the one with the name, so there every cell with
    letters is masked, provided that the file has personal columns at all.
    """
    spared = {mapping.order_id, mapping.date, mapping.revenue, mapping.product, mapping.product_id}
    hidden = {column for column in source.columns if is_personal_column(column)} - spared
    delimiter = getattr(source, "delimiter", ",")

    def masked_cell(column: str, cell: object) -> object:
        if column in hidden:
            return MASK if cell not in (None, "") else cell
        if column == mapping.customer and isinstance(cell, str) and cell.strip():
            return cell if IMPERSONAL_ID.fullmatch(cell.strip()) else MASK
        return cell

    def mask(raw: str) -> str:
        if hidden or mapping.customer:
            if source.kind == "json":
                raw = _masked_object(raw, masked_cell)
            else:
                raw = _masked_line(raw, delimiter, source.columns, masked_cell)
        return EMAIL.sub(MASK, raw) if "@" in raw else raw

    return mask


def _masked_line(raw: str, delimiter: str, columns: Sequence[str], masked_cell: Callable[[str, object], object]) -> str:
    try:
        cells = next(csv.reader(raw.split("\n"), delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        cells = raw.split(delimiter)
    if len(cells) == len(columns):
        masked = [masked_cell(column, cell) for column, cell in zip(columns, cells, strict=True)]
    else:
        masked = [MASK if re.search(r"[^\W\d_]{2}", cell) else cell for cell in cells]
    return raw if masked == cells else as_csv_line(masked, delimiter)


def _masked_object(raw: str, masked_cell: Callable[[str, object], object]) -> str:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return re.sub(r"[^\W\d_]{2,}", MASK, raw)
    masked = {key: masked_cell(key, value) for key, value in fields.items()}
    return raw if masked == fields else json.dumps(masked, ensure_ascii=False)
