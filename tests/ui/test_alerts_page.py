"""The Alerts page: what was found and where it leads, drafts shown on the past, rules kept, changed and deleted."""

import html
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from screen import charts_alternative, plain_words, troubles, unescaped, words

from analytics.descriptive.alert_rules import AlertRule
from analytics.periods import day_label
from warehouse import alert_desk, alerts, store
from warehouse.desk import desk_path

PAGE = "workspace/alerts.py"
FREQUENT = AlertRule("orders", direction="both", false_alarms_a_year=40, least_orders=1)
"""A rule that fires on some days of any shop."""


@pytest.fixture
def desk(shop):
    """The same with one rule that has fired."""
    path = desk_path(shop, is_demo=True)
    alert_desk.lay_out_defaults(path, [])
    alert_desk.add_rule(path, FREQUENT, "critical")
    assert alerts.evaluate(shop).recorded > 0
    return path


def press(page, key: str):
    return next(button for button in page.button if button.key == key).click().run()


def test_a_new_shop_begins_with_rules_that_have_been_judged(visit, shop):
    opened = visit(PAGE, alerts="Rules")
    assert not opened.exception
    rules = opened.dataframe[0].value
    assert len(rules) > 5
    judged = rules["judged_to"].dropna()
    assert set(judged.dt.date.astype(str)) == {store.settings(shop)["last_complete_day"]}
    assert (rules["state"][judged.index] == "on").all()
    assert not alerts.pending(shop), "those that the few orders of this shop leave unjudged wait for new data"


def test_an_alert_leads_to_the_page_that_shows_it(visit, desk):
    opened = visit(PAGE, period="12m")
    links = [html.unescape(link) for link in re.findall(r'<a href="([^"]+)"', words(opened)) if "kpis" in link]
    assert links
    asked = parse_qs(urlsplit(links[0]).query)
    assert asked["metric"] == ["Orders"]
    first, last = (date.fromisoformat(day) for day in asked["days"])
    shown = visit("descriptive/kpis.py", **asked)
    assert not shown.exception
    assert not troubles(shown)
    assert f"{last.day} {last:%b} {last.year}" in plain_words(shown)
    assert first < last


def test_the_period_and_its_members_narrow_the_alerts(visit, desk):
    whole = visit(PAGE, period="12m")
    short = visit(PAGE, period="7d")
    number = [int(re.search(r"(\d+) alerts?|No alert", plain_words(page)).group(1) or 0) for page in (whole, short)]
    assert number[0] > number[1]


def test_an_alert_that_is_seen_to_says_so_until_that_is_taken_back(visit, desk):
    opened = press(visit(PAGE, period="30d"), "alert-seen")
    assert words(opened).count("seen to</span>") == 1
    chosen = next(box for box in opened.selectbox if box.key == "alert-chosen")
    opened = chosen.set_value(len(chosen.options) - 1).run()  # those seen to come last
    assert "seen to</span>" not in words(press(opened, "alert-seen"))


@pytest.fixture
def long_run(shop):
    """The same with a rule that fired on two days three weeks ago, and on five of the last week: two up, three down."""
    path = desk_path(shop, is_demo=True)
    alert_desk.lay_out_defaults(path, [])
    rule_id = alert_desk.add_rule(path, FREQUENT, "critical")
    last = date.fromisoformat(store.settings(shop)["last_complete_day"])
    days = pd.DatetimeIndex([last - timedelta(back) for back in (20, 19, 6, 5, 4, 3, 2)])
    figures = {"member": "", "value": [150.0, 160.0, 190.0, 180.0, 40.0, 30.0, 45.0], "expected": 100.0}
    found = pd.DataFrame({"day": days, **figures, "low": 60.0, "high": 140.0, "errors": 4.0})
    alert_desk.record(path, rule_id, found, last)
    return path, last


def test_a_run_of_days_is_one_line_and_seeing_to_it_sees_to_its_days_alone(visit, long_run):
    desk, last = long_run
    opened = visit(PAGE, period="30d")
    assert "3 alerts in" in plain_words(opened)
    said = f"{day_label(last - timedelta(4))}, 3 days, the last on {day_label(last - timedelta(2))}"
    assert f"since {said}" in plain_words(opened)
    opened = press(opened, "alert-seen")
    kept = alert_desk.recorded_firings(desk, last - timedelta(30), last)
    assert [(last - day.date()).days for day in kept.loc[kept["acknowledged"], "day"]] == [2, 3, 4]
    assert "3 alerts in" in plain_words(opened)
    assert "2 not seen to yet" in plain_words(opened)
    assert f"since {said}" in plain_words(visit(period="30d")), "on the Overview, too"


def test_each_day_of_a_run_can_be_read(visit, long_run):
    opened = visit(PAGE, period="30d")
    assert not opened.exception
    assert [expander.label for expander in opened.expander if "Each" in expander.label] == ["Each of its 3 days"]
    (days,) = (table.value for table in opened.dataframe if "errors" in table.value)
    assert days["found"].tolist() == ["45", "30", "40"]


def test_a_comment_is_kept_and_shown_as_text(visit, desk):
    opened = visit(PAGE, period="12m")
    comment = next(box for box in opened.text_input if box.key.startswith("alert-comment-"))
    opened = press(comment.set_value("<b>payday</b> & sale").run(), "alert-say")
    assert "&lt;b&gt;payday&lt;/b&gt; &amp; sale" in words(opened)
    assert "<b>payday" not in words(opened)


def test_a_snoozed_rule_is_quiet_and_can_be_woken(visit, desk):
    opened = press(visit(PAGE, period="12m"), "alert-snooze-30")
    assert "No alert in" in plain_words(opened)
    assert "of snoozed rules" in plain_words(opened)
    assert "No alert in" in plain_words(visit(period="12m")), "on the Overview, too"
    press(visit(PAGE, alerts="Rules"), "rule-wake")
    assert "No alert in" not in plain_words(visit(PAGE, period="12m"))


def test_the_overview_shows_the_alerts_of_the_period(visit, desk):
    said = plain_words(visit(period="12m"))
    assert re.search(r"\d+ alerts in", said)
    assert "against" in said


def test_a_draft_says_on_how_many_days_it_would_have_fired_beside_a_quiet_year(visit, shop):
    opened = visit(PAGE, alerts="New rule", rule_metric="Orders", rule_alarms="40", rule_orders="1")
    assert not opened.exception
    said = charts_alternative(opened)["rule-days"]
    fired, days = map(int, re.search(r"fired on (\d+) of (\d+) days judged", said.replace(",", "")).groups())
    assert 0 < fired < days
    assert "in a year in which nothing happens" in said
    assert "smallest fall" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"rule_metric": "Satisfaction", "rule_kind": "Above or below a limit", "rule_limit_score": "6"},
            "always below",
        ),
        ({"rule_metric": "Satisfaction", "rule_kind": "Above or below a limit", "rule_limit_score": "0.5"}, "never be"),
        ({"rule_kind": "Change against earlier days", "rule_percent": "-5"}, "more than 0 %"),
        ({"rule_alarms": "0"}, "more than 0"),
        ({"rule_kind": "Above or below a limit", "rule_limit_money": "1e308"}, "at most 1e+15"),
        ({"rule_least": "100"}, "a fall less than 100 %"),
        ({"rule_orders": "1000000"}, "No day can be judged"),
    ],
)
def test_a_draft_that_makes_no_sense_is_answered_in_place(asked, said, visit, shop):
    opened = visit(PAGE, alerts="New rule", **asked)
    assert not opened.exception
    assert said in unescaped("\n".join(info.value for info in opened.info))
    assert not [button for button in opened.button if "Save" in button.label]


def test_what_the_address_asks_for_in_vain_is_dropped_with_a_note(visit, shop):
    opened = visit(PAGE, alerts="New rule", rule_metric="Happiness", rule_scope="Planet")
    assert not opened.exception
    assert "Happiness" in plain_words(opened)


def test_a_saved_rule_is_judged_at_once_and_stands_among_the_rules(visit, shop):
    opened = visit(
        PAGE, alerts="New rule", rule_metric="Orders", rule_alarms="40", rule_way="Either way", rule_orders="1"
    )
    note = next(box for box in opened.text_input if box.key == "rule-note")
    note.set_value("=HYPERLINK(1)")
    opened = next(button for button in opened.button if "Save" in button.label).click().run()
    assert not opened.exception
    assert opened.success
    stored = alert_desk.stored_rules(desk_path(shop, is_demo=True))
    assert stored[-1].rule.false_alarms_a_year == 40
    assert stored[-1].evaluated_through is not None
    assert stored[-1].note == "=HYPERLINK(1)"


def test_a_rule_can_be_changed_and_deleted(visit, desk):
    opened = visit(PAGE, alerts="Rules")
    rule = alert_desk.stored_rules(desk)[0]
    next(box for box in opened.selectbox if box.key == f"severity-{rule.id}").set_value("info")
    next(box for box in opened.text_input if box.key == f"note-{rule.id}").set_value("ask the warehouse")
    press(opened, "rule-keep")
    changed = alert_desk.stored_rules(desk)[0]
    assert (changed.severity, changed.note) == ("info", "ask the warehouse")
    opened = press(visit(PAGE, alerts="Rules"), "rule-delete")
    assert alert_desk.stored_rules(desk) == []
    assert "There is no rule yet" in plain_words(opened)


def test_the_same_rule_again_is_not_saved_and_leaves_the_note_of_the_first(visit, shop):
    asked = {"rule_metric": "Orders", "rule_alarms": "40", "rule_orders": "1"}
    for remark, outcome in (("call Ann", "Saved."), ("call Bob", "there already")):
        opened = visit(PAGE, alerts="New rule", **asked)
        next(box for box in opened.text_input if box.key == "rule-note").set_value(remark)
        opened = next(button for button in opened.button if "Save" in button.label).click().run()
        assert outcome in unescaped("".join(s.value for s in (*opened.success, *opened.error)))
    assert alert_desk.stored_rules(desk_path(shop, is_demo=True))[-1].note == "call Ann"


def test_changing_a_rule_that_somebody_else_deleted_says_so(visit, desk):
    opened = visit(PAGE, alerts="Rules")
    alert_desk.delete_rule(desk, alert_desk.stored_rules(desk)[0].id)
    opened = press(opened, "rule-keep")
    assert not opened.exception
    assert troubles(opened) == ["Nothing was changed: this rule was deleted meanwhile."]


def test_a_desk_that_cannot_be_written_is_said_where_it_was_asked_for(visit, desk):
    opened = visit(PAGE, period="12m")
    desk.write_bytes(b"no desk at all, " * 200)
    opened = press(opened, "alert-seen")
    assert not opened.exception
    assert "desk.db" in troubles(opened)[0]


def test_a_member_of_another_dimension_is_left_out_with_a_note(visit, shop):
    opened = visit(PAGE, alerts="New rule", rule_scope="Channel", rule_member="North")
    assert not opened.exception
    assert "North is no channel and was left out." in plain_words(opened)


def test_a_limit_speaks_up_whenever_it_is_crossed_however_usual_that_is(visit, shop):
    asked = {"rule_kind": "Above or below a limit", "rule_metric": "Revenue", "rule_orders": "0"}
    opened = visit(PAGE, alerts="New rule", rule_limit_money="1e9", **asked)
    fired, days = re.search(r"fired on ([\d,]+) of ([\d,]+) days judged", plain_words(opened)).groups()
    assert fired == days


def test_a_rule_whose_member_has_gone_says_so(visit, desk):
    alert_desk.add_rule(desk, AlertRule("orders", dimension="region", member="Atlantis"))
    opened = visit(PAGE, alerts="Rules")
    assert not opened.exception
    states = opened.dataframe[0].value["state"]
    assert states.str.contains("Atlantis").any()


def test_a_desk_that_cannot_be_read_is_said_in_place(visit, desk):
    desk.write_bytes(b"no desk at all, " * 200)
    opened = visit(PAGE)
    assert not opened.exception
    assert any("desk.db" in said for said in troubles(opened))
    overview = visit()
    assert not overview.exception
    assert "Revenue was" in plain_words(overview), "the rest of the page is as it should be"


@pytest.fixture
def without_north(demo_orders, stored, tmp_path_factory):
    """The same shop after another import: no order of the North is left, and no score."""
    orders = demo_orders[demo_orders["region"] != "North"].assign(satisfaction_score=None)
    return stored(orders, tmp_path_factory.mktemp("after") / "shop.db", is_demo="1")


def test_what_other_orders_no_longer_have_is_said_where_it_is_used_and_nothing_is_lost(
    visit, desk, shop, without_north, use_database
):
    of_north = replace(FREQUENT, dimension="region", member="North", least_orders=0)
    alert_desk.add_rule(desk, of_north)
    alerts.evaluate(shop)
    draft = {"rule_metric": "Satisfaction", "rule_scope": "Region", "rule_member": "North", "rule_orders": "1"}
    opened = visit(PAGE, alerts="New rule", **draft)
    kept = alert_desk.stored_rules(desk)
    shutil.copy(without_north, shop)
    opened = next(button for button in opened.button if "Save" in button.label).click().run()
    assert not opened.exception
    assert "cannot give satisfaction" in troubles(opened)[0]
    rules = visit(PAGE, alerts="Rules")
    assert not rules.exception
    assert "“North” is no region in this shop's data" in "".join(rules.dataframe[0].value["state"])
    rules.selectbox(key="rule-chosen").set_value(kept[-1].id).run()
    assert "“North” is no region in this shop's data" in plain_words(rules)
    assert not visit(PAGE, period="12m").exception
    found = alert_desk.recorded_firings(desk, date(2024, 1, 1), date(2026, 12, 31))
    assert "North" in set(found["member"]), "what was found before stays"
    assert [stored.rule for stored in alert_desk.stored_rules(desk)] == [stored.rule for stored in kept]
