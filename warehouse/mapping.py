"""Which column of a file means what, and how its values are written."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

import tomli_w

from warehouse.errors import ImportRefused

Layout = Literal["orders", "lines", "orders_with_lines"]

COLUMN_FIELDS = (
    *("order_id", "date", "customer", "revenue", "quantity", "unit_price", "category", "channel", "payment_method"),
    *("delivery_days", "fulfilled_date", "satisfaction_score", "segment", "region", "age_group", "product_id"),
    *("product", "line_category", "unit_cost", "currency_column", "status", "refunded_amount", "cancelled_at"),
)
"""The fields of a mapping that name a column of the file."""


@dataclass(frozen=True)
class Mapping:
    """What the columns of a file mean. A field that is None is absent from the file, or told by the data.

    ``layout`` says what a row is: ``orders``, one order; ``lines``, one article of an order whose revenue is the sum
    of its lines' quantity × unit price (or of their ``revenue``); ``orders_with_lines``, one article of an order
    whose own values stand on its first row only.
    """

    order_id: str | None = None
    date: str | None = None
    customer: str | None = None
    revenue: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    category: str | None = None
    channel: str | None = None
    payment_method: str | None = None
    delivery_days: str | None = None
    fulfilled_date: str | None = None
    satisfaction_score: str | None = None
    segment: str | None = None
    region: str | None = None
    age_group: str | None = None
    product_id: str | None = None
    product: str | None = None
    line_category: str | None = None
    unit_cost: str | None = None
    currency_column: str | None = None
    status: str | None = None
    refunded_amount: str | None = None
    cancelled_at: str | None = None

    preset: str | None = None
    layout: Layout = "orders"
    day_first: bool | None = None
    decimal_mark: Literal[".", ","] | None = None
    date_format: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    not_orders: tuple[str, ...] = ()
    """Statuses whose rows are no orders, such as voided; they are rejected with that reason."""
    refund_statuses: tuple[str, ...] = ()
    """Statuses whose rows are refunds even where the amount is written without a minus sign."""
    lost_order_ids: bool = False
    """Whether an order without id is recognised by its customer and minute."""
    free_guest_lines_are_corrections: bool = False
    """Whether a line without customer and price is a correction of the stock, not a sale."""

    def __post_init__(self):
        if self.layout not in ("orders", "lines", "orders_with_lines"):
            raise ValueError(f"layout: expected orders, lines or orders_with_lines, got {self.layout!r}")
        if self.decimal_mark not in (None, ".", ","):
            raise ValueError(f"decimal_mark: expected '.' or ',', got {self.decimal_mark!r}")

    def columns(self) -> dict[str, str]:
        """Field → column of the file, for the fields that the file has."""
        return {name: column for name in COLUMN_FIELDS if (column := getattr(self, name)) is not None}


@dataclass(frozen=True)
class Need:
    """Something that the file alone cannot tell: the mapping's key, the question, and the possible answers."""

    key: str
    question: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """A mapping made from the names of columns, and what it still lacks."""

    mapping: Mapping
    needs: tuple[Need, ...] = field(default=())


SYNONYMS: dict[str, str] = {
    "order_id": "order id|order|order number|order no|order nr|ordernumber|transaction id|transaction|transaction no|"
    "invoice|invoice no|invoice number|invoice id|receipt|receipt no|bestellnummer|bestellung|auftragsnummer|"
    "rechnungsnummer|numero de commande|commande|pedido|numero de pedido|order name|id",
    "date": "date|order date|orderdate|created at|invoice date|invoicedate|purchase date|transaction date|"
    "order timestamp|timestamp|datetime|order time|ordered at|ordered on|paid at|datum|bestelldatum|date de commande|"
    "fecha|day",
    "customer": "customer id|customer|customerid|customer no|customer number|client id|client|user id|user|buyer|"
    "buyer id|email|e mail|customer email|customer name|kundennummer|kunde|kunden id|cliente|member id|account id",
    "revenue": "revenue|total|order total|amount|total amount|net sales|grand total|sales|order value|net revenue|"
    "total price|gesamtbetrag|betrag|umsatz|gesamt|montant|importe|order amount|value|net amount|dollars",
    "quantity": "quantity|qty|lineitem quantity|menge|anzahl|units|quantite|cantidad|item quantity",
    "unit_price": "unit price|price|unitprice|lineitem price|item price|einzelpreis|preis|prix|precio",
    "category": "category|product category|order category|kategorie|categorie|categoria|department",
    "channel": "channel|source|sales channel|marketing channel|utm source|attribution|kanal|canal",
    "payment_method": "payment method|payment|payment type|paymentmethod|zahlungsart|zahlung|gateway|pay method",
    "delivery_days": "delivery days|delivery time|shipping days|days to deliver|delivery time days|"
    "lieferzeit|liefertage",
    "fulfilled_date": "fulfilled at|delivered at|delivery date|shipped at|ship date|shipping date|delivered on|"
    "lieferdatum|completed at",
    "satisfaction_score": "satisfaction score|satisfaction|score|rating|review score|stars|csat|bewertung|"
    "zufriedenheit",
    "segment": "segment|customer segment|customer type|tier|kundensegment",
    "region": "region|country|state|province|shipping country|billing country|customer region|land|pays|pais|"
    "bundesland|area|market",
    "age_group": "age group|age|age band|age range|altersgruppe",
    "product_id": "product id|sku|stockcode|stock code|lineitem sku|item id|article number|artikelnummer|asin",
    "product": "product|product name|description|item|item name|lineitem name|article|artikel|produkt|produit|producto",
    "line_category": "line category|item category",
    "unit_cost": "unit cost|cost|cogs|cost price|einkaufspreis",
    "currency_column": "currency|currency code|waehrung|wahrung|devise|moneda",
    "status": "status|order status|financial status|payment status",
    "refunded_amount": "refunded amount|refund amount|refunded",
}
"""For each field, names under which its column appears, best first; spelling, case and marks do not matter."""


def plain_name(column: str) -> str:
    """A column's name without case, accents, marks and camel case.

    >>> plain_name("OrderDate"), plain_name("Order-ID"), plain_name("Währung")
    ('order date', 'order id', 'wahrung')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    letters = spaced.lower().translate(str.maketrans("äöüéèêáàâíóúñç", "aoueeeaaaiounc")).replace("ß", "ss")
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def guess_mapping(columns: Sequence[str], sample: Sequence[Sequence[str | None]] = ()) -> Guess:
    """The mapping that the names of the columns suggest: a known shop system's, else by synonyms.

    Parameters
    ----------
    columns : the file's columns in order.
    sample : some rows; the order id repeating with articles in the rows tells that a row is a line of an order.

    Returns
    -------
    The mapping, and a Need for each indispensable column that was not found.
    """
    from warehouse.presets import recognised_preset

    preset = recognised_preset(columns)
    mapping = preset or _by_synonyms(columns)
    if preset is None and _rows_are_lines(mapping, columns, sample):
        mapping = replace(mapping, layout="lines")
    return Guess(mapping, missing_columns(mapping))


def _by_synonyms(columns: Sequence[str]) -> Mapping:
    names = {plain_name(column): column for column in reversed(columns)}
    names |= {plain_name(column).replace(" ", ""): column for column in reversed(columns)}
    chosen: dict[str, str] = {}
    for target, synonyms in SYNONYMS.items():
        for synonym in synonyms.split("|"):
            column = names.get(synonym) or names.get(synonym.replace(" ", ""))
            if column is not None and column not in chosen.values():
                chosen[target] = column
                break
    return Mapping(**chosen)


def _rows_are_lines(mapping: Mapping, columns: Sequence[str], sample: Sequence[Sequence[str | None]]) -> bool:
    if mapping.revenue is None and mapping.quantity and mapping.unit_price:
        return True
    if mapping.order_id is None or not (mapping.product or mapping.product_id):
        return False
    place = list(columns).index(mapping.order_id)
    article = list(columns).index(mapping.product_id or mapping.product)
    seen: dict[str | None, str | None] = {}
    return any(seen.setdefault(row[place], row[article]) != row[article] for row in sample if row[place])


def missing_columns(mapping: Mapping) -> tuple[Need, ...]:
    """The indispensable columns that a mapping does not name."""
    needs = []
    if mapping.order_id is None:
        needs.append(Need("order_id", "Which column holds the order's number?"))
    if mapping.date is None:
        needs.append(Need("date", "Which column holds the date of the order?"))
    if mapping.revenue is None and not (mapping.quantity and mapping.unit_price):
        needs.append(Need("revenue", "Which column holds what the order brought in?"))
    return tuple(needs)


def check_columns(mapping: Mapping, columns: Sequence[str]) -> None:
    """Refuse a mapping that names a column the file does not have."""
    for target, column in mapping.columns().items():
        if column not in columns:
            raise ImportRefused(
                f"The mapping says that {target} is in the column {column!r}, which the file lacks; "
                f"it has {', '.join(map(repr, list(columns)[:20]))}."
            )


def load_mapping(path: Path) -> Mapping:
    """A mapping saved as TOML; its ``preset`` key, if any, fills in what the file does not say."""
    from warehouse.presets import preset_mapping

    try:
        stated = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImportRefused(f"The mapping {path} cannot be read ({error}): correct it and try again.") from error
    unknown = [key for key in stated if key not in {field.name for field in fields(Mapping)}]
    if unknown:
        known = ", ".join(field.name for field in fields(Mapping))
        raise ImportRefused(f"The mapping {path} has the unknown key {unknown[0]!r}; the keys are {known}.")
    for key, value in stated.items():
        expected = type_of_key(key)
        if not isinstance(value, expected):
            raise ImportRefused(f"The mapping {path} has {key} = {value!r}, where a {expected.__name__} is expected.")
    stated = {key: tuple(value) if isinstance(value, list) else value for key, value in stated.items()}
    try:
        base = preset_mapping(stated["preset"]) if stated.get("preset") else Mapping()
        return replace(base, **stated)
    except ValueError as error:
        raise ImportRefused(f"The mapping {path} cannot be used: {error}.") from error


def type_of_key(key: str) -> type:
    """The TOML type of a mapping's key."""
    if key in ("day_first", "lost_order_ids", "free_guest_lines_are_corrections"):
        return bool
    return list if key in ("not_orders", "refund_statuses") else str


def mapping_text(mapping: Mapping) -> str:
    """A mapping as TOML, the form in which it is saved and recorded with each import."""
    stated = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(mapping).items()}
    return tomli_w.dumps({key: value for key, value in stated.items() if value is not None})


def save_mapping(mapping: Mapping, path: Path) -> None:
    """Save a mapping for the next file of the same kind."""
    Path(path).write_text(mapping_text(mapping), encoding="utf-8")
