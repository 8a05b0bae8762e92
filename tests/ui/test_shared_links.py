"""The address carries the view: what it asks for takes effect, what it asks for in vain is left out with a note."""

import re
from datetime import date

import pandas as pd
import pytest
from screen import plain_words, tiles, troubles, words
from streamlit.testing.v1 import AppTest

from analytics.filters import COMPARISONS, CUSTOM_PERIOD, Filters
from analytics.periods import PRESETS, Period, preset_period

FIRST_DAY = date(2024, 11, 1)
KPIS = "descriptive/kpis.py"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '<img src=x onerror="alert(1)">',
    "markdown image": "![x](http://evil.example/pixel.png)",
    "markdown link": "[click](javascript:alert(1))",
    "colour directive": ":red[x]",
    "ten kilobytes": "A" * 10_000,
    "NUL and control characters": "No\x00rth\x1b[31m\u202e",
    "SQL": "North' OR 1=1; DROP TABLE transactions; --",
    "template": "{{7*7}}${7*7}",
    "path": "../../../../etc/passwd",
    "nothing": "",
    "not a word": "𓂀🦆\ud7ff",
}


def notes(page: AppTest) -> list[str]:
    """What the sidebar says about parts of the address that were not understood."""
    return [c.value for c in page.sidebar.caption if "left out" in c.value]


def in_plain_pandas(orders: pd.DataFrame, start: str, end: str, **members: list[str]) -> dict[str, float]:
    """The key figures of a period, without any of the program's own code."""
    kept = orders
    for dimension, names in members.items():
        kept = kept[kept[dimension].isin(names)]
    first_ever = orders[orders["revenue"] >= 0].dropna(subset="customer_id").drop_duplicates("customer_id").index
    kept = kept[kept["date"].between(start, end)]
    placed = kept[kept["revenue"] >= 0]
    customers = placed["customer_id"].dropna()
    return {
        "Revenue": kept["revenue"].sum(),
        "Orders": len(placed),
        "Customers": customers.nunique(),
        "Average order value": placed["revenue"].mean(),
        "Satisfaction": placed["satisfaction_score"].mean(),
        "Delivery days": placed["delivery_days"].mean(),
        "New customers": placed.index.isin(first_ever).sum(),
    }


def same(shown: dict[str, float], expected: dict[str, float]) -> None:
    """Tiles show what they show to two decimals at most (delivery days to one)."""
    for name, value in expected.items():
        decimals = {"Delivery days": 0.0501, "Orders": 0, "Customers": 0, "New customers": 0}.get(name, 0.00501)
        assert shown[name] == pytest.approx(value, abs=decimals + 1e-9), name


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_in_the_address_sets_the_period(preset, visit, demo_url, demo_orders, demo_today):
    period = preset_period(preset, FIRST_DAY, demo_today)
    expected = in_plain_pandas(demo_orders, str(period.start), str(period.end))
    opened = visit(KPIS, period=preset)
    expected.pop("New customers")
    same(tiles(opened), expected)
    assert not notes(opened)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"region": ["North"]},
        {"region": ["North", "East"], "segment": ["Premium"]},
        {"category": ["Home & Kitchen"], "channel": ["Mobile app", "Store"]},
        {"payment_method": ["Cash on delivery"], "age_group": ["55+", "18-24"]},
    ],
    ids=lambda m: ", ".join(m) or "none",
)
def test_members_in_the_address_narrow_every_figure(members, visit, demo_url, demo_orders, demo_today):
    period = preset_period("90d", FIRST_DAY, demo_today)
    opened = visit(KPIS, **members)
    same(tiles(opened), in_plain_pandas(demo_orders, str(period.start), str(period.end), **members))


@pytest.mark.parametrize("page", ["overview.py", KPIS])
@pytest.mark.parametrize(
    "view",
    [
        Filters(Period(date(2026, 1, 1), date(2026, 3, 31)), "none", region=("South",)),
        Filters(Period(date(2025, 11, 1), date(2025, 11, 1)), "previous"),
        Filters(Period(date(2024, 11, 1), date(2026, 10, 31)), "last_year", channel=("Store", "Social")),
    ],
    ids=lambda f: f.sentence()[:30],
)
def test_the_address_of_a_view_opens_that_view(view, page, visit, demo_url, demo_orders, demo_today):
    opened = visit(page, **view.query())
    assert view.sentence(Period(FIRST_DAY, demo_today)) in plain_words(opened)
    expected = in_plain_pandas(demo_orders, str(view.period.start), str(view.period.end), **view.members)
    same(tiles(opened), {name: expected[name] for name in ("Revenue", "Orders", "Customers")})
    assert not notes(opened)


def test_the_tiny_shop_adds_up_by_hand(visit, tiny_database, use_database):
    use_database(tiny_database)
    by_hand = {
        "Revenue": 430,
        "Orders": 5,
        "Customers": 3,
        "Average order value": 96,
        "Satisfaction": 3.5,
        "Delivery days": 13 / 4,
        "New customers": 2,
        "Repeat rate": 66.7,
    }
    shown = tiles(visit())
    assert {name: shown[name] for name in by_hand} == pytest.approx(by_hand, abs=0.051)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_filters_that_no_shop_has_are_left_out_with_a_note(value, visit, demo_url):
    opened = visit(region=[value], segment=[value, value], category=[value], period=value, compare=value)
    assert not opened.exception
    assert not troubles(opened)
    assert "all regions · all segments · compared with 5 May – 2 Aug 2026" in plain_words(opened)
    assert notes(opened) or value == "", "the visitor is told"
    for note in notes(opened):
        assert len(note) < 400, "a note is no novel"
        assert not set("<>[]()$`\x00\x1b\u202e") & set(note), note


@pytest.mark.parametrize("name", ["metric", "by", "per", "spread"])
def test_choices_of_cards_that_there_are_not_are_left_out_with_a_note(name, visit, demo_url):
    assert f"{name} Nonsense" in "".join(notes(visit(KPIS, **{name: "Nonsense"})))


@pytest.mark.parametrize(
    ("name", "value"), [("metric", "Orders"), ("by", "Week"), ("per", "Age group"), ("spread", "Payment")]
)
def test_choices_of_cards_in_the_address_take_effect_without_a_note(name, value, visit, demo_url):
    assert not notes(visit(KPIS, **{name: value}))


def test_an_address_left_out_is_named_without_becoming_a_link(visit, demo_url):
    (note,) = notes(visit(region="www.evil.example.com"))
    assert "evil" in note
    assert not re.search(r"www\\?\.", note)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_parameter_breaks_a_page(value, visit, demo_url):
    names = ("metric", "by", "per", "spread", "days", "nonsense", "_filters", "members", "trend", "menu-Revenue")
    opened = visit(KPIS, **dict.fromkeys(names, value))
    assert not opened.exception
    assert not troubles(opened)
    assert "<script" not in words(opened)
    assert len(tiles(opened)) >= 5


def test_of_known_and_unknown_members_the_known_stay(visit, demo_url):
    opened = visit(region=["North", "Atlantis", "East"])
    assert "North, East · all segments" in plain_words(opened)
    assert "Atlantis" in "".join(notes(opened))


def test_a_thousand_members_in_the_address_do_not_break_the_page(visit, demo_url):
    opened = visit(region=[f"Region {i}" for i in range(1000)])
    assert not opened.exception
    assert len("".join(notes(opened))) < 1000


@pytest.mark.parametrize(
    "days",
    [
        ["2026-10-31", "2026-10-01"],
        ["1066-10-14", "1066-10-15"],
        ["9999-12-31", "9999-12-31"],
        ["2020-01-01", "2030-01-01"],
        ["2026-02-31", "2026-03-01"],
        ["2026-10-01"],
        ["2026-10-01", "2026-10-02", "2026-10-03"],
        ["yesterday", "today"],
        ["1e9", "2e9"],
        ["", ""],
        ["-1", "0"],
        ["NaN", "2026-10-01"],
        ["2026-10-01T00:00:00", "2026-10-05T00:00:00"],
        ["<script>", "2026-10-05"],
    ],
    ids=str,
)
def test_malformed_days_leave_a_period_inside_the_data(days, visit, demo_url, demo_orders):
    opened = visit(KPIS, period=CUSTOM_PERIOD, days=days)
    assert not opened.exception
    assert not troubles(opened)
    revenue = tiles(opened)["Revenue"]
    assert 0 < revenue <= demo_orders["revenue"].sum()


def test_a_comparison_with_nothing_shows_none(visit, demo_url):
    opened = visit(compare=COMPARISONS["none"])
    assert "compared with" not in plain_words(opened)
    assert "vs previous" not in words(opened)
    assert not notes(opened)


def test_reset_puts_everything_back(visit, demo_url):
    untouched = visit()
    opened = visit(region=["North"], category=["Sports"])
    assert tiles(opened) != tiles(untouched)
    reset = next(b for b in opened.sidebar.button if b.label == "Reset filters")
    assert tiles(reset.click().run()) == tiles(untouched)
    assert not [b for b in opened.sidebar.button if b.label == "Reset filters"], "nothing is left to reset"


def test_three_days_are_no_period_and_a_note_says_so(visit, demo_url):
    opened = visit(period="Custom", days=["2026-10-01", "2026-10-03", "2026-10-05"])
    assert not opened.exception
    assert "3 days for a first and a last" in notes(opened)[0]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("period", ["7d", "30d"]),
        ("compare", [COMPARISONS["none"], COMPARISONS["previous"]]),
        ("per", ["Region", "Category"]),
    ],
)
def test_a_choice_named_twice_is_settled_with_a_note(name, values, visit, demo_url):
    opened = visit(KPIS, **{name: values})
    assert not opened.exception
    assert not troubles(opened)
    assert notes(opened) == [f":material/info: The address has several values for {name}: all but one are left out."]
    assert not notes(visit(KPIS, **{name: values[:1] * 2})), "the same twice leaves nothing out"
