"""Addresses of views: pages of ours with their parameters, and nothing else."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.addresses import LONGEST, known_pages, link, own_address

HOSTILE = (
    "//evil.example/kpis",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http://evil.example/kpis",
    "javascript:alert(1)",
    " javascript:alert(1)",
    "/javascript:alert(1)",
    "data:text/html,x",
    "kpis",
    "",
    "/kpis/../../etc/passwd",
    "/kpis/",
    "/nowhere",
    "/overview",
    "/%6bpis",
    "/export/orders.csv",
    "/\tkpis@evil.example",
    "/@evil.example",
)


@pytest.mark.parametrize("written", HOSTILE)
def test_an_address_of_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="does not lead to a page"):
        own_address(written)


@pytest.mark.parametrize("page", sorted(known_pages()))
def test_every_page_can_be_a_view(page):
    assert own_address(f"/{page}?region=North&days=2026-10-01&days=2026-10-31") == (
        f"/{page}?region=North&days=2026-10-01&days=2026-10-31"
    )
    assert link(f"/{page}") == f"./{page}"


def test_the_start_page_is_the_overview():
    assert {"", "kpis", "data"} <= known_pages()
    assert own_address("/") == "/"


def test_what_stands_behind_a_hash_is_left_out():
    assert own_address("/kpis?region=North#<script>") == "/kpis?region=North"


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6), st.text(max_size=40))
def test_parameters_survive_and_cannot_leave_the_query(pairs, raw):
    from urllib.parse import urlencode

    address = own_address(f"/kpis?{urlencode(pairs)}")
    assert parse_qsl(urlsplit(address).query, keep_blank_values=True) == pairs
    assert not set(address) & set("\"'<> \n\r\t")
    try:
        odd = own_address(f"/kpis?{raw}")
    except ValueError:
        return
    assert urlsplit(odd).path == "/kpis"
    assert not set(odd) & set("\"'<> \n\r\t#")


def test_an_address_has_an_end():
    with pytest.raises(ValueError, match="longer than"):
        own_address("/kpis?region=" + "x" * LONGEST)
