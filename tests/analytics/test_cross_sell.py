"""What goes together: the same figures as mlxtend, nothing called more than chance that is not, offers by hand."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.cross_sell import (
    advised_offers,
    cross_sell_advice,
    cross_sell_defaults,
    offer_worth,
)
from analytics.prescriptive.next_offers import NextOffers, next_offer_page, next_offer_rows, next_offers
from analytics.prescriptive.offers_tested import AHEAD_DAYS, OffersTested, offers_tested
from analytics.prescriptive.pair_counts import LARGEST_BASKET, pair_counts
from analytics.prescriptive.pairs import Pairs, pairs
from analytics.prescriptive.simulated_plan import simulated_plan
from tests.analytics.conftest import shop_of

START = pd.Timestamp("2026-01-01")


def baskets(
    seed: int = 1, orders: int = 1_500, customers: int = 300, planted: float = 0.0, items: int = 8, full: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of independent things, popular ones more often; of those with P0 a share of ``planted`` gets P1 as well.

    ``full`` is how far apart the sizes of baskets are.
    """
    chance = np.random.default_rng(seed)
    who = chance.integers(0, customers, orders)
    day = chance.integers(0, 200, orders)
    size = np.exp(full * chance.standard_normal(orders))
    odds = np.minimum(np.linspace(0.35, 0.08, items)[None, :] * size[:, None], 0.9)
    held = chance.random((orders, items)) < odds
    held[:, 1] |= held[:, 0] & (chance.random(orders) < planted)
    empty = np.flatnonzero(~held.any(axis=1))
    held[empty, chance.integers(0, items, len(empty))] = True
    rows = [(f"t{o:05d}", i) for o, i in zip(*np.nonzero(held), strict=True)]
    lines = pd.DataFrame(
        [(key, n, f"P{i}", f"Thing {i}", f"K{i % 2}", 1.0, 10.0 + i, 5.0) for n, (key, i) in enumerate(rows)],
        columns=["transaction_id", "line", "product_id", "product", "category", "quantity", "unit_price", "unit_cost"],
    )
    value = lines.groupby("transaction_id")["unit_price"].sum()
    made = pd.DataFrame(
        {
            "transaction_id": [f"t{o:05d}" for o in range(orders)],
            "customer_id": [f"c{c}" for c in who],
            "date": START + pd.to_timedelta(day, unit="D"),
            "region": np.where(who % 2, "North", "South"),
            "category": "K0",
            "channel": "Web",
        }
    )
    return made.assign(revenue=made["transaction_id"].map(value)), lines


def fans(orders: int = 3_000, customers: int = 1_000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As ``baskets``, but every fourth customer likes both P0 and P1, and the others hardly either."""
    made, lines = baskets(orders=orders, customers=customers)
    chance = np.random.default_rng(2)
    fan = made["customer_id"].str[1:].astype(int) % 4 == 0
    lines = lines[~lines["product_id"].isin(["P0", "P1"])]
    rows = [lines]
    for n, often in ((0, 0.5), (1, 0.35)):
        held = made.loc[chance.random(len(made)) < np.where(fan, often, 0.02), "transaction_id"]
        own = {"product_id": f"P{n}", "product": f"Thing {n}", "category": f"K{n}", "quantity": 1.0}
        rows.append(pd.DataFrame({"transaction_id": held}).assign(**own, unit_price=10.0 + n, unit_cost=5.0))
    lines = pd.concat(rows, ignore_index=True)
    made = made[made["transaction_id"].isin(lines["transaction_id"])].reset_index(drop=True)
    value = (lines["quantity"] * lines["unit_price"]).groupby(lines["transaction_id"]).sum()
    return made.assign(revenue=made["transaction_id"].map(value)), lines.assign(line=range(len(lines)))


def found_in(made: tuple[pd.DataFrame, pd.DataFrame], by: str = "product", days: int = 0, **members) -> Pairs:
    orders, lines = made
    shop = shop_of(orders)
    return pairs(lines, orders, shop, Filters(Period(shop.first_day, shop.today), **members), by, days)


def rules_of(baskets_of: pd.DataFrame) -> pd.DataFrame:
    from mlxtend.frequent_patterns import apriori, association_rules

    often = apriori(baskets_of, min_support=1e-9, max_len=2, use_colnames=True)
    rules = association_rules(often, num_itemsets=len(baskets_of), metric="support", min_threshold=0.0)
    one = (rules["antecedents"].map(len) == 1) & (rules["consequents"].map(len) == 1)
    names = {c: rules.loc[one, c].map(lambda s: next(iter(s))) for c in ("antecedents", "consequents")}
    return rules[one].assign(**names).set_index(["antecedents", "consequents"])


def test_support_confidence_and_lift_are_those_of_mlxtend():
    orders, lines = baskets(full=0.5)
    table = found_in((orders, lines)).table
    crossed = pd.crosstab(lines["transaction_id"], lines["product_id"]).astype(bool)
    rules = rules_of(crossed)
    assert len(table) == 8 * 7 / 2
    for row in table.itertuples():
        rule, back = rules.loc[(row.first_item, row.then_item)], rules.loc[(row.then_item, row.first_item)]
        assert row.support == pytest.approx(rule["support"], abs=1e-12)
        assert row.confidence == pytest.approx(rule["confidence"], abs=1e-12)
        assert row.confidence_back == pytest.approx(back["confidence"], abs=1e-12)
        assert row.usual == pytest.approx(rule["consequent support"], abs=1e-12)
        assert row.lift == pytest.approx(rule["lift"], abs=1e-12)


def test_what_follows_within_days_is_that_of_mlxtend_on_the_same_baskets():
    orders, lines = baskets(full=0.3)
    table = found_in((orders, lines), days=30).table
    held = lines.merge(orders[["transaction_id", "customer_id", "date"]], on="transaction_id")
    last = orders["date"].max() - pd.Timedelta(days=30)
    rows = {}
    for order in orders[orders["date"] <= last].itertuples():
        own = held[held["customer_id"] == order.customer_id]
        gap = (own["date"] - order.date).dt.days
        first = {f"first {i}" for i in own.loc[own["transaction_id"] == order.transaction_id, "product_id"]}
        rows[order.transaction_id] = first | {f"then {i}" for i in own.loc[(gap > 0) & (gap <= 30), "product_id"]}
    names = sorted(set().union(*rows.values()))
    crossed = pd.DataFrame([[n in row for n in names] for row in rows.values()], columns=names)
    rules = rules_of(crossed)
    assert len(table) >= 40
    for row in table.itertuples():
        rule = rules.loc[(f"first {row.first_item}", f"then {row.then_item}")]
        assert row.lift == pytest.approx(rule["lift"], abs=1e-12)
        assert row.confidence == pytest.approx(rule["confidence"], abs=1e-12)
        assert row.support == pytest.approx(rule["support"], abs=1e-12)


@pytest.mark.parametrize("days", [0, 30])
def test_the_range_takes_each_customer_as_one_piece_of_evidence(days):
    """The variance counted customer by customer, as it is defined."""
    orders, lines = baskets(orders=300, customers=60, items=4, full=0.4)
    held = lines.merge(orders, on="transaction_id")
    coded = pd.DataFrame(
        {
            "order": pd.factorize(held["transaction_id"])[0],
            "who": pd.factorize(held["customer_id"])[0],
            "day": (held["date"] - START).dt.days,
            "item": held["product_id"].str[1:].astype(int),
        }
    )
    counts = pair_counts(coded, 4, days, 200 - days)
    z, a, b, t = (np.zeros((60, *shape)) for shape in ((4, 4), (4,), (4,), ()))
    kf = np.zeros((60, 3))
    for _, basket in coded.groupby("order"):
        who, day = basket["who"].iloc[0], basket["day"].iloc[0]
        if day > 200 - days:
            continue
        own = coded[coded["who"] == who]
        after = own[(own["day"] > day) & (own["day"] <= day + days)] if days else basket
        first, then = (np.isin(np.arange(4), items) for items in (basket["item"], after["item"]))
        z[who] += np.outer(first, then)
        a[who] += first
        b[who] += then
        t[who] += 1
        kf[who] += (first.sum(), then.sum(), first.sum() * then.sum() - (first & then).sum())
    assert counts.together == pytest.approx(z.sum(axis=0))
    shares = z / z.sum(axis=0) - (a / a.sum(axis=0))[:, :, None] - (b / b.sum(axis=0))[:, None, :]
    plain = shares + (t / t.sum())[:, None, None]
    assert counts.variance == pytest.approx((plain**2).sum(axis=0))
    k, f, both = (kf / kf.sum(axis=0)).T
    alike = shares + (k + f - both)[:, None, None]
    assert counts.variance_alike == pytest.approx((alike**2).sum(axis=0))
    total = kf.sum(axis=0)
    apart = total[0] * total[1] - a.sum(axis=0) @ b.sum(axis=0)
    assert counts.alike == pytest.approx(max(t.sum() * total[2] / apart, 1.0))


def test_a_planted_pair_is_found_and_stands_first():
    found = found_in(baskets(planted=0.4))
    assert set(found.beyond[["first", "then"]].iloc[0]) == {"Thing 0", "Thing 1"}
    assert "Thing 1" in found.sentence
    assert (found.beyond["alike_low"] > 1).all()


SEEDS = range(10, 20)
"""Ten shops without a pair, of which one in two is told of one by a method that is wrong in one of twenty."""


def test_too_few_baskets_for_any_pair_are_not_called_pairs_by_chance():
    orders, lines = baskets()
    few = orders.head(12)
    found = found_in((few, lines[lines["transaction_id"].isin(few["transaction_id"])]))
    assert found.looked_at == 0
    assert found.sentence.startswith("No two of them are each in 20 of the 12 baskets in view")


def test_full_baskets_hold_everything_more_often_and_that_is_no_pair():
    found = [found_in(baskets(seed=seed, full=0.8)) for seed in SEEDS]
    assert all((f.table["lift"] > 1).mean() > 0.9 for f in found), "by the plain lift all goes with all"
    assert sum(not f.beyond.empty for f in found) <= 2
    assert any("none is bought together more often than by chance" in f.sentence for f in found)


def test_busy_customers_buy_everything_after_everything_and_that_is_no_pair():
    odds = np.arange(1, 151) ** 2.0
    found = []
    for seed in SEEDS:
        orders, lines = baskets(seed=seed, orders=2_000, customers=150)
        busy = np.random.default_rng(seed).choice(150, len(orders), p=odds / odds.sum())
        found.append(found_in((orders.assign(customer_id=[f"c{c}" for c in busy]), lines), days=30))
    assert sum(not f.beyond.empty for f in found) <= 2


def test_one_customer_who_repeats_a_basket_proves_nothing():
    orders, lines = baskets(seed=7, items=6)
    again = lines.head(2).assign(product_id=["P4", "P5"], product=["Thing 4", "Thing 5"])
    repeats = [(f"r{n}", again.assign(transaction_id=f"r{n}")) for n in range(120)]
    more = orders.head(1).loc[[orders.index[0]] * 120].assign(transaction_id=[key for key, _ in repeats])
    found = found_in((pd.concat([orders, more]), pd.concat([lines, *(rows for _, rows in repeats)])))
    pair = found.table[(found.table["first"] == "Thing 4") & (found.table["then"] == "Thing 5")].iloc[0]
    assert pair["lift"] > 1.8, "orders taken one by one it would be beyond doubt"
    assert not pair["beyond"]


def test_guests_have_baskets_but_nothing_after_them():
    orders, lines = baskets()
    guests = orders.assign(customer_id=orders["customer_id"].where(orders.index % 2 == 0))
    assert found_in((guests, lines)).baskets == len(orders)
    named = found_in((guests, lines), days=30)
    assert named.baskets < (orders.index % 2 == 0).sum()
    with pytest.raises(NotEnoughData, match="name their customer"):
        found_in((orders.assign(customer_id=None), lines), days=30)


def test_a_wholesale_order_is_left_out_and_said():
    orders, lines = baskets()
    many = pd.concat(
        [
            lines.head(1).assign(product_id=f"X{n}", product=f"X{n}", transaction_id="t00000", line=1_000 + n)
            for n in range(LARGEST_BASKET + 1)
        ]
    )
    found = found_in((orders, pd.concat([lines, many])))
    assert found.baskets == len(orders) - 1
    assert "left out: 1 order of more than 60" in found.left_out.lower()


def test_refunds_and_returned_lines_are_in_no_basket():
    orders, lines = baskets()
    refund = orders.head(50).assign(transaction_id=[f"r{n}" for n in range(50)], revenue=-5.0)
    refunded = lines.head(50).assign(transaction_id=[f"r{n}" for n in range(50)])
    returned = lines.head(20).assign(line=9_000, quantity=-1.0, product_id="P7", product="Thing 7")
    plain = found_in((orders, lines))
    same = found_in((pd.concat([orders, refund]), pd.concat([lines, refunded, returned])))
    pd.testing.assert_frame_equal(plain.table, same.table)


def test_what_cannot_be_asked_is_said():
    orders, lines = baskets()
    with pytest.raises(ValueError, match="by, days"):
        found_in((orders, lines), days=7)
    with pytest.raises(NotEnoughData, match="lines of orders"):
        found_in((orders, lines.head(0)))
    with pytest.raises(NotEnoughData, match="West"):
        found_in((orders, lines), region=("West",))
    with pytest.raises(NotEnoughData, match="look at products"):
        found_in((orders.drop(columns="category"), lines.drop(columns="category")), by="category")


def offers_of(made: tuple[pd.DataFrame, pd.DataFrame], days: int = 0) -> NextOffers:
    orders, lines = made
    shop = shop_of(orders)
    view = Filters(Period(shop.first_day, shop.today))
    margins = pd.DataFrame({"category": ["K0", "K1"], "share": [0.5, 0.5], "source": ["stated", "stated"]})
    found = pairs(lines, orders, shop, view, "product", days)
    people = pd.DataFrame({"customer_id": orders["customer_id"].dropna().unique()})
    return next_offers(found, lines, orders, people, shop, view, margins)


def test_an_offer_goes_to_who_bought_the_one_lately_and_never_the_other():
    orders, lines = baskets(planted=0.4)
    offers = offers_of((orders, lines))
    held = lines.merge(orders, on="transaction_id")
    since = orders["date"].max() - pd.Timedelta(days=89)
    for row in offers.table.head(25).itertuples():
        own = held[held["customer_id"] == row.customer_id]
        assert row.offer not in set(own["product"])
        assert own.loc[own["product"] == row.bought, "date"].max() == row.bought_on >= since
    assert offers.customers == len(offers.table)
    assert not offers.table["customer_id"].duplicated().any()


def test_worth_is_the_uplift_times_the_margin_counted_by_hand():
    made = baskets(planted=0.4)
    offers, pair = offers_of(made), found_in(made).beyond.iloc[0]
    row = offers.table[(offers.table["bought"] == pair["first"]) & (offers.table["offer"] == pair["then"])].iloc[0]
    assert row["chance"] == pytest.approx(pair["confidence"])
    assert row["uplift"] == pytest.approx(pair["confidence"] * (1 - 1 / pair["alike"]))
    price = 10.0 + int(pair["then_item"][1:])
    assert row["margin"] == pytest.approx(0.5 * price), "stated margins go before unit costs"
    assert row["worth"] == pytest.approx(row["uplift"] * row["margin"])


def test_the_list_is_searched_and_read_page_by_page():
    offers = offers_of(baskets(planted=0.4))
    rows = next_offer_rows(offers, 0.2, 0.1)
    assert (rows["expected"].diff().dropna() <= 1e-12).all()
    second = next_offer_page(offers, 0.2, 0.1, "", 2)
    assert second["customer_id"].tolist() == rows["customer_id"].tolist()[15:30]
    one = rows["customer_id"].iloc[3]
    assert one in next_offer_rows(offers, 0.2, 0.1, one.upper())["customer_id"].tolist()
    with pytest.raises(NotEnoughData, match="zzz"):
        next_offer_rows(offers, 0.2, 0.1, "zzz")


def test_what_is_not_worth_a_contact_is_not_offered():
    made = baskets(planted=0.4)
    offers, shop = offers_of(made), shop_of(made[0])
    free, dear = offer_worth(offers, shop, 0.2, 0.0), offer_worth(offers, shop, 0.2, 1_000.0)
    assert free.customers == offers.customers
    assert free.low < free.net < free.high
    assert free.net == pytest.approx(0.2 * (offers.table["worth"]).sum(), rel=0.25)
    assert (dear.customers, dear.net) == (0, 0.0)
    assert "no offer is expected to bring more than it costs" in dear.sentence
    assert offer_worth(offers, shop, 0.0, 0.0).customers == 0
    with pytest.raises(ValueError, match="share, cost"):
        offer_worth(offers, shop, 1.2, 0.0)
    with pytest.raises(ValueError, match="share, cost"):
        offer_worth(offers, shop, 0.2, float("nan"))


def test_a_stated_offer_tells_what_a_contact_costs():
    offers = offers_of(baskets(planted=0.4))
    stated = Assumptions(offers=(Offer("Mail", 0.4), Offer("Call", 5.0)), stated=frozenset({"offers"}))
    assert cross_sell_defaults(offers, stated).cost == 0.4
    assumed = cross_sell_defaults(offers, Assumptions())
    assert not assumed.stated
    assert 0 < assumed.cost < offers.order_value * 0.01


def test_an_advice_carries_its_assumption_and_its_plan():
    made = baskets(planted=0.4)
    offers, shop = offers_of(made), shop_of(made[0])
    (advice,) = advised_offers(offers, Assumptions(), shop)
    worth = offer_worth(offers, shop, 0.2, cross_sell_defaults(offers, Assumptions()).cost)
    assert advice.rests_on == "assumed"
    assert (advice.net_benefit, advice.low, advice.high) == (worth.net, worth.low, worth.high)
    plan = advice.scenario
    assert plan.input("lift").low < plan.input("lift").likely < plan.input("lift").high
    assert simulated_plan(plan).low < 0, "as the advice, the plan may bring nothing"
    assert plan.input("affected_a_month").likely * advice.months == pytest.approx(worth.customers)
    brought = worth.customers * plan.input("lift").likely * plan.input("margin_each").likely
    rows = offers.pairs
    assert brought == pytest.approx(0.2 * (rows["customers"] * rows["uplift"] * rows["margin"]).sum())


def seen_of(made: tuple[pd.DataFrame, pd.DataFrame]) -> OffersTested:
    orders, lines = made
    shop = shop_of(orders)
    margins = pd.DataFrame({"category": ["K0", "K1"], "share": [0.5, 0.5], "source": ["stated", "stated"]})
    people = pd.DataFrame({"customer_id": orders["customer_id"].unique()})
    return offers_tested(lines, orders, people, shop, Filters(Period(shop.first_day, shop.today)), margins)


def test_what_is_promised_of_offers_is_no_more_than_was_seen_of_such_offers():
    made = fans()
    offers, tested, shop = offers_of(made), seen_of(made), shop_of(made[0])
    own, alike = tested.table["bought"].iloc[:2]
    assert tested.better
    assert tested.came == pytest.approx((own - alike) / tested.promised)
    assert 0 < tested.came < 1, "who lacks the one buys it less than who has both"
    plain, seen = (offer_worth(offers, shop, 0.2, 0.0, of) for of in (None, tested))
    assert seen.net == pytest.approx(tested.came * plain.net, rel=0.1)
    assert (seen.high - seen.low) / seen.net > (plain.high - plain.low) / plain.net
    (advice,) = advised_offers(offers, Assumptions(), shop, tested)
    lift = advice.scenario.input("lift").likely
    assert lift < 0.2 * (offers.pairs["customers"] * offers.pairs["uplift"]).sum() / offers.customers
    rows = next_offer_rows(offers, 0.2, 0.1, came=tested.came)
    assert rows["expected"].to_numpy() == pytest.approx(0.2 * tested.came * rows["worth"].to_numpy() - 0.1)


def test_baskets_that_go_together_are_no_offer_where_nobody_wanted_them_more():
    """All customers are alike: an order with P0 has P1 more often, but who bought P0 wants P1 no more than others."""
    made = baskets(planted=0.4, orders=3_000, customers=600)
    offers, tested, shop = offers_of(made), seen_of(made), shop_of(made[0])
    assert advised_offers(offers, Assumptions(), shop) != ()
    assert not tested.better
    assert advised_offers(offers, Assumptions(), shop, tested) == ()
    plain, seen = (offer_worth(offers, shop, 0.2, 0.0, of) for of in (None, tested))
    assert seen.net < plain.net / 3
    none = offer_worth(offers, shop, 0.2, 0.0, replace(tested, came=-0.1))
    assert (none.customers, none.net) == (0, 0.0)
    assert "not wanted more by their customers than by others" in none.sentence


def test_the_action_board_can_ask_in_one_go():
    orders, lines = fans()
    shop = shop_of(orders)
    view = Filters(Period(shop.first_day, shop.today))
    margins = pd.DataFrame({"category": ["K0"], "share": [0.5], "source": ["stated"]})
    people = pd.DataFrame({"customer_id": orders["customer_id"].unique()})
    asked = (lines, orders, people, shop, view, margins, Assumptions())
    assert {a.kind for a in cross_sell_advice(*asked)} == {"cross_sell"}
    quiet, of_quiet = baskets(seed=3)
    assert cross_sell_advice(of_quiet, quiet, *asked[2:]) == ()


def test_nothing_that_goes_together_is_nothing_to_offer():
    with pytest.raises(NotEnoughData, match="There is nothing to offer: of 28 pairs"):
        offers_of(baskets(seed=3))


def test_of_pairs_that_follow_the_period_ends_what_is_learnt():
    orders, lines = baskets(planted=0.4)
    shop = shop_of(orders)
    early = Filters(Period(date(2026, 1, 1), date(2026, 3, 1)))
    assert pairs(lines, orders, shop, early, "product", 0).baskets == (orders["date"] <= "2026-03-01").sum()


def test_offers_of_a_while_ago_are_held_against_what_was_bought_after_them():
    orders, lines = baskets(planted=0.4, orders=3_000, customers=600)
    shop = shop_of(orders)
    margins = pd.DataFrame({"category": ["K0", "K1"], "share": [0.5, 0.5], "source": ["stated", "stated"]})
    people = pd.DataFrame({"customer_id": orders["customer_id"].unique()})
    asked = (lines, orders, people, shop)
    tested = offers_tested(*asked, Filters(Period(shop.first_day, shop.today)), margins)
    cut = shop.today - pd.Timedelta(days=AHEAD_DAYS)
    early = Filters(Period(shop.first_day, cut))
    offers = next_offers(pairs(lines, orders, shop, early), lines, orders, people, shop, early, margins)
    held = lines.merge(orders, on="transaction_id")
    after = held[held["date"] > pd.Timestamp(cut)]
    bought = set(zip(after["customer_id"], after["product_id"], strict=True))
    hits = [key in bought for key in offers.keyed[["who", "item"]].itertuples(index=False, name=None)]
    assert tested.table["bought"].iloc[0] == pytest.approx(np.mean(hits))
    before = held[held["date"] <= pd.Timestamp(cut)]
    active = set(before.loc[before["date"] > pd.Timestamp(cut) - pd.Timedelta(days=90), "customer_id"])
    rates = []
    for item in offers.keyed["item"]:
        lacked = active - set(before.loc[before["product_id"] == item, "customer_id"])
        rates.append(np.mean([(who, item) in bought for who in lacked]))
    assert tested.table["bought"].iloc[1] == pytest.approx(np.mean(rates))
    assert "by themselves within 90 days" in tested.sentence


def test_offers_are_not_tested_on_too_short_a_history():
    orders, lines = baskets(planted=0.4)
    shop = shop_of(orders)
    margins = pd.DataFrame({"category": ["K0"], "share": [0.5], "source": ["stated"]})
    people = pd.DataFrame({"customer_id": orders["customer_id"].unique()})
    early = Filters(Period(shop.first_day, date(2026, 2, 1)))
    with pytest.raises(NotEnoughData, match="the data begin later"):
        offers_tested(lines, orders, people, shop, early, margins)


def test_of_very_many_customers_one_of_several_is_counted_and_said(monkeypatch):
    orders, lines = baskets()
    keyed = orders.assign(
        customer_key=orders["customer_id"].str[1:].astype("int32"),
        transaction_key=np.arange(len(orders), dtype="int32"),
        satisfaction_score=np.nan,
        delivery_days=np.nan,
    )
    of_keys = lines.merge(keyed[["transaction_id", "transaction_key"]], on="transaction_id")
    shop = replace(shop_of(orders), customer_keys=300)
    view = Filters(Period(shop.first_day, shop.today))
    asked = (ibis.memtable(of_keys), ibis.memtable(keyed), shop, view)
    whole = pairs(*asked)
    monkeypatch.setattr("analytics.prescriptive.pairs.MOST_CUSTOMERS", 100)
    third = pairs(*asked)
    assert whole.baskets == len(orders)
    assert third.baskets == (keyed["customer_key"] % 3 == 0).sum()
    assert "one of 3 customers" in third.left_out
