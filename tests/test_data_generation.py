"""The simulated shop fits the store, has the size asked for, and behaves as its own truths say."""

import hashlib
import json
import re
import resource
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import statsmodels.api as sm

import data_generation
from data_generation import Incident, SimulationSettings, quiet_settings, simulate, write_shop
from warehouse.schema import TABLES

ROOT = Path(data_generation.__file__).resolve().parent
STORE_TABLES = (
    "customers",
    "transactions",
    "order_lines",
    "marketing_spend",
    "campaign_contacts",
    "events",
)
MAY_BE_MISSING = {"delivery_days", "satisfaction_score", "offer"}


@pytest.fixture(scope="module")
def demo():
    return simulate(SimulationSettings())


@pytest.fixture(scope="module")
def large_shop():
    return simulate(SimulationSettings(orders=200_000, lines=False, seed=7))


@pytest.fixture(scope="module")
def large_orders(large_shop):
    return frame(large_shop.transactions)


def frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(date_as_object=False)


def small(**changes) -> SimulationSettings:
    return SimulationSettings(**{"orders": 1500, "months": 6, **changes})


def daily_counts(orders: pd.DataFrame, truth: dict) -> np.ndarray:
    days = pd.DatetimeIndex(truth["daily"]["date"])
    return orders.groupby("date").size().reindex(days, fill_value=0).to_numpy()


def dispersion(counts: np.ndarray, expected) -> float:
    expected = np.asarray(expected)
    return float(np.mean((counts - expected) ** 2 / expected))


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


# The files and the store


def test_the_demo_has_exactly_the_size_it_promises(demo):
    orders = frame(demo.transactions)
    assert len(orders) == orders["transaction_id"].nunique() == 15_000
    assert orders["customer_id"].nunique() == demo.customers.num_rows == 2_000
    assert (orders["revenue"] > 0).all()
    assert orders["date"].min() == pd.Timestamp("2024-11-01")
    assert orders["date"].max() == pd.Timestamp("2026-10-31")
    assert len(demo.truth["daily"]["date"]) == 730


def test_every_table_goes_into_the_store_as_it_is(demo):
    store = sqlite3.connect(":memory:")
    store.executescript(TABLES)
    store.execute("PRAGMA foreign_keys = ON")
    for name in STORE_TABLES:
        table = getattr(demo, name)
        rows = table
        days = [i for i, kind in enumerate(rows.schema.types) if pa.types.is_date32(kind)]
        for i in days:
            rows = rows.set_column(i, rows.column_names[i], pc.cast(rows.column(i), pa.string()))
        insert = f"INSERT INTO {name} ({', '.join(rows.column_names)}) VALUES ({', '.join('?' * rows.num_columns)})"
        store.executemany(insert, zip(*(column.to_pylist() for column in rows.columns), strict=True))
        assert store.execute(f"SELECT count(*) FROM {name}").fetchone() == (table.num_rows,)
        assert table.num_rows > 0
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []


def test_columns_stand_in_the_order_of_the_store(demo):
    store = sqlite3.connect(":memory:")
    store.executescript(TABLES)
    for name in STORE_TABLES:
        columns = [row[1] for row in store.execute(f"PRAGMA table_info({name})")]
        ours = getattr(demo, name).column_names
        assert ours == columns[: len(ours)]


def test_only_what_may_be_unknown_is_missing(demo):
    for name in STORE_TABLES:
        table = getattr(demo, name)
        missing = {column for column in table.column_names if table.column(column).null_count}
        assert missing <= MAY_BE_MISSING
    orders = frame(demo.transactions)
    assert (orders["delivery_days"].isna() == (orders["channel"] == "Store")).all()
    share = orders["satisfaction_score"].notna().mean()
    assert share == pytest.approx(demo.truth["process"]["satisfaction"]["answer_share"], abs=0.015)


def test_transaction_ids_follow_time(demo):
    orders = frame(demo.transactions)
    in_time = orders.sort_values(["date", "order_minute"], kind="stable")
    assert orders["transaction_id"].is_monotonic_increasing
    assert in_time.index.is_monotonic_increasing


def test_customers_were_acquired_on_the_day_of_their_first_order(demo):
    first = frame(demo.transactions).groupby("customer_id", observed=True)["date"].min()
    acquired = frame(demo.customers).set_index("customer_id")["acquisition_date"]
    assert (first.sort_index().to_numpy() == acquired.sort_index().to_numpy()).all()


def test_an_order_is_worth_the_sum_of_its_lines(demo):
    lines = frame(demo.order_lines)
    worth = (lines["quantity"] * lines["unit_price"]).groupby(lines["transaction_id"]).sum()
    orders = frame(demo.transactions).set_index("transaction_id")
    assert set(worth.index) == set(orders.index)
    assert (worth.round(2) - orders["revenue"]).abs().max() < 0.005
    assert (lines["category"].to_numpy() == orders.loc[lines["transaction_id"], "category"].to_numpy()).all()


def test_a_product_costs_the_same_for_everybody_on_a_day(demo):
    lines = frame(demo.order_lines)
    days = frame(demo.transactions).set_index("transaction_id")["date"]
    lines["date"] = days.loc[lines["transaction_id"]].to_numpy()
    prices = lines.groupby(["product_id", "date"], observed=True)["unit_price"].nunique()
    assert prices.max() == 1


def test_leaving_the_lines_out_changes_nothing_else():
    with_lines, without = (simulate(small(lines=lines)) for lines in (True, False))
    assert without.order_lines is None
    assert with_lines.transactions.equals(without.transactions)


def test_refunds_are_negative_rows_after_their_order():
    shop = simulate(small(refund_share=0.1))
    rows = frame(shop.transactions)
    refunds = rows[rows["revenue"] < 0]
    assert (rows["revenue"] > 0).sum() == 1500
    assert 90 <= len(refunds) <= 190
    sold = rows[rows["revenue"] > 0].groupby("customer_id", observed=True)["date"].min()
    assert (refunds["date"].to_numpy() > sold.loc[refunds["customer_id"]].to_numpy()).all()


@pytest.mark.parametrize(("orders", "customers"), [(1, 1), (2, 2), (400, 400), (400, 5), (3000, 700)])
def test_any_size_comes_out_exactly(orders, customers):
    shop = simulate(small(orders=orders, customers=customers))
    assert shop.transactions.num_rows == orders
    assert len(shop.transactions["customer_id"].unique()) == shop.customers.num_rows == customers


def test_months_are_calendar_months_up_to_the_last_day():
    assert SimulationSettings(months=12, end=date(2024, 2, 29)).start == date(2023, 3, 1)
    assert SimulationSettings(months=1, end=date(2026, 3, 15)).start == date(2026, 2, 16)
    assert SimulationSettings(days=10, end=date(2026, 3, 15)).start == date(2026, 3, 6)


def test_customers_keep_their_proportion_when_only_orders_are_given():
    assert SimulationSettings(orders=60_000).customer_count == 8_000


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for folder, seed in (("first", 1), ("second", 1), ("other", 2)):
        write_shop(simulate(small(seed=seed)), tmp_path / folder)
    first, second, other = (digests(tmp_path / folder) for folder in ("first", "second", "other"))
    assert first == second
    assert first["transactions.parquet"] != other["transactions.parquet"]
    assert first["ground_truth.json"] != other["ground_truth.json"]


def test_the_command_writes_every_file_and_says_what_comes_next(tmp_path, capsys):
    out = tmp_path / "shop"
    assert data_generation.main(["--orders", "300", "--months", "3", "--no-lines", "--out", str(out)]) == 0
    assert capsys.readouterr().out.endswith("Next: python db_setup.py\n")
    tables = {*STORE_TABLES, "truth_customers"} - {"order_lines"}
    assert {file.name for file in out.iterdir()} == {
        *(f"{name}.parquet" for name in tables),
        "shop.json",
        "ground_truth.json",
    }
    orders = pq.read_table(out / "transactions.parquet")
    assert orders.num_rows == 300
    assert pa.types.is_dictionary(orders.schema.field("region").type)
    assert json.loads((out / "shop.json").read_text())["currency"] == "INR"


def test_a_quiet_shop_has_no_incidents(tmp_path):
    data_generation.main(["--orders", "300", "--quiet", "--out", str(tmp_path / "shop")])
    assert json.loads((tmp_path / "shop" / "ground_truth.json").read_text())["incidents"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--orders", "0"], "orders: expected a whole number of at least 1, got 0"),
        (["--orders", "-5"], "orders: expected a whole number of at least 1, got -5"),
        (["--orders", "many"], "invalid int value: 'many'"),
        (["--customers", "-1"], "customers: expected at least 1, got -1"),
        (["--orders", "10", "--customers", "11"], r"customers: expected at most one per order \(10\), got 11"),
        (["--months", "0"], "months: expected a whole number from 1 to 600, got 0"),
        (["--end", "soon"], "expected a day such as 2026-10-31, got soon"),
        (["--end", "1960-01-01"], "end: expected days from 1970 to 2199, got 1960-01-01"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(arguments, sentence, capsys, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        data_generation.main([*arguments, "--out", str(tmp_path / "shop")])
    assert stopped.value.code == 2
    assert re.search(sentence, capsys.readouterr().err.splitlines()[-1])
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mechanism": "magic"}, "mechanism: expected one of"),
        ({"scope": {"region": "Atlantis"}}, "scope: expected a region among North"),
        ({"scope": {"colour": "red"}}, "scope: expected dimensions among"),
        ({"scope": {"channel": "Store"}, "mechanism": "departure", "size": 0.5}, "scope: expected only region"),
        ({"size": -1.5}, "size: expected a number from -1 to 10"),
        ({"end": date(2025, 1, 1)}, "end: expected a day from 2026-01-01 on"),
    ],
)
def test_an_impossible_incident_is_refused(changes, sentence):
    fair = {"name": "drop", "start": date(2026, 1, 1), "end": date(2026, 1, 9)}
    with pytest.raises(ValueError, match=sentence):
        Incident(**{**fair, **changes})


def test_a_full_disk_leaves_the_old_shop_whole(tmp_path):
    out = tmp_path / "shop"
    write_shop(simulate(small()), out)
    before = digests(out)

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-B", "data_generation.py", "--out", str(out)]
    run = subprocess.run(command, cwd=ROOT, preexec_fn=little_room, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == f"The shop could not be written to {out}: File too large.\n"
    assert digests(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_folder_with_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("mine")
    assert data_generation.main(["--orders", "300", "--out", str(tmp_path)]) == 1
    assert "the folder holds other files, such as letter.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path, capsys):
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    assert data_generation.main(["--orders", "300", "--out", str(letter)]) == 1
    assert "it is a file, not a folder" in capsys.readouterr().err
    assert letter.read_text() == "mine"


def test_a_run_that_was_killed_between_the_two_moves_is_undone(tmp_path):
    out = tmp_path / "shop"
    shop = simulate(small())
    write_shop(shop, out)
    before = digests(out)
    out.rename(tmp_path / ".shop.old")
    with pytest.raises(TypeError):
        write_shop(replace(shop, truth={"shop": {"not", "JSON"}}), out)
    assert digests(out) == before


def test_the_simulator_imports_none_of_our_rooms():
    code = "import sys, data_generation as d; d.simulate(d.SimulationSettings(orders=50)); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded.isdisjoint({"scipy", "analytics", "warehouse", "ui", "streamlit"})


# The truths


def test_given_who_is_there_daily_orders_are_poisson_around_the_expected_ones(large_shop, large_orders):
    counts, truth = daily_counts(large_orders, large_shop.truth), large_shop.truth["daily"]["expected_orders"]
    assert dispersion(counts, truth["total"]) == pytest.approx(1, abs=4 * np.sqrt(2 / 730))
    assert dispersion(counts, np.full(730, counts.mean())) > 5
    for dimension in ("region", "category", "segment"):
        for member, expected in truth[dimension].items():
            part = daily_counts(large_orders[large_orders[dimension] == member], large_shop.truth)
            assert abs(part.sum() - sum(expected)) < 4.5 * np.sqrt(sum(expected))
            assert dispersion(part, expected) == pytest.approx(1, abs=5 * np.sqrt(2 / 730))


def test_revenue_adds_up_to_the_expected_one(large_shop, large_orders):
    truth = large_shop.truth["daily"]["expected_revenue"]
    assert large_orders["revenue"].sum() == pytest.approx(sum(truth["total"]), rel=0.012)
    for member, expected in truth["category"].items():
        revenue = large_orders.loc[large_orders["category"] == member, "revenue"].sum()
        assert revenue == pytest.approx(sum(expected), rel=0.04)


def test_a_series_without_trend_season_or_incident_is_flat():
    shop = simulate(quiet_settings(orders_a_day=300, days=364, seed=3, lines=False))
    quarters = np.array(shop.truth["daily"]["expected_orders"]["total"]).reshape(4, 91).mean(axis=1)
    assert quarters == pytest.approx([300] * 4, rel=0.03)
    counts = daily_counts(frame(shop.transactions), shop.truth)
    assert dispersion(counts, np.full(364, 300)) < 1 + 6 * np.sqrt(2 / 364)


def test_elasticities_can_be_read_from_prices_and_order_counts():
    shop = simulate(quiet_settings(400, 730, seed=11, price_changes=True, lines=False))
    orders = frame(shop.transactions)
    for category, truth in shop.truth["process"]["elasticity"].items():
        counts = daily_counts(orders[orders["category"] == category], shop.truth)
        prices = np.log(shop.truth["daily"]["price_index"][category])
        fit = sm.GLM(counts, sm.add_constant(prices), family=sm.families.Poisson()).fit()
        assert len(np.unique(prices)) >= 8
        assert abs(fit.params[1] - truth) < min(4 * fit.bse[1], 0.3) + 0.05


def test_price_changes_show_in_the_lines(demo):
    lines = frame(demo.order_lines)
    days = frame(demo.transactions).set_index("transaction_id")["date"]
    lines["day"] = (pd.to_datetime(days.loc[lines["transaction_id"]]) - pd.Timestamp("2024-11-01")).dt.days.to_numpy()
    for category, index in demo.truth["daily"]["price_index"].items():
        part = lines[lines["category"] == category]
        index = np.array(index)[part["day"]]
        first_prices = (part["unit_price"] / index).groupby(part["product_id"], observed=True)
        assert (first_prices.max() / first_prices.min() - 1).max() < 0.002


def test_satisfaction_falls_with_delivery_days_as_planted(large_shop, large_orders):
    truth = large_shop.truth["process"]["satisfaction"]
    scored = large_orders.dropna(subset=["satisfaction_score", "delivery_days"])
    causes = pd.get_dummies(scored["category"], drop_first=True, dtype=float)
    causes["delivery_days"] = scored["delivery_days"].astype(float)
    fit = sm.Logit((scored["satisfaction_score"] >= 4).astype(float), sm.add_constant(causes)).fit(disp=False)
    slope, error = fit.params["delivery_days"], fit.bse["delivery_days"]
    assert abs(slope - truth["log_odds_per_delivery_day"]) < 4 * error
    assert error < 0.01


def test_the_campaign_lifts_orders_of_those_still_there_as_planted(large_shop, large_orders):
    campaign = large_shop.truth["campaign"]
    start = pd.Timestamp(campaign["start"])
    window = large_orders[large_orders["date"].between(start, start + timedelta(campaign["days"] - 1))]
    people = frame(large_shop.campaign_contacts).merge(frame(large_shop.truth_customers), on="customer_id")
    people = people.merge(frame(large_shop.customers)[["customer_id", "segment"]], on="customer_id")
    people = people[~(people["departed_on"] < start)]
    people["orders"] = people["customer_id"].map(window.groupby("customer_id", observed=True).size()).fillna(0)
    for segment, lift in campaign["lift_of_buying_rate"].items():
        arms = people[people["segment"] == segment].groupby("treated")["orders"]
        mean, error = arms.mean(), arms.sem() / arms.mean()
        assert abs(np.log(mean[1] / mean[0]) - np.log(1 + lift)) < 4 * np.hypot(error[0], error[1])
    assert people["treated"].mean() == pytest.approx(campaign["treated_share"], abs=0.02)
    assert (people["offered"] == (people["treated"] == 1)).all()


def last_orders(shop, orders: pd.DataFrame) -> pd.Series:
    """Whether the customer left for good after the order."""
    people = frame(shop.truth_customers).set_index("customer_id")
    left = people["departure"].astype(object) == "after an order"
    departed_on = people["departed_on"].where(left).reindex(orders["customer_id"]).to_numpy()
    is_last = ~orders["customer_id"].duplicated(keep="last")
    return is_last & (orders["date"].to_numpy() == departed_on)


def test_customers_leave_after_bad_deliveries_and_low_scores_as_planted(large_shop, large_orders):
    truth = large_shop.truth["process"]["leaving"]
    later = large_orders["customer_id"].duplicated() & (large_orders["segment"] == "Regular")
    left, late = last_orders(large_shop, large_orders), large_orders["delivery_days"] >= truth["late_from_days"]
    low = large_orders["satisfaction_score"] <= truth["low_score_up_to"]
    high = large_orders["satisfaction_score"] > truth["low_score_up_to"]

    def hazard(which: pd.Series) -> float:
        return -np.log1p(-left[later & which].mean())

    assert hazard(late & high) / hazard(~late & high) == pytest.approx(truth["late_ratio"], rel=0.2)
    assert hazard(~late & low) / hazard(~late & high) == pytest.approx(truth["low_score_ratio"], rel=0.2)


def test_nobody_orders_before_joining_or_after_leaving(large_shop, large_orders):
    people = frame(large_shop.truth_customers).set_index("customer_id").loc[large_orders["customer_id"]]
    assert not (large_orders["date"].to_numpy() > people["departed_on"].to_numpy()).any()
    assert not (large_orders["date"].to_numpy() < people["joined_on"].to_numpy()).any()
    assert 0.4 < frame(large_shop.truth_customers)["departed"].mean() < 0.8


def planted(shop, name: str) -> tuple[dict, pd.Timestamp, pd.Timestamp]:
    facts = next(incident for incident in shop.truth["incidents"] if incident["name"] == name)
    return facts, pd.Timestamp(facts["start"]), pd.Timestamp(facts["end"])


def in_scope(orders: pd.DataFrame, scope: dict[str, str]) -> pd.Series:
    return pd.concat([orders[dimension] == member for dimension, member in scope.items()], axis=1).all(axis=1)


def share_in_scope(orders: pd.DataFrame, scope: dict[str, str], start, end) -> float:
    days = orders[orders["date"].between(start, end)]
    inside = in_scope(days, scope).sum()
    return inside / (len(days) - inside)


@pytest.mark.parametrize(
    "name", ["App outage", "UPI payments failed in the South", "Rival's fashion launch in the North"]
)
def test_an_incident_takes_its_share_of_the_orders_in_its_scope(large_shop, large_orders, name):
    facts, start, end = planted(large_shop, name)
    length = end - start + timedelta(days=1)
    during = share_in_scope(large_orders, facts["scope"], start, end)
    around = [
        share_in_scope(large_orders, facts["scope"], start - length, start - timedelta(days=1)),
        share_in_scope(large_orders, facts["scope"], end + timedelta(days=1), end + length),
    ]
    assert during / np.mean(around) == pytest.approx(1 + facts["size"], abs=0.12)


def test_the_flooded_hub_delays_its_region_alone(large_shop, large_orders):
    facts, start, end = planted(large_shop, "Hub flooded in the East")
    during = large_orders[large_orders["date"].between(start, end)]
    before = large_orders[large_orders["date"].between(start - timedelta(days=28), start - timedelta(days=1))]
    change = (during.groupby("region", observed=True)["delivery_days"].mean()
              - before.groupby("region", observed=True)["delivery_days"].mean())  # fmt: skip
    assert change["East"] == pytest.approx(facts["size"], abs=0.9)
    assert change.drop("East").abs().max() < 0.6


def test_the_group_that_leaves_is_never_seen_again(large_shop, large_orders):
    facts, start, _ = planted(large_shop, "Wholesale group left")
    before = share_in_scope(large_orders, facts["scope"], start - timedelta(days=60), start - timedelta(days=1))
    after = share_in_scope(large_orders, facts["scope"], start, start + timedelta(days=60))
    assert after / before == pytest.approx(1 - facts["size"], abs=0.12)


@pytest.mark.parametrize("size", [-0.3, 0.5])
def test_a_custom_incident_moves_orders_in_its_scope_by_its_size(size):
    scope, start, end = {"region": "South", "channel": "Mobile app"}, date(2026, 6, 1), date(2026, 7, 30)
    incident = Incident("planted", start, end, scope, "demand", size)
    shop = simulate(quiet_settings(600, 240, seed=4, lines=False, incidents=(incident,)))
    orders, start, end = frame(shop.transactions), pd.Timestamp(start), pd.Timestamp(end)
    usual = share_in_scope(orders, scope, start - timedelta(days=90), start - timedelta(days=1))
    assert share_in_scope(orders, scope, start, end) / usual == pytest.approx(1 + size, abs=0.12)
    factor = np.array(shop.truth["daily"]["factors"]["incident"])
    assert (factor != 1).sum() == 60
    assert shop.truth["incidents"][0]["expected_change_of_orders"] * size > 0


def test_an_incident_on_order_values_leaves_the_orders_alone():
    start, end = date(2026, 9, 1), date(2026, 9, 30)
    incident = Incident("rebate", start, end, {"segment": "Regular"}, "order value", -0.3)
    shop = simulate(quiet_settings(400, 90, seed=5, lines=False, incidents=(incident,)))
    orders = frame(shop.transactions)
    regular, during = orders["segment"] == "Regular", orders["date"].between(pd.Timestamp(start), pd.Timestamp(end))
    change = orders[regular & during]["revenue"].mean() / orders[regular & ~during]["revenue"].mean()
    assert change == pytest.approx(0.7, abs=0.03)
    assert sum(shop.truth["daily"]["expected_revenue"]["total"]) == pytest.approx(orders["revenue"].sum(), rel=0.02)
    assert set(shop.truth["daily"]["factors"]["incident"]) == {1.0}


def test_media_answer_is_the_stated_function_of_spend(demo):
    spend = frame(demo.marketing_spend)
    for channel, media in demo.truth["process"]["media"].items():
        spent = spend.loc[spend["channel"] == channel, "spend"].to_numpy()
        half = media["half_at"] * media["spend_per_order"] * (15_000 / 730) / (1 - media["carry_over"])
        stock = [spent[0] / (1 - media["carry_over"])]
        for today in spent[1:]:
            stock.append(today + media["carry_over"] * stock[-1])
        expected = 1 + media["largest_lift"] * np.array(stock) / (np.array(stock) + half)
        assert demo.truth["daily"]["media_factor"][channel] == pytest.approx(expected, abs=1e-4)


def test_orders_of_a_channel_answer_to_its_spend(large_shop, large_orders):
    media = large_shop.truth["daily"]["media_factor"]
    social = np.log(media["Social"])
    counts = daily_counts(large_orders[large_orders["channel"] == "Social"], large_shop.truth)
    others = daily_counts(large_orders, large_shop.truth) - counts
    factors = np.column_stack([np.ones(730), social])
    fit = sm.GLM(np.column_stack([counts, others]), factors, family=sm.families.Binomial()).fit()
    assert fit.params[1] == pytest.approx(1, abs=0.3)


def test_the_shop_looks_like_one(demo):
    orders = frame(demo.transactions)
    by_customer = orders.groupby("customer_id", observed=True)
    revenue = by_customer["revenue"].sum().sort_values(ascending=False)
    silent = (orders["date"].max() - by_customer["date"].max()).dt.days > 90
    assert 700 < orders["revenue"].mean() < 900
    assert 3.9 < orders["satisfaction_score"].mean() < 4.2
    assert 4 < orders["delivery_days"].mean() < 5
    assert 0.7 < (by_customer.size() > 1).mean() < 0.9
    assert 0.5 < silent.mean() < 0.75
    assert revenue.head(200).sum() / revenue.sum() > 0.35
    diwali = orders["date"].between(pd.Timestamp("2025-10-12"), pd.Timestamp("2025-10-19")).sum() / 8
    assert diwali > 1.4 * 15_000 / 730


def test_known_incidents_are_events_and_hidden_ones_are_not(demo):
    labels = set(frame(demo.events)["label"])
    for incident in demo.truth["incidents"]:
        assert (incident["name"] in labels) == (incident["event"] is not None)
    assert {"Diwali", "Festive sale", "Holi"} <= labels
