"""Every staged row as typed values, with the first thing that is wrong with it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from warehouse.mapping import Mapping
from warehouse.moments import read_moments, sql

EARLIEST_DAY = date(1990, 1, 1)
"""Nothing was sold over the web before; earlier days are clocks that were never set."""

LARGEST_AMOUNT = 1e12
"""More than this is no amount of one row in any currency."""

LONGEST_ID = 200
LONGEST_TEXT = 300
LONGEST_PRODUCT = 1_000

UNPAID_STATUSES = ("pending", "authorized", "expired", "unpaid")
"""A cancelled order with one of these was never paid, and so never an order."""

DIMENSION_FIELDS = ("category", "channel", "payment_method", "segment", "region", "age_group", "line_category")


def validate(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    *,
    currency: str,
    time_zone: str,
    now: datetime | None = None,
) -> None:
    """Make the table ``typed`` from ``source``: the same rows, typed, each with ``problem`` and ``problem_column``.

    A row without a problem can be stored. An optional value that is absent is just missing; one that is there and
    wrong rejects its row, because dropping it silently would hide it.
    """
    today = (now or datetime.now(UTC)).astimezone(ZoneInfo(time_zone)).date()
    read_moments(connection, mapping, time_zone)
    problems = "\n".join(
        f"WHEN {condition} THEN {{'column': {sql(column) if column else 'NULL'}, 'reason': {reason}}}"
        for condition, column, reason in _problems(mapping, currency, today)
    )
    connection.execute(f"""
        CREATE OR REPLACE TABLE typed AS
        WITH amounts AS (
            SELECT source.* EXCLUDE (raw, revenue, quantity, unit_price, unit_cost, refunded_amount),
                source.revenue AS revenue_text, source.quantity AS quantity_text,
                source.unit_price AS unit_price_text, source.unit_cost AS unit_cost_text,
                source.refunded_amount AS refund_text,
                number(source.revenue, {_mark(mapping)}) AS amount,
                number(source.quantity, {_mark(mapping)}) AS quantity,
                number(source.unit_price, {_mark(mapping)}) AS unit_price,
                number(source.unit_cost, {_mark(mapping)}) AS unit_cost,
                number(source.refunded_amount, {_mark(mapping)}) AS refund,
                ordered.day AS day, ordered.minute AS minute, fulfilled.day AS fulfilled_day,
                whole(source.satisfaction_score) AS score,
                {_follows(mapping)} AS follows
            FROM source
            LEFT JOIN moments AS ordered ON ordered.text = source.date
            LEFT JOIN moments AS fulfilled ON fulfilled.text = source.fulfilled_date),
        rows AS (
            SELECT * EXCLUDE (delivery_days), delivery_days AS delivery_text,
                {_revenue(mapping)} + 0.0 AS revenue,
                coalesce(whole(delivery_days), fulfilled_day - day) AS delivery_days
            FROM amounts)
        SELECT * EXCLUDE (revenue_text, quantity_text, unit_price_text, unit_cost_text, refund_text, delivery_text,
                date, fulfilled_date, fulfilled_day, satisfaction_score, fault, amount, currency_column, cancelled_at),
            CASE {problems} END AS problem
        FROM rows""")


def _mark(mapping: Mapping) -> str:
    return sql(mapping.decimal_mark or ".")


def _follows(mapping: Mapping) -> str:
    """Whether a row only adds an article to the order above it."""
    if mapping.layout != "orders_with_lines":
        return "FALSE"
    return "source.order_id IS NOT NULL AND source.date IS NULL AND source.revenue IS NULL AND source.status IS NULL"


def _revenue(mapping: Mapping) -> str:
    """A row's own revenue: the amount where the file has one, else quantity × unit price; of refunds negative."""
    amount = "CASE WHEN follows THEN 0 ELSE amount END" if mapping.revenue else "quantity * unit_price"
    if not mapping.refund_statuses:
        return amount
    return f"CASE WHEN lower(status) IN ({_words(mapping.refund_statuses)}) THEN -abs({amount}) ELSE {amount} END"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(sql(word) for word in words)


def _shown(value: str) -> str:
    """SQL for a value quoted in a reason; only what consists of digits and marks, since text may name a person."""
    harmless = r"[\d\s.,:;/+()%eE\p{Sc}-]{1,30}"
    return f"CASE WHEN regexp_full_match({value}, '{harmless}') THEN ': ' || {value} ELSE '' END"


def _problems(mapping: Mapping, currency: str, today: date) -> list[tuple[str, str | None, str]]:
    """When a row is rejected: the condition, the column to blame, and the reason, as SQL; the first one counts."""
    columns = mapping.columns()
    texts = ", ".join(name for name in ("order_id", "customer", *DIMENSION_FIELDS, "product", "product_id"))
    found = [
        ("fault IS NOT NULL", None, "fault"),
        (f"contains(concat_ws('', {texts}), chr(0))", None, "'the row contains NUL bytes'"),
    ]
    if mapping.free_guest_lines_are_corrections:
        reason = "'a line without customer and price corrects the stock and is no sale'"
        found.append(("customer IS NULL AND unit_price = 0", columns.get("unit_price"), reason))
    found += _identity_problems(mapping, columns, today)
    found += _amount_problems(mapping, columns)
    found += _status_problems(mapping, columns, currency)
    found += _optional_problems(columns)
    return found


def _identity_problems(mapping: Mapping, columns: dict[str, str], today: date) -> list[tuple[str, str | None, str]]:
    id_column, date_column = columns.get("order_id"), columns.get("date")
    too_early = f"'the date lies before {EARLIEST_DAY.year}' || {_shown('date')}"
    missing = [] if mapping.lost_order_ids else [("order_id IS NULL", id_column, "'the order id is missing'")]
    return [
        *missing,
        (f"length(order_id) > {LONGEST_ID}", id_column, f"'the order id is longer than {LONGEST_ID} characters'"),
        ("NOT follows AND date IS NULL", date_column, "'the date is missing'"),
        ("NOT follows AND day IS NULL", date_column, "'not a date' || " + _shown("date")),
        (f"day < DATE '{EARLIEST_DAY}'", date_column, too_early),
        (
            f"day > DATE '{today + timedelta(days=1)}'",
            date_column,
            f"'the date lies in the future' || {_shown('date')}",
        ),
    ]


def _amount_problems(mapping: Mapping, columns: dict[str, str]) -> list[tuple[str, str | None, str]]:
    found = []
    required = ("revenue",) if mapping.revenue else ("quantity", "unit_price")
    for name, value, words in (
        ("revenue", "amount", "revenue"),
        ("quantity", "quantity", "quantity"),
        ("unit_price", "unit_price", "unit price"),
        ("unit_cost", "unit_cost", "unit cost"),
        ("refunded_amount", "refund", "refunded amount"),
    ):
        text = "refund_text" if name == "refunded_amount" else f"{name}_text"
        column = columns.get(name)
        if name in required:
            found.append((f"NOT follows AND {text} IS NULL", column, f"'the {words} is missing'"))
        wrong = f"{text} IS NOT NULL AND ({value} IS NULL OR NOT isfinite({value}))"
        found.append((wrong, column, f"'the {words} is not a number' || {_shown(text)}"))
        found.append((f"abs({value}) >= {LARGEST_AMOUNT}", column, f"'the {words} is absurdly large'"))
    found.append((f"abs(revenue) >= {LARGEST_AMOUNT}", columns.get("quantity"), "'the revenue is absurdly large'"))
    return found


def _status_problems(mapping: Mapping, columns: dict[str, str], currency: str) -> list[tuple[str, str | None, str]]:
    found = []
    if mapping.not_orders:
        stopped = f"lower(status) IN ({_words(mapping.not_orders)})"
        found.append((stopped, columns.get("status"), "'the status is ' || lower(status) || ', so this is no order'"))
    if mapping.cancelled_at:
        unpaid = f"cancelled_at IS NOT NULL AND coalesce(lower(status), 'unpaid') IN ({_words(UNPAID_STATUSES)})"
        found.append((f"NOT follows AND {unpaid}", columns["cancelled_at"], "'cancelled before it was paid'"))
    if mapping.currency_column:
        other = f"NOT follows AND upper(currency_column) <> {sql(currency)}"
        reason = f"'the amount is not in the shop''s currency, {currency}'"
        found.append((other, columns["currency_column"], reason))
    return found


def _optional_problems(columns: dict[str, str]) -> list[tuple[str, str | None, str]]:
    delivery = columns.get("delivery_days") or columns.get("fulfilled_date")
    found = [
        (
            "satisfaction_score IS NOT NULL AND (score IS NULL OR score NOT BETWEEN 1 AND 5)",
            columns.get("satisfaction_score"),
            "'the score is not a whole number from 1 to 5' || " + _shown("satisfaction_score"),
        ),
        (
            "fulfilled_date IS NOT NULL AND fulfilled_day IS NULL",
            columns.get("fulfilled_date"),
            "'not a date' || " + _shown("fulfilled_date"),
        ),
        (
            "delivery_text IS NOT NULL AND whole(delivery_text) IS NULL",
            delivery,
            "'the delivery days are not a whole number' || " + _shown("delivery_text"),
        ),
        ("delivery_days < 0", delivery, "'the delivery days are negative'"),
        ("delivery_days > 3650", delivery, "'the delivery took more than ten years'"),
        (f"length(customer) > {LONGEST_ID}", columns.get("customer"), "'the customer is too long a text'"),
    ]
    longest = dict.fromkeys(DIMENSION_FIELDS, LONGEST_TEXT) | dict.fromkeys(("product", "product_id"), LONGEST_PRODUCT)
    for name, limit in longest.items():
        found.append((f"length({name}) > {limit}", columns.get(name), f"'the text is longer than {limit} characters'"))
    return [problem for problem in found if problem[1] is not None]
