"""What columns mean: guessed from names in several languages, saved, loaded, refused."""

import pytest

from warehouse.errors import ImportRefused
from warehouse.mapping import Mapping, guess_mapping, load_mapping, save_mapping
from warehouse.presets import PRESETS


@pytest.mark.parametrize(
    "columns",
    [
        ("order_id", "order_date", "customer_id", "total"),
        ("OrderNumber", "OrderDate", "CustomerID", "GrandTotal"),
        ("Bestellnummer", "Bestelldatum", "Kundennummer", "Gesamtbetrag"),
        ("ORDER NO", "Created At", "e-mail", "Amount"),
        ("transaction_id", "date", "customer_id", "revenue"),
        ("Número de pedido", "Fecha", "Cliente", "Importe"),
    ],
)
def test_columns_are_recognised_in_many_spellings(columns):
    guess = guess_mapping(columns)
    assert guess.needs == ()
    mapping = guess.mapping
    assert (mapping.order_id, mapping.date, mapping.customer, mapping.revenue) == columns


def test_our_own_column_names_are_all_recognised():
    columns = (
        *("transaction_id", "customer_id", "date", "revenue", "category", "channel", "payment_method", "delivery_days"),
        *("satisfaction_score", "segment", "region", "age_group"),
    )
    assert set(guess_mapping(columns).mapping.columns().values()) == set(columns)


def test_what_is_missing_is_asked_for():
    assert [need.key for need in guess_mapping(["x", "y"]).needs] == ["order_id", "date", "revenue"]


def test_quantity_and_price_replace_a_total_and_tell_that_rows_are_lines():
    guess = guess_mapping(["invoice", "date", "qty", "price"])
    assert (guess.needs, guess.mapping.layout) == ((), "lines")


def test_an_order_id_that_repeats_with_other_articles_tells_that_rows_are_lines():
    columns = ["order id", "date", "total", "sku"]
    assert guess_mapping(columns, [("1", "d", "5", "a"), ("1", "d", "6", "b")]).mapping.layout == "lines"
    assert guess_mapping(columns, [("1", "d", "5", "a"), ("1", "d", "5", "a")]).mapping.layout == "orders"
    assert guess_mapping(columns[:3], [("1", "d", "5"), ("1", "d", "6")]).mapping.layout == "orders"


@pytest.mark.parametrize(
    "mapping", [Mapping(order_id='N"r', date="Tag", day_first=True, decimal_mark=","), *PRESETS.values()]
)
def test_a_saved_mapping_is_loaded_as_it_was(tmp_path, mapping):
    save_mapping(mapping, tmp_path / "mapping.toml")
    assert load_mapping(tmp_path / "mapping.toml") == mapping


def test_a_mapping_may_rest_on_a_preset(tmp_path):
    (tmp_path / "m.toml").write_text('preset = "online_retail"\ncurrency = "EUR"\n')
    mapping = load_mapping(tmp_path / "m.toml")
    assert (mapping.currency, mapping.order_id, mapping.layout) == ("EUR", "Invoice", "lines")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("order_id = ", "cannot be read"),
        ('orderid = "x"', "unknown key 'orderid'"),
        ("order_id = 5", "a str is expected"),
        ('day_first = "yes"', "a bool is expected"),
        ('layout = "rows"', "expected orders, lines or orders_with_lines"),
        ('decimal_mark = "x"', "decimal_mark"),
        ('preset = "ebay"', "preset: expected one of"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_in_a_sentence(tmp_path, text, words):
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(ImportRefused, match=words):
        load_mapping(tmp_path / "m.toml")


def test_a_missing_mapping_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")
