"""The action board on the Overview: advice as it is at hand, what is taken up, how far it is, and what came of it."""

import json
from dataclasses import replace
from datetime import date

import pytest
from screen import plain_words, press, said, tick, troubles

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.model import Model, Run, whole_shop
from analytics.prescriptive.advice import Advice
from ui import advised, beside_pages, data, fits, refits
from warehouse.actions import all_actions, change_action, drop_action, take_up

ADVICE = Advice(
    key="price:Beauty", kind="price", title="Raise prices of Beauty by 4 %", sentence="Buyers hardly answer.",
    net_benefit=12_000.0, low=2_000.0, high=25_000.0, probability=0.85, cost=0.0, months=12.0, effort=1, days=0,
    assumption="Buyers answer as before.", would_change="An elasticity beyond −4.", rests_on="observed",
    page="descriptive/kpis", members=(("category", "Beauty"),), moves=0.02,
)  # fmt: skip
DEAR = replace(ADVICE, key="stock", kind="stock", title="Order more", cost=500.0, net_benefit=90_000.0, probability=0.6)

CARD_WIDTH = 816
"""Pixels that a table of the board has where the window has 1280."""


def two_things(filters, bad: str = "") -> tuple[Advice, ...]:  # noqa: ARG001 - as analyses take them
    return ADVICE, DEAR


def nothing_known(filters) -> tuple[Advice, ...]:  # noqa: ARG001
    raise NotEnoughData("There is no marketing spend: import it to be advised on budgets.")


@pytest.fixture
def advising(shop, monkeypatch):
    """What pages advise, by hand; nothing of it outlives the test."""
    monkeypatch.setattr(advised, "_answers", {})
    monkeypatch.setattr(advised, "sources", lambda: {two_things: dict, nothing_known: dict})
    yield shop
    advised.asked_for.clear()


@pytest.fixture
def board(advising, visit):
    """The Overview once advice is at hand."""
    advised.prepare_advice()
    return visit()


def offered(page) -> list[str]:
    table = next(e.value for e in page.dataframe if "Take up" in e.value)
    return list(table["Action"])


def test_before_advice_is_at_hand_it_is_said_and_asked_for(advising, visit):
    page = visit()
    assert "Advice is being worked out beside this page" in plain_words(page)
    assert advised.asked_for.is_set()
    assert not page.exception


def test_advice_stands_with_its_range_and_what_cannot_be_advised_with_its_reason(board):
    assert not board.exception
    assert offered(board) == ["Raise prices of Beauty by 4 %", "Order more"]
    assert "import it to be advised on budgets" in plain_words(board)
    assert "is first" in plain_words(board)


def test_no_chance_is_told_as_certain(advising, visit):
    def sure(filters) -> tuple[Advice, ...]:  # noqa: ARG001
        return (replace(ADVICE, probability=1.0),)

    advised.sources = lambda: {sure: dict}  # undone by the fixture
    advised.prepare_advice()
    table = next(e.value for e in visit().dataframe if "Take up" in e.value)
    assert list(table["Pays"]) == ["over 99 %"]


def test_weights_put_them_in_another_order_and_stand_in_the_address(advising, visit):
    advised.prepare_advice()
    weights = {"weight-benefit": "10", "weight-certainty": "0", "weight-ease": "0", "weight-speed": "0"}
    assert offered(visit(ranked_by="By my criteria", **weights)) == ["Order more", "Raise prices of Beauty by 4 %"]
    odd = visit(ranked_by="By my criteria", **dict.fromkeys(weights, "0"))
    assert "Nothing is weighed" in plain_words(odd)
    assert not odd.exception


def test_what_the_address_asks_of_the_board_is_heard_or_left_out_with_a_word(advising, visit):
    advised.prepare_advice()
    heard = visit(ranked_by="By my criteria", **{"weight-benefit": "0"})
    assert not [c.value for c in heard.sidebar.caption if "left out" in c.value]
    left = visit(ranked_by="By the moon", **{"weight-ease": "99"})
    assert not left.exception
    told = next(c.value for c in left.sidebar.caption if "left out" in c.value)
    assert "By the moon" in told
    assert "99" in told


def test_no_column_lies_beyond_the_edge_of_a_small_screen(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    advised.prepare_advice()
    for column in ("Take up", "Drop"):
        table = next(e for e in visit().dataframe if column in e.value)
        given = json.loads(table.proto.columns)
        widths = [given[name]["width"] for name in table.value.columns]
        assert sum(widths) <= CARD_WIDTH, column


def test_what_is_ticked_is_taken_up_once_and_moves_to_the_open_actions(board, desk):
    page = press(tick(board, "advice", {"Take up": True}), "Take up what is ticked")
    assert said(page) == ["1 taken up."]
    assert [(a.advice, a.status) for a in all_actions(desk)] == [(ADVICE, "planned")]
    assert offered(page) == ["Order more"]
    assert "Tick an action first" in troubles(press(page, "Take up what is ticked"))[0]


def test_taking_up_all_that_there_is_is_said_too(board, desk):
    table = f"advice-table-{board.session_state['_advice_version']}"
    ticks = {row: {"Take up": True} for row in range(2)}
    board.session_state[table] = {"edited_rows": ticks, "added_rows": [], "deleted_rows": []}
    page = press(board, "Take up what is ticked")
    assert said(page) == ["2 taken up."]
    assert "There is no further advice. What cannot be told yet:" in plain_words(page)


def test_an_action_runs_from_a_day_on_and_is_done(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    page = press(tick(visit(), "open", {"Status": "running", "Owner": "Asha", "Note": "try"}), "Save changes")
    (action,) = all_actions(desk)
    assert (action.status, action.owner, action.note, action.started_on) == ("running", "Asha", "try", date.today())
    press(tick(page, "open", {"Status": "done", "Began": "2026-09-01"}), "Save changes")
    (action,) = all_actions(desk)
    assert (action.status, action.started_on, action.done_on) == ("done", date(2026, 9, 1), date.today())


def test_what_another_tab_wrote_into_the_same_action_stays(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    here, there = visit(), visit()
    press(tick(there, "open", {"Status": "running", "Began": "2026-09-03", "Owner": "Asha"}), "Save changes")
    page = press(tick(here, "open", {"Note": "in the shop window"}), "Save changes")
    assert said(page) == ["1 changed."]
    (action,) = all_actions(desk)
    assert (action.owner, action.note, action.status) == ("Asha", "in the shop window", "running")
    assert action.started_on == date(2026, 9, 3)


def test_what_is_typed_after_another_tab_saved_is_given_up_with_a_word(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    here, there = visit(), visit()
    press(tick(there, "open", {"Owner": "Asha"}), "Save changes")
    page = tick(here, "open", {"Note": "in the shop window"}).run()
    assert "Somebody else changed this table meanwhile" in troubles(page)[0]
    press(page, "Save changes")
    assert (all_actions(desk)[0].owner, all_actions(desk)[0].note) == ("Asha", "")


def test_an_action_that_another_tab_dropped_is_not_said_to_be_changed(advising, visit, desk):
    for advice in (ADVICE, DEAR):
        take_up(desk, advice, date(2026, 9, 1))
    here = visit()
    drop_action(desk, all_actions(desk)[0].id)
    page = press(tick(here, "open", {"Owner": "Asha"}), "Save changes")
    assert said(page) == []
    assert "Somebody else changed this table meanwhile" in troubles(page)[0]
    assert [action.owner for action in all_actions(desk)] == [""]


def test_a_day_on_which_a_planned_action_began_is_not_lost_without_a_word(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    page = press(tick(visit(), "open", {"Began": "2026-09-05", "Owner": "Asha"}), "Save changes")
    assert "set its status as well" in troubles(page)[0]
    assert all_actions(desk)[0].owner == ""


def test_a_day_that_cannot_be_is_refused_and_a_dropped_action_is_gone(advising, visit, desk):
    take_up(desk, ADVICE, date(2026, 9, 1))
    page = press(tick(visit(), "open", {"Owner": "x" * 90}), "Save changes")
    assert "at most 80 characters" in troubles(page)[0]
    page = press(tick(page, "open", {"Drop": True}), "Save changes")
    assert all_actions(desk) == []
    assert not page.exception


def test_what_came_of_an_action_is_held_against_what_it_promised(advising, visit, desk):
    action = take_up(desk, ADVICE, date(2026, 9, 1))
    change_action(desk, action.id, "running", "", "", date(2026, 9, 1), None)
    whole = take_up(desk, replace(DEAR, members=()), date(2026, 9, 1))
    change_action(desk, whole.id, "done", "", "", date(2026, 9, 1), date(2026, 10, 1))
    told = plain_words(visit())
    assert "had it moved as the rest of the shop" in told
    assert "was promised" in told
    assert "nothing tells how the shop would have done without it" in told


def test_an_action_that_was_called_done_too_early_runs_again(advising, visit, desk):
    action = take_up(desk, ADVICE, date(2026, 9, 1))
    change_action(desk, action.id, "done", "Asha", "", date(2026, 9, 1), date(2026, 10, 1))
    page = press(visit(), "Not done yet")
    assert said(page) == ["“Raise prices of Beauty by 4 %” runs again."]
    (action,) = all_actions(desk)
    assert (action.status, action.owner, action.started_on, action.done_on) == (
        "running",
        "Asha",
        date(2026, 9, 1),
        None,
    )
    change_action(desk, action.id, "done", "Asha", "", date(2026, 9, 1), date(2026, 10, 1))
    page = visit()
    take_up(desk, ADVICE, date(2026, 11, 1))
    assert "taken up again since" in troubles(press(page, "Not done yet"))[0]


def test_where_not_one_page_can_advise_nothing_is_said_of_what_pays(advising, visit, monkeypatch):
    monkeypatch.setattr(advised, "sources", lambda: {nothing_known: dict})
    advised.prepare_advice()
    told = plain_words(visit())
    assert "Nothing can be advised yet" in told
    assert "pays by what is known" not in told
    assert "import it to be advised on budgets" in told


def test_where_some_cannot_be_told_the_rest_is_not_said_to_be_all(advising, visit):
    def nothing_pays(filters) -> tuple[Advice, ...]:  # noqa: ARG001
        return ()

    advised.sources = lambda: {nothing_known: dict, nothing_pays: dict}  # undone by the fixture
    advised.prepare_advice()
    told = plain_words(visit())
    assert "Nothing is advised. What cannot be told yet:" in told
    assert "pays by what is known" not in told


def test_an_analysis_that_breaks_keeps_no_other_from_advising(advising, visit):
    def broken(filters) -> tuple[Advice, ...]:  # noqa: ARG001
        raise ZeroDivisionError

    advised.sources = lambda: {broken: dict, two_things: dict}  # undone by the fixture
    advised.prepare_advice()
    data.pin_version()
    assert not advised.advice_at_hand().stale
    page = visit()
    assert offered(page) == ["Raise prices of Beauty by 4 %", "Order more"]
    assert "analyses that advise broke" in plain_words(page)


def test_advice_is_asked_anew_where_the_data_or_what_it_is_given_change(advising):
    asked = []

    def counted(filters, bad: str = "") -> tuple[Advice, ...]:  # noqa: ARG001
        asked.append(1)
        return (ADVICE,)

    given = {"bad": "a"}
    advised.sources = lambda: {counted: lambda: given}  # undone by the fixture
    advised.prepare_advice()
    advised.prepare_advice()
    assert len(asked) == 1
    given["bad"] = "b"
    advised.prepare_advice()
    assert len(asked) == 2
    data.change_settings(shop_name="Another name")
    data.pin_version()
    assert advised.advice_at_hand().stale
    advised.prepare_advice()
    data.pin_version()
    assert not advised.advice_at_hand().stale


def test_what_was_done_lately_is_not_advised_again_before_the_data_tell(advising, visit, desk):
    action = take_up(desk, ADVICE, date(2026, 9, 1))
    change_action(desk, action.id, "done", "", "", date(2026, 9, 1), date(2026, 10, 20))
    advised.prepare_advice()
    page = visit()
    assert offered(page) == ["Order more"]
    assert "1 not shown again" in plain_words(page)
    change_action(desk, action.id, "done", "", "", date(2026, 9, 1), date(2026, 9, 20))
    assert "Raise prices of Beauty by 4 %" in offered(visit())


def counting_fit(shop, tell) -> Run:  # noqa: ARG001 - as models take them
    return Run({"currency": shop.currency}, {})


def by_models(filters, churn, value) -> tuple[Advice, ...]:  # noqa: ARG001
    return (replace(ADVICE, title=f"Contact for {churn.facts['currency']}"),)


def test_advice_waits_for_models_that_are_fitted_anew_by_themselves_and_says_so(advising, visit, monkeypatch):
    toys = [Model(name, name, 1, counting_fit, whole_shop) for name in ("churn", "customer_value")]
    for name, toy in zip(("CHURN", "CUSTOMER_VALUE"), toys, strict=True):
        monkeypatch.setattr(advised, name, toy)
    monkeypatch.setattr(refits, "ADVISING", tuple(toys))
    monkeypatch.setattr(advised, "sources", lambda: {by_models: advised.runs_of_customers})
    advised.prepare_advice()
    board = visit()
    assert "were never fitted. The Retention page fits them" in plain_words(board)
    assert "Open the Retention page" in [link.proto.label for link in board.get("page_link")]

    for toy in toys:
        data.pin_version()
        assert fits.fit_of(fits.wanted(toy, Filters(data.shop().days))).wait(30)
    advised.prepare_advice()
    assert offered(visit()) == ["Contact for INR"]
    data.change_settings(gross_margin=0.2)
    advised.prepare_advice()
    assert offered(visit()) == ["Contact for INR"]
    assert not refits.asked_for.is_set()

    data.change_settings(currency="CHF")
    advised.prepare_advice()
    page = visit()
    assert "as soon as the models of churn and customer value are fitted anew" in plain_words(page)
    assert "Nothing to do pays" not in plain_words(page)
    assert not page.exception
    assert refits.asked_for.is_set()
    beside_pages._fit_for_advice()
    assert advised.asked_for.is_set()
    advised.prepare_advice()
    assert offered(visit()) == ["Contact for CHF"]


def test_what_the_models_refuse_is_told_on_the_board(advising, visit, monkeypatch):
    def refusing_fit(shop, tell) -> Run:  # noqa: ARG001
        raise NotEnoughData("There are too few days.")

    refusing = Model("churn", "Churn", 1, refusing_fit, whole_shop)
    monkeypatch.setattr(advised, "CHURN", refusing)
    monkeypatch.setattr(advised, "sources", lambda: {by_models: advised.runs_of_customers})
    data.pin_version()
    assert fits.fit_of(fits.wanted(refusing, Filters(data.shop().days))).wait(30)
    advised.prepare_advice()
    assert "Whom to contact is not advised. There are too few days." in plain_words(visit())
