"""The tables, constraints and indexes of the store, as one script.

SQLite holds the truth: every rule that a row must obey stands here as a constraint,
so that no code path, present or future, can store what the analyses could not read.
Days are ISO 8601 text in the shop's local calendar. Money is in the shop's currency.
Refunds and cancellations are rows with negative revenue; rows with ``revenue >= 0`` are orders.
"""

SCHEMA_VERSION = 1
"""Raised when a table changes shape; kept in SQLite's ``user_version``."""

APPLICATION_ID = 0x53484F50
"""Marks a file as ours (``PRAGMA application_id``), so that a foreign database is never overwritten."""

DIMENSIONS = ("region", "segment", "category", "channel", "payment_method", "age_group")
"""The columns of ``transactions`` that a visitor may filter and break down by."""

TABLES = """
CREATE TABLE customers (
    customer_id           TEXT PRIMARY KEY CHECK (length(customer_id) > 0),
    segment               TEXT,
    region                TEXT,
    acquisition_date      TEXT CHECK (acquisition_date IS date(acquisition_date, '+0 days')),
    age_group             TEXT,
    last_purchase_date    TEXT CHECK (last_purchase_date IS date(last_purchase_date, '+0 days')),
    days_since_purchase   INTEGER,
    is_churned            BOOLEAN CHECK (is_churned IN (0, 1)),
    first_purchase_date   TEXT CHECK (first_purchase_date IS date(first_purchase_date, '+0 days')),
    first_transaction_id  TEXT,
    order_count           INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE transactions (
    transaction_id      TEXT NOT NULL PRIMARY KEY CHECK (length(transaction_id) > 0),
    customer_id         TEXT REFERENCES customers (customer_id),
    date                TEXT NOT NULL CHECK (date IS date(date, '+0 days')),
    revenue             REAL NOT NULL CHECK (typeof(revenue) = 'real' AND abs(revenue) < 1e15),
    category            TEXT,
    channel             TEXT,
    payment_method      TEXT,
    delivery_days       INTEGER CHECK (delivery_days BETWEEN 0 AND 3650),
    satisfaction_score  INTEGER CHECK (satisfaction_score BETWEEN 1 AND 5),
    segment             TEXT,
    region              TEXT,
    age_group           TEXT,
    order_minute        INTEGER CHECK (order_minute BETWEEN 0 AND 1439),
    import_id           INTEGER REFERENCES imports (id)
);

CREATE TABLE order_lines (
    transaction_id  TEXT NOT NULL REFERENCES transactions (transaction_id),
    line            INTEGER NOT NULL,
    product_id      TEXT,
    product         TEXT,
    category        TEXT,
    quantity        REAL NOT NULL,
    unit_price      REAL NOT NULL,
    unit_cost       REAL,
    PRIMARY KEY (transaction_id, line)
) WITHOUT ROWID;

CREATE TABLE marketing_spend (
    date     TEXT NOT NULL CHECK (date IS date(date, '+0 days')),
    channel  TEXT NOT NULL,
    spend    REAL NOT NULL CHECK (spend >= 0),
    PRIMARY KEY (date, channel)
) WITHOUT ROWID;

CREATE TABLE campaign_contacts (
    campaign      TEXT NOT NULL,
    customer_id   TEXT NOT NULL REFERENCES customers (customer_id),
    contacted_on  TEXT NOT NULL CHECK (contacted_on IS date(contacted_on, '+0 days')),
    treated       INTEGER NOT NULL CHECK (treated IN (0, 1)),
    offer         TEXT,
    cost          REAL CHECK (cost >= 0),
    PRIMARY KEY (campaign, customer_id)
) WITHOUT ROWID;

CREATE TABLE events (
    start_date  TEXT NOT NULL CHECK (start_date IS date(start_date, '+0 days')),
    end_date    TEXT NOT NULL CHECK (end_date IS date(end_date, '+0 days')),
    label       TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('holiday', 'promotion', 'outage', 'price change', 'other')),
    CHECK (end_date >= start_date),
    PRIMARY KEY (start_date, end_date, label)
) WITHOUT ROWID;

CREATE TABLE imports (
    id              INTEGER PRIMARY KEY,
    source_name     TEXT NOT NULL,
    content_hash    TEXT NOT NULL,
    rows_read       INTEGER NOT NULL,
    rows_accepted   INTEGER NOT NULL,
    rows_rejected   INTEGER NOT NULL,
    rows_duplicate  INTEGER NOT NULL,
    mapping         TEXT NOT NULL,
    imported_at     TEXT NOT NULL,
    CHECK (rows_read = rows_accepted + rows_rejected + rows_duplicate)
);

CREATE TABLE rejected_rows (
    import_id    INTEGER NOT NULL REFERENCES imports (id),
    source_file  TEXT NOT NULL,
    line_number  INTEGER,
    raw_text     TEXT NOT NULL,
    column_name  TEXT,
    reason       TEXT NOT NULL,
    imported_at  TEXT NOT NULL
);

CREATE TABLE settings (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) WITHOUT ROWID;
"""
"""``settings`` holds the shop's own facts and the store's bookkeeping.

Shop: ``shop_name``, ``currency`` (ISO 4217), ``time_zone`` (IANA), ``week_start`` (``monday``/``sunday``),
``gross_margin`` (share 0-1; absent until the shop states it), ``is_demo`` (``0``/``1``), ``churn_days`` (days without
an order that count as churned).
Store: ``store_id`` (random per build), ``version`` (integer, +1 with every committed write), ``token`` (random per
committed write: a backup put back and written to reaches the same version with other contents, never the same token),
``lineage`` (``version-token`` of the states since rows of ``transactions`` or ``order_lines`` were last changed
otherwise than by appending, separated by spaces, the present one last, the oldest forgotten beyond a hundred; the
derived columns of ``customers`` may change with every version),
``rows`` (``version-token`` of the state since which nothing but settings was written, and nothing that follows from
them; absent until the first write after a build),
``last_complete_day`` (ISO day; "today" for every analysis; absent while there are no orders).
"""

INDEXES = """
CREATE INDEX idx_trans_date ON transactions (date);
CREATE INDEX idx_trans_cust ON transactions (customer_id, date, order_minute, revenue);
CREATE INDEX idx_cust_id ON customers (customer_id);
CREATE INDEX idx_trans_import ON transactions (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX idx_rejected_import ON rejected_rows (import_id);
"""
"""Built after a bulk load: an index built once over sorted rows costs a third of one kept up row by row.

``idx_trans_cust`` holds all that a customer's purchases are counted from, so that counting reads the index alone.
"""
