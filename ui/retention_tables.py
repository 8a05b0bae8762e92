"""Tiles and tables of the page about whom to contact, and the file for the mailing tool."""

from functools import partial

import pandas as pd
import streamlit as st

from analytics.chance import NORMAL_95
from analytics.filters import Filters
from analytics.formats import MISSING, chance, currency_decimals, currency_symbol, money, percent, unit_money
from analytics.predictive.churn import TIERS
from analytics.prescriptive.campaigns import MeasuredOffer, Measurements
from analytics.prescriptive.experiment import ALL
from analytics.prescriptive.retention import RetentionPlan
from analytics.prescriptive.retention_list import mailing_rows
from analytics.prescriptive.retention_offers import SOURCES, CataloguedOffer
from analytics.shop import Shop
from ui.addresses import PAGES_FOLDER
from ui.charts.remembered import remembered
from ui.charts.retention import EVERYBODY
from ui.exports import csv_bytes, file_name
from ui.figures import figure_table, figure_tiles
from ui.page import say
from ui.shown import ShownTable, note_key_figures, note_markup

LISTED = ("customer_id", "offer", "net", "spend", "roi", "group", "reason", "tier", "probability", "value_at_risk",
          "silent_days", "segment", "region")  # fmt: skip
OFFERS_EXPLAINED = (
    "What an offer does: of those who would not have ordered a share is kept, or, where an experiment showed it to "
    "work that way, those still there order more. Ranges: 80 %. A discount is paid to whoever orders. Until offers are "
    "stated a few usual ones are assumed, with costs in proportion to the shop's mean order, beside those of campaigns."
)
FEW_COINS = 10
SETTINGS_PAGE = PAGES_FOLDER / "workspace/settings.py"


def plan_tiles(plan: RetentionPlan, shop: Shop) -> None:
    """What the plan leaves, costs and returns, how likely it pays, and who is left alone."""
    tiles = _plan_tiles(plan, shop)
    st.html(figure_tiles(tiles))
    table = pd.DataFrame(tiles, columns=["key_figure", "figure", "beside"])
    note_key_figures("Key figures", ShownTable(table), partial(figure_tiles, tiles))
    if plan.words.limits:
        say(plan.words.limits)


def _plan_tiles(plan: RetentionPlan, shop: Shop) -> list[tuple[str, str, str]]:
    amount = partial(money, currency=shop.currency)
    return [
        ("Net benefit, expected", amount(plan.net), f"{amount(plan.low)} to {amount(plan.high)}"),
        ("Contacts", f"{plan.contacted:,}", _left_alone(plan, shop)),
        ("Spend", amount(plan.spend), f"{_roi(plan.roi)} left for each {shop.currency} spent"),
        ("That it pays", chance(plan.probability), f"{percent(plan.assumed_share, 0)} of the benefit assumed"),
    ]


def _left_alone(plan: RetentionPlan, shop: Shop) -> str:
    if not plan.hold_out.customers:
        return "nobody of them left alone by lot"
    alone = f"about {plan.hold_out.customers:,} of them left alone by lot"
    return f"{alone}, which takes {money(plan.hold_out_cost, shop.currency)} of the net benefit"


def _roi(roi: float) -> str:
    return MISSING if pd.isna(roi) else f"{roi:.2f}"


def parts_table(plan: RetentionPlan, shop: Shop) -> None:
    """The plan by risk tier and by offer."""
    st.html(_parts(plan, shop))
    note_markup(partial(_parts, plan, shop))


@remembered
def _parts(plan: RetentionPlan, shop: Shop) -> str:
    heads = ("Part of the plan", "Customers", "Added", "Spend", "Net", "Return")
    rows = []
    for name, table in (("tier", plan.by_tier), ("offer", plan.by_offer)):
        for row in table.to_dict("records"):
            said = f"{row[name]} risk" if name == "tier" else row[name]
            below = TIERS[row[name]] if name == "tier" else SOURCES[row["source"]]
            amounts = [money(row[of], shop.currency) for of in ("added", "spend", "net")]
            rows.append(((said, below), f"{row['customers']:,}", *amounts, _roi(row["roi"])))
    return figure_table(heads, rows)


def list_table(rows: pd.DataFrame, page: int, shop: Shop) -> None:
    """One page of the list."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    amounts = {"net": "Net benefit", "spend": "Spend", "value_at_risk": "Value at risk"}
    symbol, steps = currency_symbol(shop.currency), {column: _step(rows[column], shop) for column in amounts}
    config = {c: number(f"{name} ({symbol})", format="localized", step=steps[c]) for c, name in amounts.items()}
    config |= {
        "customer_id": text("Customer", pinned=True),
        "offer": text("Offer"),
        "roi": number("Return", format="%.2f", help="Net benefit for each unit spent"),
        "group": text("Lot", width=85),
        "reason": text("Why", width=430),
        "tier": text("Risk"),
        "probability": number("Chance", format="%.1f %%", help="Not to order, calibrated"),
        "silent_days": number("Days silent", format="localized"),
        "segment": text("Segment"),
        "region": text("Region"),
    }
    shown = rows[list(LISTED)].assign(probability=rows["probability"] * 100)
    st.dataframe(
        shown, hide_index=True, column_config=config, height="content", placeholder="–", key=f"contacts-{page}"
    )


def _step(amounts: pd.Series, shop: Shop) -> float:
    """The smallest difference that is shown: a coin, or a hundredth of it where amounts are of a few coins."""
    coin = 10.0 ** -currency_decimals(shop.currency)
    return coin / 100 if amounts.abs().median() < FEW_COINS * coin else coin


def mailing_button(rows: pd.DataFrame, plan: RetentionPlan, campaign: str, filters: Filters, shop: Shop) -> None:
    """The customers meant as a file for the mailing tool; it is made when it is asked for."""
    st.download_button(
        "File for the mailing tool",
        lambda: csv_bytes(mailing_rows(rows, plan, shop, campaign)),
        f"{file_name(campaign, filters)}.csv",
        "text/csv",
        icon=":material/download:",
        key="mailing",
        on_click="ignore",
    )


def list_for_people(rows: pd.DataFrame) -> pd.DataFrame:
    """The customers meant by names that say which columns are amounts."""
    named = {"net": "net_benefit", "added": "margin_added"}
    told = ["customer_id", "offer", "group", "net", "added", "spend", "roi", "tier", "probability", "value_at_risk",
            "silent_days", "segment", "region"]  # fmt: skip
    return rows[told].rename(columns=named)


def parts_for_people(plan: RetentionPlan) -> pd.DataFrame:
    """The plan by tier and by offer, one below the other."""
    named = {"added": "margin_added", "net": "net_benefit"}
    parts = [plan.by_tier.rename(columns={"tier": "part"}), plan.by_offer.rename(columns={"offer": "part"})]
    return pd.concat(parts, ignore_index=True)[["part", "customers", *named, "spend", "roi"]].rename(columns=named)


def curve_for_people(plan: RetentionPlan) -> pd.DataFrame:
    """What other budgets would leave."""
    return plan.curve[["budget", "net", "customers"]].rename(columns={"net": "net_benefit"})


def policies_for_people(plan: RetentionPlan) -> pd.DataFrame:
    """The policies by names that say which columns are amounts."""
    named = {"net": "net_benefit", "low": "net_benefit_low", "high": "net_benefit_high"}
    return plan.policies.drop(columns="policy").rename(columns=named | {"name": "policy"})


def offers_table(offers: tuple[CataloguedOffer, ...], shop: Shop) -> None:
    """The catalogue in force, with where what is kept is known from."""
    st.html(_offers(offers, shop))
    note_markup(partial(_offers, offers, shop))


@remembered
def _offers(offers: tuple[CataloguedOffer, ...], shop: Shop) -> str:
    heads = ("Offer", "A contact", "Off the next order", "What it does", "For whom", "At most")
    rows = []
    for one in offers:
        offer = one.offer
        whom = [*offer.segments] or ["everybody"]
        risk = [f"from {percent(offer.risk_from, 0)} risk on"] if offer.risk_from else []
        rows.append((
            (offer.name, SOURCES[one.source]),
            unit_money(offer.contact_cost, shop.currency),
            percent(offer.discount, 0) if offer.discount else MISSING,
            _does(one),
            ", ".join(whom + risk),
            f"{offer.most:,}" if offer.most is not None else MISSING,
        ))  # fmt: skip
    return figure_table(heads, rows, texts={4})


def _does(one: CataloguedOffer) -> tuple[str, str]:
    if one.measured is None:
        offer = one.offer
        return f"{percent(offer.kept)} kept", f"{percent(offer.kept_low)} to {percent(offer.kept_high)}, assumed"
    told = one.measured.groups.iloc[0]
    low, high = (told["used"] + side * 1.2816 * told["used_error"] for side in (-1, 1))
    what = "more orders" if one.measured.way == "more" else "kept"
    return f"{percent(told['used'])} {what}", f"{percent(low)} to {percent(high)}, measured"


def offers_for_people(offers: tuple[CataloguedOffer, ...]) -> pd.DataFrame:
    """The catalogue for files."""
    return pd.DataFrame(
        [
            {
                "offer": one.offer.name, "contact_cost": one.offer.contact_cost, "discount": one.offer.discount,
                "kept": one.offer.kept, "kept_low": one.offer.kept_low, "kept_high": one.offer.kept_high,
                "segments": ", ".join(one.offer.segments), "risk_from": one.offer.risk_from,
                "at_most": one.offer.most, "known_from": SOURCES[one.source],
            }
            for one in offers
        ]
    )  # fmt: skip


def experiment_table(measured: MeasuredOffer, shop: Shop) -> None:
    """By segment what those with the offer did and those without it."""
    st.html(_experiment(measured, shop))
    note_markup(partial(_experiment, measured, shop))


@remembered
def _experiment(measured: MeasuredOffer, shop: Shop) -> str:
    heads = ("Group", "Customers", "Ordered", "Kept", "Revenue each", "t")
    rows = []
    for row in measured.groups.to_dict("records"):
        revenue = [unit_money(row[of], shop.currency) for of in ("revenue", "revenue_control")]
        rows.append((
            EVERYBODY if row["group"] == ALL else row["group"],
            (f"{row['customers']:,.0f}", f"{row['controls']:,.0f} without"),
            (percent(row["bought"]), f"{percent(row['bought_control'])} without"),
            (percent(row["kept"]), f"± {percent(NORMAL_95 * row['kept_error'])}"),
            (revenue[0], f"{revenue[1]} without"),
            MISSING if pd.isna(row["t"]) else f"{row['t']:.2f}",
        ))  # fmt: skip
    return figure_table(heads, rows, [row == 0 for row in range(len(rows))])


def lifts_for_people(measured: MeasuredOffer) -> pd.DataFrame:
    """What an experiment showed, for files."""
    rows = measured.groups
    table = rows[["group", "customers", "controls", "bought", "bought_control", "kept"]].assign(
        group=rows["group"].replace(ALL, EVERYBODY)
    )
    for name, value in (("kept", "kept"), ("more_orders", "more")):
        table[name] = rows[value]
        table[f"{name}_low"] = rows[value] - NORMAL_95 * rows[f"{value}_error"]
        table[f"{name}_high"] = rows[value] + NORMAL_95 * rows[f"{value}_error"]
    revenue = {"revenue": "revenue_each", "revenue_control": "revenue_each_control", "revenue_lift": "revenue_lift"}
    for value, name in revenue.items():
        table[name] = rows[value]
    return table.assign(gone_by=rows["used"], t=rows["t"])


def say_notes(measured: Measurements) -> None:
    """What else is to be said of campaigns, and why an experiment is worth it where there is none."""
    for note in measured.notes:
        say(note)
    if not measured.offers:
        say("Import contacts of a campaign with a group left alone by lot, and what its offer does is measured.")


def lead_to_settings() -> None:
    """Where offers are stated."""
    st.page_link(SETTINGS_PAGE, label="State offers and margins: Settings", icon=":material/tune:")
