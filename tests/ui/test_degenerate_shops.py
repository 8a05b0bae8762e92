"""Shops so small or so odd that most figures rest on nothing: every question is answered or refused in a sentence."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.breakdowns import (
    delivery_distribution,
    metric_by_member,
    metric_by_two,
    satisfaction_distribution,
)
from analytics.descriptive.cohorts import customer_cohorts
from analytics.descriptive.concentration import revenue_concentration
from analytics.descriptive.courses import usual_course
from analytics.descriptive.headline import largest_movers, period_headline
from analytics.descriptive.kpi_tree import kpi_tree
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.member_trends import metric_trend_by_member
from analytics.descriptive.returning import revenue_by_kind
from analytics.descriptive.rfm import rfm_segments
from analytics.descriptive.trends import metric_trend, months_cut, sparkline_values, weekday_by_month
from analytics.diagnostic.churn_factors import churn_factors
from analytics.diagnostic.coming_back import coming_back
from analytics.diagnostic.correlations import order_correlations
from analytics.diagnostic.day_costs import day_costs
from analytics.diagnostic.delivery_spread import delivery_spread
from analytics.diagnostic.dose_response import dose_response
from analytics.diagnostic.drill_customers import customer_level
from analytics.diagnostic.drill_down import calendar_level, member_level
from analytics.diagnostic.drivers import limit_check, score_drivers
from analytics.diagnostic.gaps import CLOCKS, clock_sentence
from analytics.diagnostic.group_comparison import compared_members, compared_periods
from analytics.diagnostic.lapse import lapse_point
from analytics.diagnostic.member_comparison import compared_with_others
from analytics.diagnostic.mix_and_rate import mix_and_rate
from analytics.diagnostic.on_time import on_time
from analytics.diagnostic.rank_correlation import score_correlations
from analytics.diagnostic.root_cause import root_cause
from analytics.diagnostic.satisfaction_headline import satisfaction_driver, satisfaction_level
from analytics.diagnostic.survival import return_curves
from analytics.diagnostic.unusual_days import unusual_days
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import offered_presets, preset_period, previous_period
from analytics.predictive.churn import churn_fit
from analytics.predictive.customer_value import customer_value_fit
from analytics.prescriptive.campaigns import measured_offers
from analytics.prescriptive.category_demand import category_demand
from analytics.prescriptive.delivery_value import day_value
from analytics.prescriptive.prefilled import prefilled_plan, spend_in_view
from analytics.prescriptive.present_delivery import present_delivery
from analytics.prescriptive.resource_advice import delivery_advice, staffing_advice, stock_advice
from analytics.prescriptive.scenario import INPUTS
from analytics.prescriptive.staff_demand import weekday_demand
from ui import data

COLUMNS = ["transaction_id", "customer_id", "date", "revenue", "channel", "region", "satisfaction_score"]
PAGES = (
    "overview.py",
    "descriptive/kpis.py",
    "descriptive/kpi_tree.py",
    "descriptive/customers.py",
    "diagnostic/anomalies.py",
    "diagnostic/drill_down.py",
    "diagnostic/satisfaction.py",
    "diagnostic/root_cause.py",
    "diagnostic/churn_factors.py",
    "diagnostic/compare_groups.py",
    "prescriptive/retention.py",
    "prescriptive/revenue_moves.py",
    "predictive/customer_value.py",
    "predictive/churn.py",
    "predictive/forecast.py",
    "prescriptive/resources.py",
    "prescriptive/what_if.py",
    "workspace/targets.py",
    "workspace/alerts.py",
    "workspace/events.py",
    "workspace/data.py",
)
NO_FIGURES = re.compile(r"\b(nan|inf|None(?! of)|NaT|<NA>)\b")


def _shop(kind: str) -> pd.DataFrame:
    days = pd.date_range("2026-01-05", periods=90)
    if kind == "one order":
        rows = [("t", "c", days[0], 10.0, "Web", "North", 5)]
    elif kind == "one day":
        rows = [(f"t{i}", f"c{i % 3}", days[0], 10.0 + i, "Web", "North", 1 + i % 5) for i in range(9)]
    elif kind == "one customer":
        rows = [(f"t{i}", "c", day, 10.0 + i % 7, "Web", "North", 3) for i, day in enumerate(days)]
    elif kind == "refunds alone":
        rows = [(f"t{i}", f"c{i % 5}", day, -10.0, "Web", "North", None) for i, day in enumerate(days)]
    elif kind == "guests alone":
        rows = [(f"t{i}", None, day, 10.0, ("Web", "App")[i % 2], None, None) for i, day in enumerate(days)]
    elif kind == "nothing charged":
        rows = [(f"t{i}", f"c{i % 9}", day, 0.0, ("Web", "App")[i % 2], "North", 4) for i, day in enumerate(days)]
    elif kind == "as much refunded as sold":
        rows = [(f"t{i}", f"c{i % 9}", day, (8.0, -8.0)[i % 2], "Web", "North", 4) for i, day in enumerate(days)]
    else:  # a first order, a silence of a year, and a last one
        rows = [("t1", "a", days[0] - pd.Timedelta(days=365), 5.0, "Web", "North", None)]
        rows += [("t2", "b", days[-1], 7.0, "App", "South", 2)]
    missing = dict.fromkeys(("category", "payment_method", "delivery_days", "segment", "age_group"))
    return pd.DataFrame(rows, columns=COLUMNS).assign(**missing)


KINDS = (
    "one order",
    "one day",
    "one customer",
    "refunds alone",
    "guests alone",
    "nothing charged",
    "as much refunded as sold",
    "two orders a year apart",
)


@pytest.fixture(params=KINDS, scope="module")
def shop_url(request, stored, tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("odd")
    database = stored(_shop(request.param), folder / "shop.db", shop_name="Odd")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", f"sqlite:///{database}")
        data.pin_version()  # a test before may have left its own shop's in force
        yield request.param


def _nobody_watches(share: float, doing: str) -> None:
    """Fits tell how far they are."""


def _questions() -> Iterator[tuple]:
    shop = data.shop()
    offered = offered_presets(shop.first_day, shop.today)
    periods = {preset_period(name, shop.first_day, shop.today) for name in offered}
    narrowed = {"channel": shop.members["channel"][:1]} if "channel" in shop.members else {}
    for period in sorted(periods, key=lambda p: (p.start, p.end)):
        for kept in ({}, narrowed):
            filters = Filters(period, **kept)
            for analysis in (period_headline, current_kpis, sparkline_values, months_cut, kpi_tree, largest_movers):
                yield analysis, filters, {}
            for analysis in (satisfaction_distribution, delivery_distribution, revenue_concentration, rfm_segments):
                yield analysis, filters, {}
            for analysis in (satisfaction_level, satisfaction_driver, score_drivers, limit_check):
                yield analysis, filters, {}
            for analysis in (dose_response, score_correlations):
                yield analysis, filters, {}
            for dimension in ("region", "channel"):
                yield day_costs, filters, {"dimension": dimension}
                yield delivery_spread, filters, {"dimension": dimension}
                yield on_time, filters, {"promise": 3, "dimension": dimension}
            yield coming_back, filters, {"promise": 3, "within": 30}
            yield metric_by_two, filters, {"rows": "region", "columns": "channel", "key": "average_order_value"}
            yield revenue_by_kind, filters, {"unit": "week"}
            yield customer_cohorts, filters, {"unit": "month"}
            yield customer_cohorts, filters, {"unit": "quarter", "per": "channel"}
            for against in ("previous", "last_year", "usual"):
                yield root_cause, filters, {"against": against}
            yield lapse_point, filters, {"unlikely": 0.25}
            for key in METRICS:
                yield compared_members, filters, {"key": key, "dimension": "channel", "a": narrowed.get("channel", ())}
                yield compared_periods, filters, {"key": key, "other": previous_period(period)}
                yield compared_with_others, filters, {"key": key, "dimension": "channel"}
            yield spend_in_view, filters, {}
            for kind in INPUTS:
                yield prefilled_plan, filters, {"kind": kind}
            yield churn_fit, filters, {"tell": _nobody_watches}
            yield customer_value_fit, filters, {"tell": _nobody_watches}
            for clock in CLOCKS:
                yield clock_sentence, filters, {"clock": clock}
                yield churn_factors, filters, {"clock": clock}
                yield return_curves, filters, {"clock": clock, "factor": "channel"}
                yield return_curves, filters, {"clock": clock, "factor": "score"}
            for key in METRICS:
                yield root_cause, filters, {"key": key, "against": "previous"}
                yield mix_and_rate, filters, {"key": key, "dimension": "channel", "against": "previous"}
                yield metric_trend, filters, {"key": key, "granularity": "week"}
                yield metric_trend, filters, {"key": key, "granularity": "month"}
                yield weekday_by_month, filters, {"key": key}
                yield metric_by_member, filters, {"dimension": "channel", "key": key}
                yield member_level, filters, {"step": "channel", "key": key}
                yield calendar_level, filters, {"step": "month", "key": key}
                yield customer_level, filters, {"key": key}
                yield metric_trend_by_member, filters, {"dimension": "channel", "key": key, "granularity": "day"}
            yield order_correlations, filters, {}
            yield present_delivery, filters, {}
            yield unusual_days, filters.without_period(), {}
    whole = Filters(shop.days)
    yield category_demand, whole.without_period(), {"days": 7}
    for analysis in (weekday_demand, day_value, stock_advice, delivery_advice, staffing_advice):
        yield analysis, whole, {}
    yield measured_offers, None, {}
    for key in METRICS:
        yield usual_course, None, {"key": key}
        yield usual_course, None, {"key": key, "dimension": "channel"}


def _sentences(value: object) -> Iterator[str]:
    """Every text in an answer that a visitor may read, but for the names of its columns."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _sentences(getattr(value, field.name))
    elif isinstance(value, dict):
        for part in value.values():
            yield from _sentences(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _sentences(part)


def test_every_question_is_answered_or_refused_in_a_sentence(shop_url):
    told, refused = 0, 0
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error", RuntimeWarning)
        for analysis, filters, asked in _questions():
            try:
                said = [*_sentences(data.answer(analysis, filters, **asked))]
                told += 1
            except NotEnoughData as why:
                said = [str(why)]
                refused += 1
                assert re.search(r"[.!?]$", said[0]), (analysis.__name__, asked, said)
            except Exception as error:
                error.add_note(f"{shop_url}: {analysis.__name__} {filters} {asked}")
                raise
            for sentence in said:
                assert not NO_FIGURES.search(sentence), (analysis.__name__, filters, asked, sentence)
    assert told > 20
    assert refused > 0


@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_of_such_a_shop(shop_url, visit, page):
    app = visit(page)
    assert not app.exception
    shown = [e.value for kind in ("markdown", "caption", "info", "warning", "error") for e in getattr(app, kind)]
    assert shown
    for text in shown:
        assert not NO_FIGURES.search(re.sub(r"<[^>]*>", " ", str(text))), text
