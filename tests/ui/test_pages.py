"""What holds for every page: it opens cold, on nothing, on a broken database, and keeps the filters."""

import shutil
import sqlite3
from collections.abc import Callable

import pytest
from screen import PAGES, charts, charts_alternative, plain_words, tiles, troubles, unescaped, words
from streamlit.testing.v1 import AppTest

from analytics.filters import CUSTOM_PERIOD
from ui import fits

ANALYTIC = [page for page in PAGES if not page.startswith("workspace/")]
WITH_TILES = [page for page in ANALYTIC if not page.startswith(("diagnostic/", "predictive/", "prescriptive/"))]
FILTERED = [page for page in ANALYTIC if page != "predictive/models.py"]
"""Pages whose figures are of the orders in view; that of models is of the models that there are."""
EVERYTHING_FILTERED = {
    "region": ["North"],
    "segment": ["Premium"],
    "category": ["Sports"],
    "channel": ["Store"],
    "payment_method": ["Cash on delivery"],
    "age_group": ["55+"],
}


@pytest.fixture
def visit(visit: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """A page as it stands once what it fits beside itself is there."""

    def settled(*page: str, **query: str | list[str]) -> AppTest:
        opened = visit(*page, **query)
        if not opened.get("progress"):
            return opened
        fits.wait_for_fits(60.0)
        return opened.run()

    return settled


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_cold_by_its_own_address(page, visit, demo_url):
    opened = visit(page)
    assert not opened.exception
    assert not troubles(opened)
    assert opened.title[0].value.endswith("?"), "the title of a page is a question"


@pytest.mark.parametrize("page", ANALYTIC)
def test_a_page_says_which_filters_its_numbers_rest_on(page, visit, demo_url):
    said = plain_words(visit(page, region=["North", "East"]))
    assert "North, East · all segments" in said


@pytest.mark.parametrize("page", FILTERED)
def test_every_chart_has_a_text_alternative(page, visit, demo_url):
    alternatives = charts_alternative(visit(page))
    assert alternatives
    assert all(len(text) > 15 for text in alternatives.values()), alternatives


@pytest.mark.parametrize("page", FILTERED)
def test_a_filter_that_matches_nothing_says_which_to_relax(page, visit, demo_url, demo_orders):
    matching = demo_orders[demo_orders["date"] > "2026-10-24"]
    for dimension, members in EVERYTHING_FILTERED.items():
        matching = matching[matching[dimension].isin(members)]
    assert matching.empty, "the demo shop has to lack this combination for the test to mean anything"
    opened = visit(page, period=CUSTOM_PERIOD, days=["2026-10-25", "2026-10-31"], **EVERYTHING_FILTERED)
    assert not opened.exception
    said = unescaped("\n".join(i.value for i in opened.info))
    assert "take one of these filters away" in said
    assert "North" in said
    assert "55+" in said


@pytest.mark.parametrize("page", PAGES)
def test_a_shop_without_orders_opens_and_says_what_to_do(page, visit, empty_database, use_database):
    use_database(empty_database)
    opened = visit(page)
    assert not opened.exception
    assert "Data page" in words(opened) or page == "workspace/data.py"
    assert not troubles(opened), "an empty shop is not an error"


def test_the_data_page_of_a_shop_without_orders_says_so_once_and_has_the_way_back(visit, empty_database, use_database):
    use_database(empty_database)
    opened = visit("workspace/data.py")
    assert unescaped(words(opened)).count("There are no orders yet") == 1
    assert "Back to demo data" in [button.label for button in opened.button]


def test_from_a_shop_without_orders_a_link_leads_to_the_data_page(visit, empty_database, use_database):
    use_database(empty_database)
    links = visit().get("page_link")
    assert "Data" in " ".join(link.proto.label for link in links)


@pytest.fixture(params=["noise", "cut in the middle", "foreign"])
def broken_database(request, tmp_path, demo_database):
    path = tmp_path / "broken.db"
    if request.param == "noise":
        path.write_bytes(b"not a database at all, " * 500)
    elif request.param == "cut in the middle":
        shutil.copy(demo_database, path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        with sqlite3.connect(path) as foreign:
            foreign.execute("CREATE TABLE holidays (place TEXT)")
    return path


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_database_is_said_in_one_sentence_and_left_as_it_was(page, visit, broken_database, use_database):
    before = broken_database.read_bytes()
    use_database(broken_database)
    opened = visit(page)
    assert not opened.exception
    assert len(opened.error) == 1, troubles(opened)
    sentence = troubles(opened)[0]
    assert str(broken_database) in sentence
    assert "db_setup.py" in sentence
    assert "Traceback" not in words(opened)
    assert broken_database.read_bytes() == before


@pytest.mark.parametrize("other", [page for page in ANALYTIC if page != "overview.py"])
def test_filters_survive_the_way_to_another_page_and_back(other, visit, demo_url):
    opened = visit(region=["North"], channel=["Website"])
    alone = tiles(opened)
    assert "North" in plain_words(opened.switch_page(f"../pages/{other}").run())
    back = opened.switch_page("../pages/overview.py").run()
    assert not back.exception
    assert tiles(back) == alone
    assert back.session_state["region"] == ["North"]
    assert back.session_state["channel"] == ["Website"]


def test_the_demo_says_that_it_is_one_and_a_real_shop_does_not(visit, demo_url, tiny_database, use_database):
    assert "Demo data" in words(visit())
    use_database(tiny_database)
    assert "Demo data" not in words(visit())


@pytest.mark.parametrize("page", ANALYTIC)
def test_a_shop_of_eight_orders_opens_everywhere(page, visit, tiny_database, use_database):
    use_database(tiny_database)
    opened = visit(page)
    assert not opened.exception
    assert not troubles(opened)


@pytest.mark.parametrize("page", ANALYTIC)
def test_a_shop_with_nothing_but_days_and_revenue_opens_everywhere(
    page, visit, tiny_orders, stored, tmp_path, use_database
):
    bare = tiny_orders.assign(
        **dict.fromkeys(tiny_orders.columns.difference(["transaction_id", "date", "revenue"]), None)
    )
    use_database(stored(bare, tmp_path / "bare.db"))
    opened = visit(page)
    assert not opened.exception
    assert not troubles(opened)
    if page in WITH_TILES:
        assert tiles(opened)["Revenue"] == 430


@pytest.mark.parametrize("page", ANALYTIC)
def test_a_shop_with_one_order_opens_everywhere(page, visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.head(1), tmp_path / "one.db"))
    opened = visit(page)
    assert not opened.exception
    if page in WITH_TILES:
        assert tiles(opened)["Revenue"] == 100


@pytest.mark.parametrize("page", ANALYTIC)
def test_a_shop_with_refunds_alone_opens_everywhere(page, visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders[tiny_orders["revenue"] < 0], tmp_path / "refunds.db"))
    assert not visit(page).exception


def test_new_orders_are_seen_at_the_next_click(visit, tiny_orders, stored, tmp_path, use_database):
    path = stored(tiny_orders, tmp_path / "growing.db")
    use_database(path)
    opened = visit()
    assert tiles(opened)["Revenue"] == 430
    stored(tiny_orders.assign(revenue=tiny_orders["revenue"] * 2), path)
    assert tiles(opened.run())["Revenue"] == 860


def test_a_read_copy_damaged_on_disk_is_made_again(visit, tiny_orders, stored, tmp_path, use_database):
    path = stored(tiny_orders, tmp_path / "hurt.db")
    use_database(path)
    assert tiles(visit())["Revenue"] == 430
    for copy in path.with_suffix(".read").glob("*.duckdb"):
        copy.unlink()
        copy.write_bytes(b"rubbish" * 1000)
    use_database(path)
    opened = visit(region=["North"])
    assert not opened.exception
    assert tiles(opened)["Revenue"] == 200
    assert charts(opened)
