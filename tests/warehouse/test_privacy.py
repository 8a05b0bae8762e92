"""No person can be recognised in the database."""

import stat

import pytest

from warehouse.errors import StoreError
from warehouse.mapping import Mapping
from warehouse.privacy import MASK, customer_id, customer_key, is_personal_column, masker
from warehouse.sources import open_source

KEY = b"k" * 32


@pytest.mark.parametrize("text", ["C-1007", "13085", "cus_9s8d7f", "a1b2c3d4-0000-4000-8000-000000000000", "#77"[1:]])
def test_impersonal_ids_stay_as_they_are(text):
    assert customer_id(text, KEY, personal_column=False) == text


@pytest.mark.parametrize("text", ["ann@example.com", "Ann Lee", "Annabel", "ann7@example.com", "Lee, Ann 3"])
def test_what_may_name_a_person_becomes_a_hash(text):
    hashed = customer_id(text, KEY, personal_column=False)
    assert hashed.startswith("h-")
    assert len(hashed) == 26
    assert hashed != customer_id(text, b"another key", personal_column=False)


def test_in_a_personal_column_everything_is_hashed_and_spelling_does_not_count():
    assert customer_id("0170123456", KEY, personal_column=True).startswith("h-")
    assert customer_id(" Ann  LEE", KEY, personal_column=True) == customer_id("ann lee", KEY, personal_column=True)


@pytest.mark.parametrize(
    "column", ["Email", "e-mail", "Customer Name", "Phone", "Billing Address1", "Vorname", "Shipping Zip"]
)
def test_columns_with_personal_names_are_known(column):
    assert is_personal_column(column)


@pytest.mark.parametrize("column", ["Customer ID", "Lineitem name", "Product Name", "Region", "Total", "Shop name"])
def test_other_columns_are_not_personal(column):
    assert not is_personal_column(column)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    key = customer_key(tmp_path / "shop.db")
    file = tmp_path / "customer_hash.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert customer_key(tmp_path / "shop.db") == key
    assert [path.name for path in tmp_path.iterdir()] == ["customer_hash.key"]


def test_a_key_that_is_only_needed_to_count_is_not_kept(tmp_path):
    customer_key(tmp_path / "shop.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_key_is_not_replaced(tmp_path):
    (tmp_path / "customer_hash.key").write_text("something")
    with pytest.raises(StoreError, match="is damaged"):
        customer_key(tmp_path / "shop.db")


def mask_of(orders_file, header, mapping, name="orders.csv"):
    first = ",".join("x" for _ in header.split(","))
    if name.endswith("jsonl"):
        return masker(open_source(orders_file('{"a": 1, "Email": 2}', header="", name=name)), mapping)
    return masker(open_source(orders_file(first, header=header + "\n", name=name)), mapping)


def test_cells_of_personal_columns_are_masked(orders_file):
    mask = mask_of(orders_file, "Order ID,Email,Billing Name,Total", Mapping(order_id="Order ID", customer="Email"))
    assert mask('7,ann@x.de,"Lee, Ann",abc') == f"7,{MASK},{MASK},abc"
    assert mask("7,,,abc") == "7,,,abc"


def test_a_customer_column_keeps_impersonal_ids_only(orders_file):
    mask = mask_of(orders_file, "Order ID,Buyer,Total", Mapping(order_id="Order ID", customer="Buyer"))
    assert mask("7,C12,abc") == "7,C12,abc"
    assert mask("7,Ann Lee,abc") == f"7,{MASK},abc"


def test_in_a_row_that_is_out_of_step_every_text_is_masked(orders_file):
    mask = mask_of(orders_file, "Order ID,Email,Total", Mapping(order_id="Order ID", customer="Email"))
    assert mask("7,x,Ann Lee,5.00") == f"7,x,{MASK},5.00"
    assert mask('7,"Ann\rLee",5.00') == f"7,{MASK},5.00"


def test_what_looks_like_an_address_is_masked_anywhere(orders_file):
    mask = mask_of(orders_file, "a,b", Mapping())
    assert mask("call,ann@x.de!") == f"call,{MASK}"


def test_json_is_masked_by_key(orders_file):
    mask = mask_of(orders_file, "", Mapping(customer="Email"), name="orders.jsonl")
    assert mask('{"a": 1, "Email": "Ann"}') == f'{{"a": 1, "Email": "{MASK}"}}'
    assert "Ann" not in mask('{"a": 1, "Email": "Ann"')
    assert "Ann" not in mask('["Ann"]')
    assert mask('{"a": 1}') == '{"a": 1}'
