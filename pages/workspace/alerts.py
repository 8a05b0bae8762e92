"""What the shop should be told of, and what it was told."""

import streamlit as st

from analytics.descriptive.alert_feed import feed_table
from analytics.descriptive.alert_rules import first_judged_sentence, rule_sentence
from analytics.descriptive.alerts import rule_history
from analytics.descriptive.courses import usual_course
from analytics.descriptive.followed import DAYS_TO_LEARN
from ui import charts
from ui.alert_choices import choose_part, drafted_rule
from ui.alert_panel import (
    HOW_ALERTS_READ,
    alert_actions,
    alert_list,
    alerts_found,
    history_sentence,
    rule_actions,
    rule_table,
    save_rule,
    show_rules,
)
from ui.alerts import judge_new_days
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, show_chart

say_demo()
filters = open_page("Alerts", "What needs looking at?")
with said_in_place():
    judge_new_days()

part = choose_part()

if part == "feed":
    with card("What the rules found") as feed_card:
        found = alerts_found(filters)
        alert_list(found, shop())
        alert_actions(found, shop())
        feed_card.explain(HOW_ALERTS_READ, feed_table(found, shop()), filters)

if part == "rules":
    with card("Rules") as rules_card:
        rules = rule_table(shop())
        show_rules(rules)
        rule_actions(shop())
        rules_card.explain(first_judged_sentence(shop(), DAYS_TO_LEARN), rules, filters)

if part == "draft":
    with card("What should it watch?"):
        rule = drafted_rule(shop())

    with card("On which days it would have fired") as draft_card:
        say(rule_sentence(rule, shop()))
        course = answer(usual_course, key=rule.metric, dimension=rule.dimension, relative=rule.relative)
        history = rule_history(course, rule, shop())
        members = history.members
        member = members[0] if len(members) == 1 else st.selectbox("Shown", members, key="rule-shown")
        sentence = history_sentence(history, shop())
        show_chart(charts.rule_days(history, member, shop()), "rule-days", sentence)
        say(sentence)
        save_rule(rule)
        draft_card.explain(
            "Judged by what was known the day before; shaded is where the rule keeps silent. Usual: dynamic linear "
            "models of level, slope, weekday and known holidays, weighted by how well they predict.",
            history.firings(),
            filters,
            rule.measured,
        )
