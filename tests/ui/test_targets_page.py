"""The targets page: set, change, delete, upload and download; and the card that shows them elsewhere."""

from datetime import date

import pandas as pd
import pytest
from screen import headings, menus, number, plain_words, press, said, tick, troubles, unescaped, words

from analytics.descriptive.target_entries import Target
from analytics.metrics import METRICS
from ui.bullets import target_name
from warehouse.desk import desk_path
from warehouse.targets import all_targets, change_targets, put_targets

PAGE = "workspace/targets.py"
OCTOBER = Target("revenue", "month", date(2026, 10, 1), 1_000_000.0)


def set_target(page, value: str, metric: str = "revenue", scope: tuple[str, str] = ("", "")):
    page.selectbox(key="target-metric").set_value(metric)
    page.selectbox(key="target-scope").set_value(scope)
    page.text_input(key="target-value").set_value(value)
    return press(page, "Set target")


def test_looking_leaves_no_desk_behind(visit, desk):
    assert "No target has been set yet" in plain_words(visit(PAGE))
    assert not desk.exists()


def test_a_target_is_set_and_shown(visit, desk):
    opened = set_target(visit(PAGE), "1,250,000")
    assert not opened.exception
    (stored,) = all_targets(desk)
    assert (stored.metric, stored.granularity, stored.value) == ("revenue", "month", 1_250_000.0)
    assert said(opened) == [f"Stored: Revenue, {stored.period_label}."]
    assert set_target(opened, "40 %", "repeat_rate", ("region", "North")).success
    assert {(t.metric, t.value, t.member) for t in all_targets(desk)} >= {("repeat_rate", 0.4, "North")}


@pytest.mark.parametrize(
    ("value", "metric", "why"),
    [
        ("5.5", "satisfaction", "from 1 to 5"),
        ("120 %", "repeat_rate", "from 0 % to 100 %"),
        ("-5", "revenue", "0 or more"),
        ("1e15", "revenue", "below 1e15"),
        ("1e999", "revenue", "got “1e999”"),
        ("", "revenue", "expected a number"),
        ("<b>lots</b>", "revenue", "expected a number"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused_in_place(value, metric, why, visit, desk):
    opened = set_target(visit(PAGE), value, metric)
    assert not opened.exception
    assert why in troubles(opened)[0]
    assert not desk.exists()
    assert not troubles(opened.run()), "it is said once"


def test_values_change_and_targets_go_in_the_table(visit, desk):
    put_targets(desk, [OCTOBER])
    opened = press(tick(visit(PAGE), "targets", {"Target": 2_000_000}), "Save changes")
    assert all_targets(desk)[0].value == 2_000_000
    assert said(opened) == ["1 changed."]
    opened = press(tick(visit(PAGE), "targets", {"Delete": True}), "Save changes")
    assert all_targets(desk) == ()
    assert said(opened) == ["1 deleted."]


def test_a_change_that_makes_no_sense_changes_nothing(visit, desk):
    put_targets(desk, [OCTOBER])
    opened = press(tick(visit(PAGE), "targets", {"Target": -5}), "Save changes")
    assert "Nothing was saved: Revenue: expected an amount of 0 or more" in troubles(opened)[0]
    assert all_targets(desk) == (OCTOBER,)
    assert said(press(visit(PAGE), "Save changes")) == ["Nothing was changed."]


def test_a_value_that_another_takes_the_place_of_is_named(visit, desk):
    opened = set_target(visit(PAGE), "1,250,000")
    (stored,) = all_targets(desk)
    opened = set_target(opened, "1300000")
    assert said(opened) == [f"Stored: Revenue, {stored.period_label}, in place of ₹ 1,250,000.00."]
    assert said(set_target(opened, "1300000")) == [f"Stored: Revenue, {stored.period_label}."], "nothing is lost"


def test_what_is_ticked_in_a_table_that_somebody_else_changes_hits_no_other_row(visit, desk):
    put_targets(desk, [OCTOBER])
    opened = visit(PAGE)
    later = Target("revenue", "month", date(2026, 12, 1), 5.0)
    change_targets(desk, [later], [OCTOBER])
    tick(opened, "targets", {"Delete": True}).run()
    assert "Somebody else changed this table" in troubles(opened)[0]
    assert said(press(opened, "Save changes")) == ["Nothing was changed."]
    assert all_targets(desk) == (later,)


FILE = b"""metric,period,value,dimension,member
Orders,2026-Q4,900,,
satisfaction,2026,9,,
Revenue,2026,5e6,Region,North
"""


def test_good_rows_of_a_file_are_stored_and_bad_ones_listed(visit, desk):
    opened = visit(PAGE)
    opened.file_uploader(key="targets-file").upload("targets.csv", FILE).run()
    assert "3 rows read: 2 targets, 1 rejected." in plain_words(opened)
    rejected = opened.dataframe[-1].value
    assert rejected["Line"].tolist() == [3]
    assert "from 1 to 5" in rejected["Reason"][0]
    assert not desk.exists(), "nothing is stored before it is asked for"
    press(opened, "Store 2 targets")
    assert {t.metric for t in all_targets(desk)} == {"orders", "revenue"}


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"order,amount\n1,2\n", "no column metric"), (b"", "is empty"), (b"\x89PNG" + bytes(50), "picture")],
)
def test_a_file_that_is_none_is_said_in_place(content, why, visit, desk):
    opened = visit(PAGE)
    opened.file_uploader(key="targets-file").upload("targets.csv", content).run()
    assert not opened.exception
    assert why in troubles(opened)[0]


def test_a_desk_that_is_none_closes_its_card_alone(visit, desk):
    desk.write_bytes(b"not a database at all, " * 100)
    opened = visit(PAGE)
    assert not opened.exception
    assert "damaged or not a database" in troubles(opened)[0]
    overview = visit()
    assert not overview.exception
    assert all(str(desk) in trouble for trouble in troubles(overview))
    assert "Revenue" in headings(overview)


def test_a_page_that_is_about_more_has_the_card_only_where_there_are_targets(visit, desk):
    empty = visit("descriptive/kpis.py")
    assert "Targets" not in headings(empty)
    assert "Set targets" in [link.proto.label for link in empty.get("page_link")]
    put_targets(desk, [OCTOBER])
    shown = visit("descriptive/kpis.py")
    assert "Targets" in headings(shown)
    assert 'role="img" aria-label="₹' in words(shown)
    assert "menu-Targets" in menus(shown)


def test_the_card_shows_what_runs_and_leads_to_the_page_where_nothing_does(visit, desk):
    empty = visit()
    assert "Targets" in headings(empty)
    assert "No target is set for a month, quarter or year" in unescaped("".join(i.value for i in empty.info))
    assert "Set targets" in [link.proto.label for link in empty.get("page_link")]
    assert "menu-Targets" not in menus(empty)
    put_targets(desk, [OCTOBER])
    shown = visit()
    assert "October 2026" in words(shown)
    assert 'role="img" aria-label="₹' in words(shown)
    assert "menu-Targets" in menus(shown)


def test_the_card_follows_the_filters(visit, desk):
    put_targets(desk, [OCTOBER, Target("orders", "year", date(2026, 1, 1), 9.0, "region", "North")])
    assert "1 of" not in plain_words(visit(region=["North"]))
    assert "There already" in words(visit(region=["North"]))
    assert "single member" in unescaped("".join(i.value for i in visit(region=["North", "East"]).info))


def test_many_targets_are_cut_and_said_to_be(visit, desk):
    put_targets(desk, [Target("orders", "month", date(2026, 10, 1), 9.0), OCTOBER])
    keys = ("customers", "average_order_value", "satisfaction", "delivery_days", "new_customers")
    put_targets(desk, [Target(key, "month", date(2026, 10, 1), 5.0) for key in keys])
    opened = visit()
    assert words(opened).count('class="goal"') == 6
    assert "6 of 7" in plain_words(opened)


def test_hostile_members_and_metrics_are_text(visit, desk):
    put_targets(desk, [Target("<script>", "month", date(2026, 10, 1), 1.0)])
    put_targets(desk, [Target("orders", "month", date(2026, 10, 1), 9.0, "region", "![x](http://evil.example)<img>")])
    for page in (PAGE, "overview.py"):
        opened = visit(page)
        assert not opened.exception
        assert "<script>" not in words(opened)
        assert "<img>" not in words(opened)


def test_a_shop_without_scores_is_not_offered_them(visit, tiny_orders, stored, tmp_path, use_database):
    bare = tiny_orders.assign(satisfaction_score=None, delivery_days=None, customer_id=None)
    path = stored(bare, tmp_path / "bare.db")
    use_database(path)
    put_targets(desk_path(path, is_demo=False), [Target("satisfaction", "month", date(2026, 10, 1), 4.0)])
    opened = visit(PAGE)
    assert not opened.exception
    assert "satisfaction" not in opened.selectbox(key="target-metric").options
    assert "Cannot be told" in words(opened) or "Cannot be told" in opened.dataframe[0].value["State"].tolist()


def test_one_row_of_a_file_is_one(visit, demo_url):
    opened = visit(PAGE)
    opened.file_uploader(key="targets-file").upload("one.csv", b"metric,period,value\nOrders,2026-11,500\n").run()
    assert "1 row read: 1 target, 0 rejected." in plain_words(opened)


def by_hand(orders: pd.DataFrame, target: Target, until: date) -> float:
    """What a target's metric comes to so far, in plain pandas."""
    rows = orders[orders["date"].between(str(target.start), str(min(target.period.end, until)))]
    rows = rows[rows[target.dimension] == target.member] if target.dimension else rows
    placed = rows[rows["revenue"] >= 0]
    firsts = orders[orders["revenue"] >= 0].dropna(subset="customer_id").drop_duplicates("customer_id").index
    customers = placed["customer_id"].dropna()
    return {
        "revenue": lambda: rows["revenue"].sum(),
        "orders": lambda: len(placed),
        "customers": lambda: customers.nunique(),
        "average_order_value": lambda: placed["revenue"].mean(),
        "satisfaction": lambda: placed["satisfaction_score"].mean(),
        "delivery_days": lambda: placed["delivery_days"].mean(),
        "new_customers": lambda: placed.index.isin(firsts).sum(),
        "repeat_rate": lambda: 100 * customers[~customers.index.isin(firsts)].nunique() / customers.nunique(),
    }[target.metric]()


def test_what_is_there_so_far_is_what_plain_pandas_adds_up(visit, desk, demo_orders, demo_today):
    starts = (("month", date(2026, 10, 1)), ("quarter", date(2026, 4, 1)), ("year", date(2026, 1, 1)))
    scopes = (("", ""), ("region", "North"), ("channel", "Store"))
    keys = set(METRICS) - {"refund_rate"}
    wanted = [Target(key, *start, 1.0, *scope) for key in keys for start in starts for scope in scopes]
    put_targets(desk, wanted)
    named = {(target_name(t), t.period_label, t.member): t for t in wanted}
    rows = visit(PAGE).dataframe[0].value.to_dict("records")
    assert len(rows) == len(wanted)
    for row in rows:
        target = named[row["Metric"], row["Period"], row["Of"].partition(": ")[2]]
        step = {"k": 1e3, "M": 1e6}.get(row["So far"][-1], 1)
        half_a_digit = 0.5001 * step / 10 ** len(row["So far"].rstrip(" kM%").partition(".")[2])
        expected = by_hand(demo_orders, target, demo_today)
        assert number(row["So far"]) * step == pytest.approx(expected, abs=half_a_digit, nan_ok=True), row
