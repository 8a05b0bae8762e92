"""Tiles: coloured only beyond chance, and everything they know can be opened without a mouse."""

from datetime import date

import pandas as pd
import pytest

from analytics.descriptive.kpis import Kpis
from analytics.periods import Period
from analytics.shop import Shop
from ui import tiles

SHOP = Shop("Shop", "EUR", "monday", date(2025, 1, 1), date(2026, 10, 31), date(2026, 10, 31), 7)
PERIODS = {name: Period(date(2026, 10, 1), date(2026, 10, 31)) for name in ("value", "previous")}


@pytest.fixture
def drawn(monkeypatch):
    """The tile of one metric as it is sent: ``drawn("revenue", 120.0, 100.0, 5.0)``."""

    def draw(key: str, value: float, previous: float, noise: float, unavailable: dict | None = None) -> str:
        figures = pd.DataFrame({"value": value, "previous": previous, "noise_previous": noise}, index=[key])
        sent = []
        monkeypatch.setattr(tiles.st, "html", sent.append)
        tiles.kpi_tiles(Kpis(figures, PERIODS, unavailable or {}, {}, 7), {}, SHOP)
        return sent[0].split("</style>")[1]

    return draw


def test_a_change_beyond_chance_is_coloured_by_what_it_means(drawn):
    assert 'class="chg good"' in drawn("revenue", 120.0, 100.0, 5.0)
    assert 'class="chg bad"' in drawn("refund_rate", 0.3, 0.1, 0.05)


@pytest.mark.parametrize("noise", [float("nan"), 50.0])
def test_a_change_within_chance_or_of_unknown_chance_is_not_coloured(noise, drawn):
    assert 'class="chg flat"' in drawn("revenue", 120.0, 100.0, noise)


def test_a_tile_opens_to_what_was_and_what_chance_does(drawn):
    tile = drawn("revenue", 1234.5, 100.0, 5.0)
    opened = tile.split("</summary>")[1]
    for said in ("Exactly € 1,234.50.", "Previous: € 100.00; favourable, beyond what chance alone does (± € 5.00)."):
        assert said in opened
    assert "+1,134.5 %" in tile.split("<summary>")[1], "the change itself is what is pressed"


def test_an_unknown_range_of_chance_is_said(drawn):
    assert "how far chance alone moves it is not known" in drawn("refund_rate", 0.3, 0.1, float("nan"))


def test_the_range_of_a_share_is_in_points(drawn):
    assert "(± 5.0 pp)" in drawn("refund_rate", 0.3, 0.1, 0.05)


def test_a_comparison_of_one_metric_that_cannot_be_made_is_a_dash_with_its_reason(drawn):
    nothing = float("nan")
    tile = drawn("repeat_rate", 0.3, nothing, nothing, {("repeat_rate", "previous"): "too young"})
    assert "– vs previous" in tile
    assert "Against previous: too young." in tile
    assert "too young" not in drawn("revenue", 1.0, 1.0, 1.0, {("repeat_rate", "previous"): "too young"})
