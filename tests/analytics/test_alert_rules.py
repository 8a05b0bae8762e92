"""Rules in words: what makes no sense is said with a way to mend it, and what is stored is read back."""

import json
import re
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.descriptive.alert_rules import (
    AGAINST,
    DIRECTIONS,
    KINDS,
    MOST_FALSE_ALARMS,
    SEVERITIES,
    WINDOWS,
    AlertRule,
    default_rules,
    first_judged_sentence,
    rule_problem,
    rule_sentence,
)
from analytics.descriptive.profile import shop_profile
from analytics.metrics import METRICS
from analytics.shop import DIMENSIONS, Shop
from warehouse.engine import Warehouse

FULL = Shop(
    "Full", "EUR", "monday", date(2026, 1, 1), date(2026, 9, 30), date(2026, 9, 30), 900,
    members={"region": ("North", "South"), "channel": ("Web", "Shop"), "category": ("Books",)},
    has=frozenset({"satisfaction_score", "delivery_days", "customer_key", "refunds"}),
)  # fmt: skip
BARE = replace(FULL, members={}, has=frozenset())

PROBLEMS = [
    (AlertRule("satisfaction"), BARE, "data cannot give satisfaction: choose another metric"),
    (AlertRule("refund_rate"), BARE, "data cannot give refund rate"),
    (AlertRule("repeat_rate"), BARE, "data cannot give repeat rate"),
    (AlertRule("orders", dimension="age_group"), FULL, "carry no age group: choose the whole shop"),
    (
        AlertRule("orders", dimension="region", member="Mars"),
        FULL,
        "“Mars” is no region .* choose another one",
    ),
    (AlertRule("orders", relative=True), FULL, "all of itself: choose a dimension"),
    (
        AlertRule("revenue", dimension="region", relative=True),
        FULL,
        "for orders or new customers.*choose those",
    ),
    (
        AlertRule("orders", "threshold", dimension="region", relative=True, limit=0.2),
        FULL,
        "a rule of the unusual kind: choose those",
    ),
    (AlertRule("customers", "threshold", window_days=7, limit=3), FULL, "cannot be added up: watch a single day"),
    (AlertRule("repeat_rate", "change", window_days=28, limit=0.2), FULL, "cannot be added up: watch a single day"),
    (AlertRule("orders", false_alarms_a_year=0), FULL, "choose more than 0 and at most 52"),
    (AlertRule("orders", false_alarms_a_year=60), FULL, "choose more than 0 and at most 52"),
    (AlertRule("orders", false_alarms_a_year=-1), FULL, "choose more than 0 and at most 52"),
    (AlertRule("orders", "threshold"), FULL, "Set the limit"),
    (AlertRule("orders", "change"), FULL, "Set the limit"),
    (AlertRule("orders", "change", limit=0), FULL, "more than 0 %"),
    (AlertRule("orders", "change", limit=-0.2), FULL, "more than 0 %"),
    (AlertRule("orders", "change", limit=1.0), FULL, "a fall less than 100 %"),
    (AlertRule("orders", "change", "up", limit=11), FULL, "at most 1,000 %"),
    (AlertRule("orders", "threshold", "both", limit=3), FULL, "choose above or below, and a second rule"),
    (
        AlertRule("satisfaction", "threshold", "up", limit=5.5),
        FULL,
        r"from 1.00 to 5.00, so it can never be above 5.50: choose another limit\.",
    ),
    (AlertRule("satisfaction", "threshold", "up", limit=5), FULL, "can never be above 5.00"),
    (AlertRule("satisfaction", "threshold", "down", limit=5.5), FULL, "is always below 5.50"),
    (AlertRule("satisfaction", "threshold", "down", limit=0.5), FULL, "can never be below 0.50"),
    (AlertRule("satisfaction", "threshold", "up", limit=0.5), FULL, "is always above 0.50"),
    (AlertRule("repeat_rate", "threshold", "up", limit=1.2), FULL, "from 0.0 % to 100.0 %, so it can never be above"),
    (AlertRule("orders", "threshold", "down", limit=0), FULL, "from 0 or more, so it can never be below 0"),
    (AlertRule("orders", "threshold", "up", limit=-3), FULL, "is always above"),
    (AlertRule("delivery_days", "threshold", "down", limit=-1), FULL, "can never be below"),
    (AlertRule("orders", least_orders=-1), FULL, "cannot be negative: choose 0 or more"),
    (AlertRule("orders", least_change=-0.5), FULL, "cannot be negative: choose 0 or more"),
]


@pytest.mark.parametrize(("rule", "shop", "said"), PROBLEMS)
def test_a_rule_that_makes_no_sense_is_told_in_one_sentence_that_says_how_to_mend_it(rule, shop, said):
    problem = rule_problem(rule, shop)
    assert problem is not None
    assert re.search(said, problem)
    assert problem.endswith(".")
    assert re.search(r"[Cc]hoose|watch|Set|must be", problem), "what to do"


@pytest.mark.parametrize(
    "rule",
    [
        AlertRule("revenue", "threshold", "down", limit=-100),
        AlertRule("revenue", "threshold", "down", limit=0),
        AlertRule("orders", "change", "up", limit=1.5),
        AlertRule("orders", "change", "both", limit=0.5, against="year"),
        AlertRule("satisfaction", "threshold", "down", limit=3.5, dimension="region", member="North"),
        AlertRule("satisfaction", "threshold", "up", limit=1),
        AlertRule("refund_rate", "threshold", "up", limit=1.2),
        AlertRule("customers", window_days=28),
        AlertRule("customers", "threshold", limit=3),
        AlertRule("orders", dimension="region", relative=True, window_days=28),
        AlertRule("new_customers", dimension="channel", relative=True),
        AlertRule("orders", false_alarms_a_year=MOST_FALSE_ALARMS),
        AlertRule("orders", least_orders=0),
    ],
)
def test_a_rule_that_makes_sense_has_no_problem(rule):
    assert rule_problem(rule, FULL) is None


rules = st.builds(
    AlertRule,
    metric=st.sampled_from(list(METRICS)),
    kind=st.sampled_from(list(KINDS)),
    direction=st.sampled_from(list(DIRECTIONS)),
    dimension=st.sampled_from(["", *DIMENSIONS]),
    member=st.text(max_size=20),
    window_days=st.sampled_from(list(WINDOWS)),
    false_alarms_a_year=st.floats(-10, 100),
    limit=st.none() | st.floats(-1e9, 1e9),
    against=st.sampled_from(list(AGAINST)),
    least_orders=st.floats(-5, 1e6),
    least_change=st.floats(-5, 1e6),
    relative=st.booleans(),
)


@given(rules)
def test_a_stored_rule_is_read_back_as_it_was(rule):
    assert AlertRule.from_json(rule.to_json()) == rule


@given(rules, st.sampled_from([FULL, BARE]))
def test_any_rule_has_a_sentence_and_either_a_problem_or_none(rule, shop):
    assert rule_sentence(rule, shop).startswith((rule.measured.name, "Share of"))
    problem = rule_problem(rule, shop)
    assert problem is None or problem.endswith(".")


def test_what_a_later_version_added_to_a_rule_is_left_out():
    later = json.dumps(asdict(AlertRule("orders", limit=2.0)) | {"weather": "rain"})
    assert AlertRule.from_json(later) == AlertRule("orders", limit=2.0)


def test_what_an_earlier_version_did_not_know_is_as_usual():
    assert AlertRule.from_json('{"metric": "orders", "direction": "up"}') == AlertRule("orders", direction="up")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no rule",
        "[]",
        "null",
        "7",
        "{}",
        '{"kind": "unusual"}',
        '{"metric": "profit"}',
        '{"metric": ["orders"]}',
        '{"metric": {"a": 1}}',
        '{"metric": "orders", "kind": "odd"}',
        '{"metric": "orders", "direction": "sideways"}',
        '{"metric": "orders", "window_days": 3}',
        '{"metric": "orders", "dimension": "planet"}',
        '{"metric": "orders", "against": "luck"}',
        '{"metric": "orders", "least_orders": "many"}',
        '{"metric": "orders", "least_change": null}',
        '{"metric": "orders", "false_alarms_a_year": [1]}',
        '{"metric": "orders", "false_alarms_a_year": NaN}',
        '{"metric": "orders", "limit": "3"}',
        '{"metric": "orders", "limit": Infinity}',
        '{"metric": "orders", "limit": true}',
        '{"metric": "orders", "member": 7}',
        '{"metric": "orders", "relative": "yes"}',
    ],
)
def test_nonsense_is_no_rule(text):
    with pytest.raises(ValueError, match=r"expected|Expecting"):
        AlertRule.from_json(text)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            AlertRule("revenue"),
            "Revenue of a day in the whole shop unusually low for weekday and season (about 1 false alarm a year)",
        ),
        (
            AlertRule("orders", direction="both", dimension="region", window_days=7, false_alarms_a_year=0.5),
            "Orders of 7 days in every region unusually low or high for weekday and season "
            "(about 0.5 false alarms a year)",
        ),
        (
            AlertRule("orders", direction="up", dimension="channel", member="Web", relative=True, window_days=28),
            "Share of orders of 28 days in Web unusually high for weekday and season (about 1 false alarm a year)",
        ),
        (
            AlertRule("revenue", "threshold", "down", limit=1234.5),
            "Revenue of a day in the whole shop below € 1,234.50",
        ),
        (
            AlertRule("satisfaction", "threshold", "up", limit=4.5, window_days=7),
            "Satisfaction of 7 days in the whole shop above 4.50",
        ),
        (
            AlertRule("orders", "change", "down", limit=0.3),
            "Orders of a day in the whole shop down by 30 % or more on the same weekday a week before",
        ),
        (
            AlertRule("orders", "change", "up", limit=0.3, window_days=28),
            "Orders of 28 days in the whole shop up by 30 % or more on the 28 days before",
        ),
        (
            AlertRule("orders", "change", "both", limit=0.3, window_days=7, against="year"),
            "Orders of 7 days in the whole shop changed by 30 % or more on the same weekdays 52 weeks earlier",
        ),
    ],
)
def test_a_rule_reads_as_people_say_it(rule, sentence):
    assert rule_sentence(rule, FULL) == sentence


def test_a_shop_with_nothing_but_revenue_begins_with_the_rules_its_data_can_answer():
    assert {rule.metric for rule, _ in default_rules(BARE)} == {"revenue", "orders", "average_order_value"}
    assert not any(rule.dimension for rule, _ in default_rules(BARE))


def test_a_dimension_with_one_member_is_not_watched_by_shares():
    watched = {rule.dimension for rule, _ in default_rules(FULL)}
    assert watched == {"", "region", "channel"}


def test_the_demo_begins_with_rules_that_all_make_sense_and_differ(demo_database):
    with Warehouse(demo_database).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
    rules = default_rules(shop)
    assert len({rule for rule, _ in rules}) == len(rules) >= 10
    assert {severity for _, severity in rules} <= set(SEVERITIES)
    assert [rule_problem(rule, shop) for rule, _ in rules] == [None] * len(rules)
    assert {"region", "channel", "payment_method", "category", "segment"} <= {rule.dimension for rule, _ in rules}


def test_a_young_shop_is_told_how_many_days_are_missing():
    young = replace(FULL, today=FULL.first_day + timedelta(4))
    assert first_judged_sentence(young, 28).endswith("there are 5 so far, to 5 Jan 2026.")
    assert "judged is every complete day after" in first_judged_sentence(FULL, 28)
