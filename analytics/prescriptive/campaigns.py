"""What campaigns with a control group have shown of their offers: how many are kept, how much more is ordered.

Two ways in which an offer may work tell different customers worth a contact. It may *keep*: of those who would not have
ordered a share does, whoever they are. Or it may bring *more*: everybody who is still there orders more than they would
have anyway, those who often order most of all, and those who are gone nothing. Bands of customers who were alike before
the contact tell the two apart: the first shows most among the silent, the second among those who order often.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_80, NORMAL_95
from analytics.collect import collected
from analytics.formats import one_line, percent
from analytics.orders import as_orders, customer_ids
from analytics.periods import day_label
from analytics.prescriptive.assumptions import LONGEST_NAME, Offer
from analytics.prescriptive.experiment import ALL, arm_lifts, shrunk, welch
from analytics.shop import NOT_STATED, Shop

KEEPS, MORE = "keeps", "more"
WAYS = {
    KEEPS: "it keeps a share of those who would not have ordered",
    MORE: "it brings more orders of those who are still there",
}
"""How an offer may work, as a part of a sentence."""
FEWEST_IN_ARM = 50
FEWEST_IN_BAND = 15
BANDS = 4
"""Of customers who were not silent, by how often they had ordered; the silent are one more."""
PAST_DAYS = 365
SOON_DAYS = 42
"""Six weeks: what an offer does falls into the first of them, and what comes later is mostly noise; our own choice."""
UNLIKE = 3.0
"""Standard errors by which the arms may differ before the contact; three figures are looked at."""
MOST_SAID = 1.0
"""A measured share kept, or more orders, is never taken to be beyond this."""


@dataclass(frozen=True, eq=False, repr=False)
class MeasuredOffer:
    """What an experiment showed of an offer.

    ``groups`` has one row for everybody (``ALL``) and one per segment: the columns of ``arm_lifts`` (without ``arm``),
    ``more`` (orders of the treated above those of controls who were alike before, as a share, in the ``soon_days``
    after the contact) with ``more_error``,
    and what is gone by after shrinkage to the pooled lift: ``used`` with ``used_error``, of what ``way`` says
    (``KEEPS`` or ``MORE``). ``misfit`` is how badly each way explains where the orders came from (χ²); ``bands`` has
    one row per band: ``band``, ``customers``, ``orders_control``, ``orders_lift``, ``orders_error``.
    """

    name: str
    campaign: str
    contact_cost: float | None
    window_days: int
    soon_days: int
    way: str
    misfit: dict[str, float]
    groups: pd.DataFrame
    bands: pd.DataFrame
    alike: bool
    sentence: str
    explained: str

    def __repr__(self) -> str:
        """By what it shows: equal measurements are written alike."""
        shown = self.groups[["group", "used", "used_error"]].round(9).to_numpy().tolist()
        return f"{self.name!r} in {self.campaign!r}, {self.window_days} and {self.soon_days} days, {self.way}: {shown}"

    def lift(self, segments: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """For customers of these segments what is gone by, and its standard error; the pooled one for others."""
        own = self.groups.set_index("group")
        named = segments.astype("str").where(segments.astype("str").isin(own.index), ALL)
        return own["used"].reindex(named).to_numpy(), own["used_error"].reindex(named).to_numpy()


@dataclass(frozen=True)
class Measurements:
    """The offers that experiments have measured, and what else is to be said of campaigns.

    Of each the newest campaign whose arms were alike before the contact, else the oldest.
    """

    offers: tuple[MeasuredOffer, ...]
    notes: tuple[str, ...]

    @property
    def gone_by(self) -> tuple[MeasuredOffer, ...]:
        """Those that plans go by: where arms were not alike before the contact, nothing was measured of the offer."""
        return tuple(m for m in self.offers if m.alike)

    def of(self, name: str) -> MeasuredOffer | None:
        """The measurement of an offer that a plan goes by, by its name, in capitals or not."""
        return next((m for m in self.gone_by if m.name.casefold() == name.casefold()), None)


def measured_offers(
    campaign_contacts: ir.Table | pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    window_days: int = 90,
    soon_days: int = SOON_DAYS,
) -> Measurements:
    """What campaigns with a control group showed of their offers in the days after the contact.

    Parameters
    ----------
    campaign_contacts : ``campaign``, ``customer_id``, ``contacted_on``, ``treated`` (0 or 1), ``offer`` and ``cost``
        (of the contact, the shop's currency; both may be missing).
    window_days : days from the contact on in which customers are kept or not: as many as those that decide who is lost.
        Contacts whose window is not over, or that lie so early that nothing was known of the customer, are left out and
        counted.
    soon_days : the first of them, in which more orders are looked for (all of them at most).
    """
    soon_days = min(soon_days, window_days)
    outcomes = contact_outcomes(campaign_contacts, orders, customers, shop, window_days, soon_days)
    found, notes = {}, []
    if outcomes.empty:
        return Measurements((), ("No campaign with a control group is in the data: lifts are assumptions.",))
    newest_first = outcomes.groupby("campaign")["contacted_on"].max().sort_values(ascending=False).index
    for campaign in newest_first:
        rows = outcomes[outcomes["campaign"] == campaign]
        known = rows[rows["usable"]]
        if len(known) < len(rows):
            notes.append(_left_out(campaign, rows, window_days, shop))
        alone = known[~known["treated"]]
        for name, treated in known[known["treated"]].groupby("offer", sort=True):
            if min(len(treated), len(alone)) < FEWEST_IN_ARM:
                notes.append(
                    f"“{campaign}” tells nothing of “{name}”: {len(treated):,} customers got it and {len(alone):,} "
                    f"were left alone; it takes {FEWEST_IN_ARM} of each."
                )
            elif name.casefold() not in found or not found[name.casefold()].alike:
                found[name.casefold()] = _measured(
                    name, campaign, pd.concat([treated, alone]), (window_days, soon_days), shop
                )
    return Measurements(tuple(found.values()), tuple(notes))


def contact_outcomes(
    campaign_contacts: ir.Table | pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    window_days: int,
    soon_days: int,
) -> pd.DataFrame:
    """One row per customer of a campaign, with what was known before the contact and what was ordered after it.

    Returns
    -------
    ``campaign``, ``offer`` (the campaign's name where none is stated), ``treated``, ``contacted_on``, ``cost``,
    ``segment`` (of the last order before), ``past_orders`` (in the year before), ``silent_days`` (missing where
    there was none), ``orders_before`` and ``revenue_before`` (as long before as the window), ``orders`` and
    ``revenue`` (in the window), ``soon_orders`` (in the first days of it), ``usable`` (known before, and the window
    is over).
    """
    rows, contacts = as_orders(orders), _contacts(campaign_contacts, customers)
    number = "transaction_key" if "transaction_key" in rows.columns else "transaction_id"
    rows = rows.filter(rows.customer_key.notnull()).select("customer_key", "date", "revenue", "segment", number=number)
    both = contacts.left_join(rows, "customer_key")
    day = both.date.delta(both.contacted_on, unit="day")
    is_order = both.revenue >= 0
    before, after = is_order & (day < 0), (day >= 0) & (day < window_days)
    lately = (day < 0) & (day >= -window_days)
    told = both.group_by("campaign", "customer_key", "contacted_on", "treated", "offer", "cost").agg(
        segment=both.segment.cast("string").last(where=before, order_by=[both.date, both.number]),
        past_orders=(before & (day >= -PAST_DAYS)).sum(),
        silent_days=-day.max(where=before),
        orders_before=(before & lately).sum(),
        revenue_before=both.revenue.sum(where=lately),
        orders=(is_order & after).sum(),
        revenue=both.revenue.sum(where=after),
        soon_orders=(is_order & after & (day < soon_days)).sum(),
    )
    found = collected(told.order_by("campaign", "customer_key"))
    numbers = ["past_orders", "orders_before", "revenue_before", "orders", "revenue", "soon_orders"]
    found[numbers] = found[numbers].astype("float64").fillna(0.0)
    found["silent_days"] = found["silent_days"].astype("float64")
    found["cost"] = found["cost"].astype("float64")
    found["contacted_on"] = pd.to_datetime(found["contacted_on"])
    found["treated"] = found["treated"].astype(bool)
    named = found["offer"].astype("object").where(found["offer"].notna(), found["campaign"])
    found["offer"] = [one_line(str(n))[:LONGEST_NAME] or str(c) for n, c in zip(named, found["campaign"], strict=True)]
    found["segment"] = found["segment"].astype("object").where(found["segment"].notna(), NOT_STATED).astype("str")
    over = found["contacted_on"] + pd.Timedelta(days=window_days - 1) <= pd.Timestamp(shop.today)
    return found.assign(usable=over & found["silent_days"].notna())


def _contacts(campaign_contacts: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame) -> ir.Table:
    table = campaign_contacts
    if isinstance(table, pd.DataFrame):
        typed = {"contacted_on": pd.to_datetime(table["contacted_on"]), "cost": table["cost"].astype("float64")}
        table = ibis.memtable(table.assign(**typed))
    ids = customer_ids(customers)
    table = table.mutate(customer_id=table.customer_id.cast("string"), offer=table.offer.cast("string"))
    return table.inner_join(ids, "customer_id").select(
        "customer_key",
        "offer",
        "cost",
        campaign=table.campaign.cast("string"),
        contacted_on=table.contacted_on.cast("date"),
        treated=table.treated.cast("int8") == 1,
    )


def _left_out(campaign: str, rows: pd.DataFrame, window_days: int, shop: Shop) -> str:
    unknown = int(rows["silent_days"].isna().sum())
    young = int((~rows["usable"] & rows["silent_days"].notna()).sum())
    said = [f"{unknown:,} had not ordered before their contact"] if unknown else []
    if young:
        last = (rows["contacted_on"].max() + pd.Timedelta(days=window_days - 1)).date()
        said.append(f"of {young:,} the {window_days} days after it are not over (they end by {day_label(last)})")
    return f"Of the {len(rows):,} customers of “{campaign}” {' and '.join(said)}: they are left out."


def _measured(name: str, campaign: str, rows: pd.DataFrame, days: tuple[int, int], shop: Shop) -> MeasuredOffer:
    window_days, soon_days = days
    rows = rows.assign(band=_bands(rows, shop), arm=np.where(rows["treated"], name, ""))
    rows["usual"] = rows.groupby("band")["soon_orders"].transform("mean")
    groups = arm_lifts(rows, "", by="segment").drop(columns="arm")
    groups = groups.merge(_more_by_group(rows), on="group", how="left")
    bands = _by_band(rows)
    misfit = _misfits(bands)
    way = MORE if misfit[MORE] < misfit[KEEPS] else KEEPS
    groups = _with_used(groups, way)
    costs = rows.loc[rows["treated"], "cost"].dropna()
    alike, balance = _balance(rows)
    told = (groups, bands, alike)
    when = (rows["contacted_on"].min().date(), rows["contacted_on"].max().date())
    return MeasuredOffer(
        name=name,
        campaign=campaign,
        contact_cost=float(costs.mean()) if len(costs) else None,
        window_days=window_days,
        soon_days=soon_days,
        way=way,
        misfit=misfit,
        groups=told[0],
        bands=told[1],
        alike=alike,
        sentence=_sentence(name, campaign, groups, (way, soon_days), misfit, balance),
        explained=_explained(when, days, rows),
    )


def _bands(rows: pd.DataFrame, shop: Shop) -> np.ndarray:
    """Customers who were alike before the contact: the silent, and the others by how often they had ordered."""
    awake = (rows["silent_days"] <= shop.churn_days).to_numpy()
    edges = np.unique(np.quantile(rows.loc[awake, "past_orders"], np.arange(1, BANDS) / BANDS)) if awake.any() else []
    return np.where(awake, 1 + np.searchsorted(edges, rows["past_orders"], side="left"), 0)


def _more_by_group(rows: pd.DataFrame) -> pd.DataFrame:
    """Orders of the treated over those of the controls, each held against what is usual of customers alike."""
    parts = [(ALL, rows), *((str(n), part) for n, part in rows.groupby("segment", sort=True))]
    found = []
    for group, part in parts:
        ratios = []
        for own in (part[part["treated"]], part[~part["treated"]]):
            usual = own["usual"].sum()
            ratio = own["soon_orders"].sum() / usual if usual > 0 else np.nan
            off = own["soon_orders"] - ratio * own["usual"]
            ratios.append((ratio, float(np.sqrt((off**2).sum())) / usual if usual > 0 else np.nan))
        (own, own_error), (other, other_error) = ratios
        more = own / other - 1 if other else np.nan
        error = np.hypot(own_error, (1 + more) * other_error) / other if other else np.nan
        found.append((group, more, error))
    return pd.DataFrame(found, columns=["group", "more", "more_error"])


def _by_band(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    for band, part in rows.groupby("band", sort=True):
        own, other = (part.loc[part["treated"] == of, "soon_orders"].to_numpy() for of in (True, False))
        if min(len(own), len(other)) >= FEWEST_IN_BAND:
            lift, error, _ = welch(own, other)
            silent = float((other == 0).mean())
            found.append((band, len(part), other.mean(), lift, error, silent, part["soon_orders"].mean()))
    names = ["band", "customers", "orders_control", "orders_lift", "orders_error", "silent", "usual"]
    return pd.DataFrame(found, columns=names)


def _misfits(bands: pd.DataFrame) -> dict[str, float]:
    """How far the bands are from each way at its best, in squared standard errors."""
    told = bands[bands["orders_error"] > 0]
    weights, lifts = told["orders_error"].to_numpy() ** -2.0, told["orders_lift"].to_numpy()
    found = {}
    for way, shape in ((KEEPS, told["silent"].to_numpy()), (MORE, told["usual"].to_numpy())):
        size = float((weights * shape * shape).sum())
        best = float((weights * shape * lifts).sum()) / size if size else 0.0
        found[way] = float((weights * (lifts - best * shape) ** 2).sum())
    return found


def _with_used(groups: pd.DataFrame, way: str) -> pd.DataFrame:
    """What is gone by: segments shrunk to what they have in common; the pooled lift for everybody else."""
    value, error = ("more", "more_error") if way == MORE else ("kept", "kept_error")
    groups = groups.assign(used=groups[value], used_error=groups[error])
    own = groups.index[(groups["group"] != ALL) & (groups[error] > 0) & groups[value].notna()]
    if len(own) > 1:
        effects, errors = groups.loc[own, value].to_numpy(), groups.loc[own, error].to_numpy()
        if way == KEEPS:
            told = shrunk(effects, errors)
            used, used_error = told.values, told.errors
        else:  # as logarithms: of few customers a ratio above the true one has a larger error than one below it
            ratios = np.maximum(1 + effects, 0.05)
            told = shrunk(np.log(ratios), errors / ratios)
            used, used_error = np.expm1(told.values), told.errors * np.exp(told.values)
        groups.loc[own, "used"], groups.loc[own, "used_error"] = used, used_error
    everybody = groups.iloc[0]
    for index in groups.index[~groups.index.isin(own)]:
        groups.loc[index, ["used", "used_error"]] = everybody[value], everybody[error]
    return groups.assign(used=groups["used"].fillna(0.0).clip(-MOST_SAID, MOST_SAID), used_error=groups["used_error"])


def _balance(rows: pd.DataFrame) -> tuple[bool, str]:
    """Whether the arms were alike before the contact, as lots make them, and what to say where they were not."""
    off = {}
    looked_at = {"past_orders": "orders", "revenue_before": "revenue", "silent_days": "days of silence"}
    for column, said in looked_at.items():
        own, other = (rows.loc[rows["treated"] == of, column].to_numpy("float64") for of in (True, False))
        difference, error, _ = welch(own, other)
        if error and abs(difference / error) > UNLIKE:
            off[said] = difference / error
    if not off:
        return True, ""
    worst = max(off, key=lambda said: abs(off[said]))
    return False, (
        f" The arms were not alike before the contact ({worst} differ by {abs(off[worst]):.1f} standard errors), so "
        "that they were hardly chosen by lot: the difference may not be the offer's, and no plan goes by it."
    )


def _sentence(
    name: str, campaign: str, groups: pd.DataFrame, how: tuple[str, int], misfit: dict[str, float], balance: str
) -> str:
    way, soon_days = how
    everybody = groups.iloc[0]
    low, high = (everybody["bought_lift"] + side * NORMAL_95 * everybody["bought_error"] for side in (-1, 1))
    found = low > 0 or high < 0
    said = (
        f"“{name}” in “{campaign}”: {percent(everybody['bought'])} of {everybody['customers']:,.0f} customers with it "
        f"ordered, {percent(everybody['bought_control'])} of {everybody['controls']:,.0f} without. "
        f"That is {percent(everybody['kept'])} of those who would not have"
        f"{'' if found else ', which may be chance'}. "
    )
    clear = abs(misfit[KEEPS] - misfit[MORE])
    surely = "clearly" if clear > 6 else "rather" if clear > 2 else "hardly, but a little,"
    more = f"{percent(everybody['more'], 0)} ± {percent(NORMAL_95 * everybody['more_error'], 0)}"
    if way == MORE:
        where = (
            f"Its orders came {surely} from those who order often, not from the silent: it brings more orders of those "
            f"who are still there ({more} in {soon_days} days, against customers alike), and the plan counts these."
        )
    else:
        where = f"Where its orders came from speaks {surely} for a share of the silent being kept."
    return f"{said}{where}{balance}"


def _explained(days: tuple, spans: tuple[int, int], rows: pd.DataFrame) -> str:
    window_days, soon_days = spans
    when = day_label(days[0]) if days[0] == days[1] else f"{day_label(days[0])} to {day_label(days[1])}"
    return (
        f"{len(rows):,} customers of {when}, and what each ordered in the {window_days} days after (to "
        f"{day_label(days[1] + timedelta(days=window_days - 1))}). Kept: the difference of the shares buying over the "
        "share of controls who did not (95 % ranges, Welch). More orders: treated over controls in the "
        f"first {soon_days} days, each against what is usual of customers who had been silent as long and ordered as "
        "often. Segments are pulled towards the pooled lift by as much as chance may have moved them (empirical Bayes)."
    )


_SHARE = re.compile(r"(\d{1,2})(?:[.,]\d+)?\s*%")


def offer_of(measured: MeasuredOffer) -> Offer:
    """A measured offer as the catalogue has them; a discount is taken from its name, where that says one.

    >>> _SHARE.search("15 % off the next order")[1]
    '15'
    """
    everybody = measured.groups.iloc[0]
    everybody = {name: float(everybody[name]) for name in ("kept", "kept_error")}
    kept = float(np.clip(everybody["kept"], 0.0, 1.0)) if np.isfinite(everybody["kept"]) else 0.0
    half = NORMAL_80 * everybody["kept_error"] if np.isfinite(everybody["kept_error"]) else 0.0
    told = _SHARE.search(measured.name)
    return Offer(
        name=measured.name,
        contact_cost=measured.contact_cost or 0.0,
        discount=int(told[1]) / 100 if told else 0.0,
        kept=kept,
        kept_low=max(0.0, kept - half),
        kept_high=min(1.0, kept + half),
    )
