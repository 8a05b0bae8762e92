"""Questions compiled once: the same rows as an expression of their own, whatever days and names are filled in."""

import inspect
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from analytics import questions
from analytics.collect import collected
from analytics.descriptive import (
    activity,
    breakdowns,
    cells,
    concentration,
    courses,
    member_trends,
    order_list,
    returning,
    revenue_parts,
    rfm,
    scatter,
    targets,
)
from analytics.diagnostic import correlations, drill_customers, groups, on_time, scored_orders, where
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive import forecast
from analytics.prescriptive import margins, media_data, present_delivery, staff_demand
from analytics.shop import DIMENSIONS
from tests.analytics.conftest import random_orders
from warehouse import store
from warehouse.engine import Tables, Warehouse

NAMES = (
    "North",
    "O'Hara's",
    "'",
    "''; DROP TABLE orders; --",
    'double " quote',
    "back\\slash\\",
    "\\'",
    "new\nline",
    "Ünïcödé 北 🙂",
    "%s {} $1 ?",
    "stand-in member of region",
    "'stand-in member of channel'",
    "MAKE_DATE(1, 1, 1)",
    "DATE '2026-01-01'",
)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 1)

SINGLE = {"dimensions": ("channel", "region"), "gathered": ("region",), "most": 6}
QUESTIONS = (
    (activity._sums_by_day, {}),
    (activity._distinct_customers, {"keys": 0}),
    (activity._distinct_customers, {"keys": 300}),
    (activity._distinct_by_bucket, {"parts": ("customers", "repeat_customers"), "keys": 300, "step": 7}),
    (activity._distinct_by_bucket, {"parts": ("customers",), "keys": 0, "starts": (0, 3, 10)}),
    (cells._sums_by_member, {"dimensions": ("channel", "region")}),
    (cells._distinct_by_member, {"dimensions": ("region",), "parts": ("customers",), "keys": 300}),
    (scatter._sums_by_unit, {"every": 1, "has_keys": False}),
    (scatter._sums_by_unit, {"every": 3, "has_keys": True}),
    (breakdowns._orders_by_value, {"column": "delivery_days"}),
    (activity._distinct_by_bucket, {"parts": ("customers",), "keys": 0, "step": 7, "dimension": "region"}),
    (on_time._days_taken, {}),
    (on_time._kept_by_day, {"promise": 4, "dimension": "region", "gathered": (), "most": 12}),
    (on_time._kept_by_day, {"promise": 4, "dimension": "region", "gathered": ("region",), "most": 5}),
    (scored_orders._orders_alike, {"dimensions": ("channel", "region"), "gathered": ("region",), "most": 6}),
    (scored_orders._single_orders, SINGLE | {"every": 1, "has_keys": False}),
    (scored_orders._single_orders, SINGLE | {"every": 3, "has_keys": True}),
    (courses._by_day, {"dimension": "", "parts": ("customers", "orders"), "keys": 300}),
    (courses._by_day, {"dimension": "channel", "parts": ("orders", "revenue_squared"), "keys": 0}),
    (concentration._hundredths, {}),
    (member_trends._parts_by_day, {"dimension": "region", "parts": ("orders", "revenue")}),
    (order_list._counted, {}),
    (returning._by_day, {}),
    (revenue_parts._sums_of_tree, {}),
    (rfm._scored_groups, {}),
    (targets._sums_by_member_and_day, {"dimension": "region"}),
    (drill_customers._by_customer, {"parts": ("orders", "revenue"), "by": "revenue", "most": 5}),
    (correlations._by_numbers, {"columns": ("delivery_days", "revenue")}),
    (groups._sums_by_unit_of_dimension, {"dimension": "channel", "every": 1, "has_keys": False}),
    (groups._sums_by_unit_of_dimension, {"dimension": "region", "every": 3, "has_keys": True}),
    (drill_customers._known_and_guests, {"parts": ("orders", "revenue")}),
    (where._sums_by_unit_and_member, {"dimensions": ("region",), "parts": ("orders",), "every": 1, "has_keys": False}),
    (
        where._sums_by_unit_and_member,
        {"dimensions": ("channel", "region"), "parts": ("sales", "orders"), "every": 3, "has_keys": True},
    ),
    (forecast._by_day_and_member, {"dimension": "region", "part": "revenue"}),
    (margins._revenue_by_category, {}),
    (media_data._revenue_by_channel_and_category, {"split": "channel"}),
    (media_data._revenue_by_channel_and_category, {"split": ""}),
    (present_delivery._deliveries_by_day, {"of_days": True}),
    (present_delivery._deliveries_by_day, {"of_days": False}),
    (staff_demand._orders_by_hour, {}),
)
OWN_NAMES = {rfm._scored_groups: {"value": "now", "previous": "before"}}
"""What questions that compare other things than periods call them."""
ROOMS = ("analytics.descriptive.", "analytics.diagnostic.", "analytics.predictive.", "analytics.prescriptive.")
NO_QUESTIONS = {activity.inside, rfm._measures}
"""Functions of rows and periods that questions are made with."""


@pytest.fixture(scope="module")
def database(stored, tmp_path_factory) -> Path:
    """Sixty days of a shop whose regions and channels have all the NAMES.

    Revenue in whole units adds up to the same in any order, so that customers who spent alike are alike.
    """
    orders = random_orders(8, days=60)
    orders["revenue"] = orders["revenue"].round()
    orders.loc[::9, "customer_id"] = None
    orders["region"] = [NAMES[n % len(NAMES)] for n in range(len(orders))]
    orders["channel"] = [NAMES[n % 5 + n % 3] for n in range(len(orders))]
    return stored(with_all_dimensions(orders), tmp_path_factory.mktemp("names") / "names.db")


def with_all_dimensions(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.assign(**{dimension: "any" for dimension in DIMENSIONS if dimension not in orders})


@pytest.fixture(scope="module")
def warehouse(database) -> Warehouse:
    return Warehouse(database)


@pytest.fixture
def templates(monkeypatch) -> Iterator[list[str]]:
    """None kept yet; the names of the questions that were compiled since."""
    compiled, compile_it = [], questions._compiled
    monkeypatch.setattr(questions, "_templates", questions._Templates(questions.MOST_TEMPLATES))
    monkeypatch.setattr(questions, "_compiled", lambda q, *rest: compiled.append(q.__name__) or compile_it(q, *rest))
    return compiled


def in_one_order(answer: pd.DataFrame) -> pd.DataFrame:
    """Rows by their keys, which are whatever is not summed: an engine may give them in any order."""
    listed = [c for c in answer if any(isinstance(value, np.ndarray) for value in answer[c])]
    answer = answer.assign(**{c: answer[c].map(tuple) for c in listed})
    texts = answer.assign(**{c: answer[c].astype("str") for c in [*answer.select_dtypes("category"), *listed]})
    keys = [c for c in texts if not pd.api.types.is_float_dtype(texts[c])]
    return answer.iloc[texts.sort_values(keys).index].reset_index(drop=True) if keys else answer


def assert_both_ways_agree(tables: Tables, question, shape: dict, filters: Filters, periods: dict[str, Period]) -> None:
    named = OWN_NAMES.get(question, {})
    periods = {named.get(name, name): period for name, period in periods.items()}
    filled = questions.collected_within(question, tables.orders, filters, periods, **shape)
    built = collected(questions._expression(question, tables.orders, filters, periods, shape))
    pd.testing.assert_frame_equal(in_one_order(filled), in_one_order(built), rtol=1e-12)


def january(*regions: str) -> tuple[Filters, dict[str, Period]]:
    period = Period(FIRST, date(2026, 1, 31))
    return Filters(period, region=regions), {"value": period}


some_names = some.lists(some.sampled_from(NAMES) | some.text(max_size=5), max_size=6).map(tuple)
some_days = some.tuples(some.dates(FIRST, LAST), some.dates(FIRST, LAST)).map(sorted).map(lambda ends: Period(*ends))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(regions=some_names, channels=some_names, value=some_days, previous=some.none() | some_days)
def test_a_filled_template_asks_what_an_expression_of_its_own_asks(warehouse, regions, channels, value, previous):
    filters = Filters(value, region=regions, channel=channels)
    periods = {"value": value} | ({"previous": previous} if previous else {})
    with warehouse.tables() as tables:
        for question, shape in QUESTIONS:
            assert_both_ways_agree(tables, question, shape, filters, periods)


def test_these_are_all_questions_that_analyses_ask():
    modules = [module for name, module in sys.modules.items() if name.startswith(ROOMS)]
    functions = [f for module in modules for _, f in inspect.getmembers(module, inspect.isfunction)]
    asked = {f for f in functions if list(inspect.signature(f).parameters)[:2] == ["rows", "periods"]}
    assert asked - NO_QUESTIONS == {question for question, _ in QUESTIONS}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_keeps_its_own_rows_and_no_others(warehouse, name):
    filters, periods = january(name)
    with warehouse.tables() as tables:
        asked = questions.collected_within(
            cells._sums_by_member, tables.orders, filters, periods, dimensions=("region",)
        )
    assert asked["region"].tolist() == [name]


def test_a_name_that_no_order_has_keeps_none(warehouse):
    filters, periods = january("a\0b")
    with warehouse.tables() as tables:
        assert questions.collected_within(activity._sums_by_day, tables.orders, filters, periods).empty


def test_a_question_is_compiled_once_for_all_days_and_members(warehouse, templates):
    with warehouse.tables() as tables:
        for days in (3, 20, 50):
            period = Period(FIRST, date.fromordinal(FIRST.toordinal() + days))
            for regions in (("North",), NAMES[:5]):
                filters = Filters(period, region=regions)
                questions.collected_within(activity._sums_by_day, tables.orders, filters, {"value": period})
    assert templates == ["_sums_by_day"]


def test_another_shape_another_dimension_and_another_comparison_are_compiled_for_themselves(warehouse, templates):
    filters, periods = january("North")
    other = {"previous": Period(FIRST, FIRST)}
    with warehouse.tables() as tables:
        for keys, kept, compared in ((0, filters, {}), (300, filters, {}), (0, filters, other)):
            asked = (tables.orders, kept, periods | compared)
            questions.collected_within(activity._distinct_customers, *asked, keys=keys)
        channel = replace(filters, region=(), channel=("North",))
        questions.collected_within(activity._distinct_customers, tables.orders, channel, periods, keys=0)
    assert len(templates) == 4


def test_only_the_templates_used_last_are_kept(warehouse, templates, monkeypatch):
    monkeypatch.setattr(questions, "_templates", questions._Templates(2))
    filters, periods = january()
    with warehouse.tables() as tables:
        for keys in (0, 300, 0, 301, 0, 300):
            questions.collected_within(activity._distinct_customers, tables.orders, filters, periods, keys=keys)
    assert len(templates) == 4  # 0 was used again before 301 came, so 300 had to go, and is compiled twice
    assert len(questions._templates._kept) == 2


def test_many_threads_ask_at_once_and_each_gets_its_own_answer(warehouse, templates):
    answers, faults = {}, []

    def ask(name: str) -> None:
        filters, periods = january(name)
        try:
            with warehouse.tables() as tables:
                asked = {"dimensions": ("region",)}
                counted = questions.collected_within(cells._sums_by_member, tables.orders, filters, periods, **asked)
            answers[name] = counted["region"].tolist()
        except Exception as error:  # noqa: BLE001 - whatever a thread meets is the finding
            faults.append(error)

    threads = [threading.Thread(target=ask, args=(name,)) for name in NAMES]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert faults == []
    assert answers == {name: [name] for name in NAMES}
    assert templates == ["_sums_by_member"]


def test_a_template_outlives_the_data_it_was_made_for(stored, tmp_path, templates):
    database = stored(with_all_dimensions(random_orders(8, days=20)), tmp_path / "grows.db")
    warehouse, (_, periods) = Warehouse(database), january()
    filters = Filters(periods["value"], region=("East",))

    def asked() -> pd.DataFrame:
        with warehouse.tables() as tables:
            return questions.collected_within(activity._sums_by_day, tables.orders, filters, periods)

    assert asked().empty
    with store.writing(database) as connection:
        row = ("new", "2026-01-05", 7.5, "East")
        connection.execute("INSERT INTO transactions (transaction_id, date, revenue, region) VALUES (?, ?, ?, ?)", row)
    assert asked()["revenue"].tolist() == [7.5]
    assert templates == ["_sums_by_day"]


def test_frames_and_expressions_are_asked_without_a_template(hand_orders, warehouse, templates):
    filters, periods = january()
    assert len(questions.collected_within(activity._sums_by_day, hand_orders, filters, periods)) == 5
    with warehouse.tables() as tables:
        refunded = tables.orders.filter(tables.orders.revenue < 0)
        assert questions.collected_within(activity._sums_by_day, refunded, filters, periods).empty
    assert templates == []


def test_a_question_whose_sql_is_not_of_its_rows_is_refused(warehouse):
    def elsewhere(rows, periods):
        return tables.customers.select("customer_key")

    filters, periods = january()
    with warehouse.tables() as tables, pytest.raises(RuntimeError, match="elsewhere: MAKE_DATE.* not found in its SQL"):
        questions.collected_within(elsewhere, tables.orders, filters, periods)
