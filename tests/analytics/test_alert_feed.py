"""Alerts as people read them: days in a row are one, the most pressing first, each with a view that shows it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.alert_feed import Alert, alert_days, alert_feed, alerts_in_view, feed_sentence, feed_table
from analytics.descriptive.alert_rules import AlertRule
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop

SHOP = Shop("S", "EUR", "monday", date(2026, 4, 20), date(2026, 5, 31), date(2026, 5, 30), 900)
RULES = {
    1: (AlertRule("orders"), "critical"),
    2: (AlertRule("revenue", dimension="region"), "info"),
    3: (AlertRule("orders", dimension="channel", relative=True, window_days=28), "warning"),
    4: (AlertRule("orders", direction="both"), "warning"),
    5: (AlertRule("satisfaction", "threshold", limit=90.0), "warning"),
}


def firing(rule_id: int, day: int, member: str = "", errors: float = -4.0, **changes: object) -> dict:
    row = {"rule_id": rule_id, "member": member, "day": pd.Timestamp(2026, 5, day), "value": 40.0 + day}
    return row | {"expected": 100.0, "errors": errors, "acknowledged": False, "comment": ""} | changes


def feed(*rows: dict, shop: Shop = SHOP) -> list[Alert]:
    columns = list(firing(1, 1))
    return alert_feed(pd.DataFrame(list(rows), columns=columns).astype({"day": "datetime64[ns]"}), RULES, shop)


def test_no_firings_are_no_alerts():
    assert feed() == []


def test_days_at_most_three_apart_are_one_alert_and_a_longer_gap_parts_two():
    alerts = feed(firing(1, 1), firing(1, 2), firing(1, 5), firing(1, 9), firing(1, 12))
    assert [(a.since.day, a.last.day, a.days) for a in alerts] == [(9, 12, 2), (1, 5, 3)]


def test_a_fall_and_the_return_from_it_are_two_alerts_of_days_of_their_own():
    values = {1: 40, 2: 45, 3: 180, 4: 170, 5: 50}
    alerts = feed(*(firing(4, day, value=float(value)) for day, value in values.items()))
    told = sorted((a.since.day, a.last.day, a.mark) for a in alerts)
    assert told == [(1, 2, "▼ "), (3, 4, "▲ "), (5, 5, "▼ ")]


def test_a_day_whose_usual_is_not_known_goes_with_the_days_around_it():
    rows = [firing(4, 1), firing(4, 2, expected=np.nan), firing(4, 3)]
    assert [a.days for a in feed(*rows)] == [3]
    assert [a.days for a in feed(*(row | {"expected": np.nan} for row in rows))] == [3]


def test_days_of_a_rule_that_watches_one_side_are_one_alert_wherever_the_usual_lies():
    assert [a.days for a in feed(*(firing(5, day, expected=40.0 + day + (-1) ** day) for day in (1, 2, 3, 4)))] == [4]


def test_the_order_in_which_firings_were_read_does_not_matter():
    rows = [firing(1, 1), firing(1, 2, errors=-6.0), firing(1, 9)]
    assert feed(*rows) == feed(*rows[::-1])


def test_an_alert_shows_its_most_unusual_day():
    (alert,) = feed(firing(1, 1), firing(1, 2, errors=7.0), firing(1, 3, errors=np.nan))
    assert (alert.value, alert.errors) == (42.0, 7.0)
    (unknown,) = feed(firing(1, 1, errors=np.nan))
    assert np.isnan(unknown.errors)


def test_members_and_rules_are_told_apart_on_the_same_day():
    alerts = feed(firing(2, 1, "North"), firing(2, 1, "South"), firing(1, 1))
    assert {(a.rule_id, a.member) for a in alerts} == {(1, ""), (2, "North"), (2, "South")}
    assert {a.where for a in alerts} == {"The whole shop", "North", "South"}


def test_what_a_deleted_rule_found_is_left_out():
    assert [a.rule_id for a in feed(firing(99, 1), firing(1, 1))] == [1]


def test_those_not_seen_to_come_first_then_those_going_on_then_the_severest_then_the_newest():
    alerts = feed(
        firing(1, 28, acknowledged=True),
        firing(2, 29, "North"),
        firing(1, 10),
        firing(3, 12, "Web"),
        firing(1, 2),
    )
    assert [(a.rule_id, a.last.day) for a in alerts] == [(2, 29), (1, 10), (1, 2), (3, 12), (1, 28)]


def test_an_alert_goes_on_for_a_week_after_it_last_fired():
    assert [a.going_on for a in feed(firing(1, 23))] == [True]
    assert [a.going_on for a in feed(firing(1, 22))] == [False]


def test_an_alert_is_seen_to_when_all_its_days_are_and_tells_the_last_comment():
    rows = [firing(1, 1, acknowledged=True, comment="first"), firing(1, 2, comment="second"), firing(1, 3)]
    (alert,) = feed(*rows)
    assert (alert.acknowledged, alert.comment) == (False, "second")
    (alert,) = feed(*(row | {"acknowledged": True, "comment": ""} for row in rows))
    assert (alert.acknowledged, alert.comment) == (True, "")


@pytest.mark.parametrize(
    ("rule", "values", "sentence"),
    [
        (AlertRule("orders"), (41, 100.4, -4.04), "▼ Orders 41 against 100 as usual (4.0 standard errors)"),
        (
            AlertRule("revenue", window_days=7),
            (1234.5, 2000.0, -3.26),
            "▼ Revenue of 7 days € 1,234 against € 2,000 as usual (3.3 standard errors)",
        ),
        (
            AlertRule("orders", dimension="channel", relative=True, window_days=28),
            (0.2, 0.1234, 5.0),
            "▲ Share of orders of 28 days 20.0 % against 12.3 % as usual (5.0 standard errors)",
        ),
        (AlertRule("satisfaction", "threshold", limit=3.5), (3.25, np.nan, np.nan), "Satisfaction 3.25"),
    ],
)
def test_what_happened_is_one_sentence_in_the_metrics_unit(rule, values, sentence):
    (alert,) = feed(firing(1, 1))
    value, expected, errors = values
    assert replace(alert, rule=rule, value=value, expected=expected, errors=errors).what(SHOP) == sentence


def test_of_several_days_the_sentence_names_the_most_unusual():
    (alert,) = feed(firing(1, 1), firing(1, 2, errors=-6.0), firing(1, 3))
    assert alert.what(SHOP) == "▼ Orders 42 against 100 as usual (6.0 standard errors, farthest on 2 May 2026)"
    (unknown,) = feed(firing(1, 1, errors=np.nan), firing(1, 2, errors=np.nan))
    assert unknown.what(SHOP) == "▼ Orders 41 against 100 as usual"


def test_an_alert_that_goes_on_says_since_when_on_how_many_days_and_the_last():
    (alert,) = feed(*(firing(1, day) for day in range(21, 30)))
    assert alert.when() == "since 21 May 2026, 9 days, the last on 29 May 2026"
    assert [a.when() for a in feed(firing(1, 29))] == ["29 May 2026"]


def test_days_that_came_after_the_others_were_seen_to_are_counted():
    rows = [firing(1, 27, acknowledged=True), firing(1, 28, acknowledged=True), firing(1, 29)]
    (alert,) = feed(*rows)
    assert alert.when() == "since 27 May 2026, 3 days, the last on 29 May 2026, 1 of them not seen to yet"
    assert (alert.acknowledged, alert.unseen) == (False, 1)
    (alert,) = feed(*(row | {"acknowledged": True} for row in rows))
    assert "not seen" not in alert.when()


def test_each_day_of_an_alert_is_told_the_newest_first():
    (alert,) = feed(firing(1, 1, comment="rain"), firing(1, 3, errors=np.nan, acknowledged=True))
    days = alert_days(alert, SHOP)
    assert days["day"].dt.day.tolist() == [3, 1]
    assert days[["found", "usual"]].to_numpy().tolist() == [["43", "100"], ["41", "100"]]
    assert (days["acknowledged"].tolist(), days["comment"].tolist()) == ([True, False], ["", "rain"])
    assert days["errors"].isna().tolist() == [True, False]


def test_when_it_happened_is_a_day_or_the_days_with_their_number():
    assert [a.when() for a in feed(firing(1, 9))] == ["9 May 2026"]
    assert [a.when() for a in feed(firing(1, 1), firing(1, 3))] == ["1 May – 3 May 2026, 2 days"]


def test_a_link_leads_to_the_member_and_the_four_weeks_before():
    (alert,) = feed(firing(2, 28, "North"))
    view = alert.view(SHOP)
    assert view.period == Period(date(2026, 5, 1), date(2026, 5, 28))
    assert view.members == {"region": ("North",)}
    assert view.compare == "both"


def test_a_link_of_the_whole_shop_or_of_a_share_keeps_all_members_and_stays_within_the_data():
    for row in (firing(1, 2), firing(3, 2, "Web")):
        (alert,) = feed(row)
        assert alert.view(SHOP).members == {}
        assert alert.view(SHOP).period == Period(SHOP.first_day, date(2026, 5, 2))


def test_a_link_to_days_that_the_data_no_longer_hold_is_still_a_period():
    later = replace(SHOP, first_day=date(2026, 5, 20))
    (alert,) = feed(firing(1, 2))
    assert alert.view(later).period == Period(date(2026, 5, 20), date(2026, 5, 20))


ALERTS = feed(firing(1, 10), firing(2, 10, "North"), firing(2, 10, "South"), firing(3, 20, "Web", acknowledged=True))


def seen(filters: Filters) -> set[str]:
    return {alert.where for alert in alerts_in_view(ALERTS, filters)}


def test_a_view_shows_alerts_that_touch_its_days():
    everything = {"The whole shop", "North", "South", "Web"}
    assert seen(Filters(Period(date(2026, 5, 1), date(2026, 5, 31)))) == everything
    assert seen(Filters(Period(date(2026, 5, 11), date(2026, 5, 20)))) == {"Web"}
    assert seen(Filters(Period(date(2026, 5, 10), date(2026, 5, 10)))) == everything - {"Web"}
    assert seen(Filters(Period(date(2026, 5, 21), date(2026, 5, 31)))) == set()


def test_a_view_of_some_members_hides_those_of_others_but_not_the_whole_shops():
    may = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert seen(Filters(may, region=("North",))) == {"The whole shop", "North", "Web"}
    assert seen(Filters(may, channel=("Store",))) == {"The whole shop", "North", "South"}


def test_the_sentence_counts_what_is_shown_waiting_and_hidden():
    may = Filters(Period(date(2026, 5, 1), date(2026, 5, 31)))
    assert feed_sentence(ALERTS, may, 0) == "4 alerts in 1 May – 31 May 2026, 3 not seen to yet."
    on_the_first = replace(may, period=Period(may.period.start, may.period.start))
    assert feed_sentence([], on_the_first, 0).startswith("No alert on 1 May 2026 from the rules")
    assert feed_sentence(ALERTS[3:], may, 3) == (
        "1 alert in 1 May – 31 May 2026, all seen to. 3 of members that the filters leave out are not shown."
    )
    assert feed_sentence([], may, 0) == (
        "No alert in 1 May – 31 May 2026 from the rules that are awake, on the days they judged."
    )


def test_what_snoozed_rules_found_is_counted():
    may = Filters(Period(date(2026, 5, 1), date(2026, 5, 31)))
    assert feed_sentence([], may, 0, 2).endswith("on the days they judged. 2 of snoozed rules are not shown.")
    assert feed_sentence(ALERTS, may, 0, 1).endswith("not seen to yet. 1 of snoozed rules is not shown.")


def test_the_table_has_a_row_per_alert_in_their_order():
    table = feed_table(ALERTS, SHOP)
    assert table["member"].tolist() == [alert.where for alert in ALERTS]
    assert set(table["severity"]) == {"Critical", "For information", "Warning"}
    assert table.loc[table["member"] == "Web", "dimension"].tolist() == ["Channel"]
    assert table["since"].dtype.kind == "M"
    assert feed_table([], SHOP).empty


def test_the_table_lists_every_day_of_an_alert():
    table = feed_table(feed(firing(1, 1), firing(1, 2, errors=-6.0), firing(1, 4, acknowledged=True)), SHOP)
    assert table["fired_on"].tolist() == ["2026-05-01, 2026-05-02, 2026-05-04"]
    assert (table["days"].tolist(), table["days_not_seen_to"].tolist()) == ([3], [2])
    assert table["farthest_on"].tolist() == [pd.Timestamp("2026-05-02")]
