"""The colours can be told apart and read: on light and dark pages, by colour-blind eyes as well."""

import itertools
import re
import tomllib

import numpy as np
import pytest
from screen import ROOT

from ui import customer_tables
from ui.charts.customers import OLDER
from ui.charts.look import DARK, LIGHT, Look
from ui.tables import STRONGEST_TINT

TEXT_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 (AA) for text of normal size."""
GRAPHIC_CONTRAST = 3.0
"""WCAG 2.2, 1.4.11 for graphical objects that are needed to understand the content."""

FIRST = 6
"""Colours that charts draw side by side; further members are gathered or drawn alone."""
APART = {"normal": 20.0, "protan": 8.0, "deutan": 8.0, "tritan": 8.0}
"""CIEDE2000 between any two of the first six. A difference of 1 is just noticeable where patches touch; small marks
that lie apart need about 5 to 7 (Stone, Szafir & Setlur 2014). 8 leaves a margin over that for complete
colour-blindness, 20 lets full sight name the colours. Our own choice.
"""

DEFICIENCIES = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB."""

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
LOOKS = pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)


def linear(colour: str) -> np.ndarray:
    """Linear RGB, 0 to 1, of ``#RRGGBB``."""
    encoded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG contrast, 1 to 21."""
    low, high = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) + 0.05 for c in (one, other))
    return high / low


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) of linear RGB."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """The colour difference of Sharma, Wu & Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = h2 - h1 if c1 * c2 else 0.0
    turn -= 360 * round(turn / 360)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = (
        h1 + h2 if not c1 * c2 else (h1 + h2) / 2 + (180 if abs(h1 - h2) > 180 else 0) * (1 if h1 + h2 < 360 else -1)
    )
    cos = lambda degrees: np.cos(np.radians(degrees))  # noqa: E731
    t = 1 - 0.17 * cos(mean_h - 30) + 0.24 * cos(2 * mean_h) + 0.32 * cos(3 * mean_h + 6) - 0.2 * cos(4 * mean_h - 63)
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    r_c = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    r_t = -np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2)))) * r_c
    parts = (l2 - l1) / s_l, (c2 - c1) / s_c, dh / s_h
    return float(np.sqrt(sum(p**2 for p in parts) + r_t * parts[1] * parts[2]))


def difference(one: str, other: str, eyes: str) -> float:
    """How different two colours look to those eyes."""
    return ciede2000(*(lab(DEFICIENCIES[eyes] @ linear(c)) for c in (one, other)))


@pytest.fixture(scope="module")
def theme() -> dict:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]


def test_the_difference_is_that_of_the_paper():
    """Pairs 1, 7, 17 and 25 of the paper's table."""
    for one, other, expected in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ):
        assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_black_on_white_has_the_greatest_contrast():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@LOOKS
def test_the_theme_and_the_charts_have_the_same_ten_colours(look, theme):
    """With another number than ten, Streamlit falls back to Plotly's own colours."""
    assert tuple(theme[look.name]["chartCategoricalColors"]) == look.members
    assert len(set(look.members)) == 10


@LOOKS
def test_the_theme_and_the_charts_agree_on_page_surface_text_and_accent(look, theme):
    own = theme[look.name]
    shared = (own["backgroundColor"], own["secondaryBackgroundColor"], own["textColor"], own["primaryColor"])
    assert shared == (look.page, look.surface, look.text, look.accent)


@LOOKS
@pytest.mark.parametrize("role", ["text", "muted", "good", "bad", "accent"])
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_what_is_written_can_be_read(look, role, ground):
    assert contrast(getattr(look, role), getattr(look, ground)) >= TEXT_CONTRAST


@LOOKS
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_the_line_of_the_comparison_can_be_seen(look, ground):
    assert contrast(look.context, getattr(look, ground)) >= GRAPHIC_CONTRAST


@LOOKS
def test_every_member_colour_can_be_seen_on_its_page(look):
    faint = {c: round(contrast(c, g), 2) for c in look.members for g in (look.page, look.surface) if contrast(c, g) < 2}
    assert not faint


@LOOKS
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_the_first_six_members_can_be_told_apart(look, eyes):
    pairs = {pair: difference(*pair, eyes) for pair in itertools.combinations(look.members[:FIRST], 2)}
    close = {pair: round(d, 1) for pair, d in pairs.items() if d < APART[eyes]}
    assert not close, f"closest: {close}"


@LOOKS
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_the_newest_cohorts_are_seen_and_told_from_older_ones(look, eyes):
    older = "#{:02X}{:02X}{:02X}".format(*look.mixed(look.context, OLDER))
    assert contrast(look.accent, look.surface) >= GRAPHIC_CONTRAST
    assert difference(look.accent, older, eyes) >= APART[eyes]


@LOOKS
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_good_and_bad_differ_for_all_eyes(look, eyes):
    """Arrows and words say it too; colour is only the third sign."""
    assert difference(look.good, look.bad, eyes) >= APART["protan"]


@LOOKS
def test_text_on_tints_is_legible(look: Look):
    for strength in np.linspace(0, max(STRONGEST_TINT, customer_tables.STRONGEST_TINT), 41):
        tint = "#{:02x}{:02x}{:02x}".format(*look.mixed(look.accent, strength))
        assert contrast(look.legible_on(look.accent, strength), tint) >= TEXT_CONTRAST, strength


def test_a_tint_of_nothing_is_the_surface_and_a_whole_one_the_colour():
    assert LIGHT.faded("#3257C8", 0) == "rgb(255, 255, 255)"
    assert LIGHT.faded("#3257C8", 1) == "rgb(50, 87, 200)"
    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", DARK.faded("#7C9BFF", 0.37))
