"""The page that compares groups: every face and choice draws, the address carries them, trouble is said in place."""

import pytest
from screen import charts, plain_words, troubles, unescaped

from analytics.diagnostic.group_comparison import TESTS
from analytics.metrics import METRICS
from ui.group_choices import FACES

GROUPS = "diagnostic/compare_groups.py"


def said(page) -> str:
    return unescaped("\n".join(i.value for i in page.info))


def test_two_groups_are_compared_at_once_and_a_sentence_stands_on_top(visit, demo_url):
    opened = visit(GROUPS)
    assert not opened.exception
    assert set(charts(opened)) == {"group-values"}
    assert unescaped(opened.markdown[0].value).startswith("Average order value: ")
    assert "all others" in plain_words(opened)
    assert "Seen four times of five" in plain_words(opened)
    assert "because there are enough customers" in plain_words(opened)


@pytest.mark.parametrize("face", FACES.values())
@pytest.mark.parametrize("key", METRICS)
def test_every_metric_is_compared_or_refused_on_every_face(face, key, visit, demo_url):
    opened = visit(GROUPS, versus=face, of=METRICS[key].name)
    assert not opened.exception
    assert not troubles(opened)
    assert len(charts(opened)) + len(opened.info) >= 1


def test_the_address_carries_both_groups(visit, demo_url):
    opened = visit(GROUPS, groups="Region", a=["North", "East"], b=["South"])
    assert not opened.exception
    figure = charts(opened)["group-values"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["North, East", "South"]
    assert "North, East" in unescaped(opened.markdown[0].value)


def test_another_dimension_forgets_the_members_of_the_one_before(visit, demo_url):
    opened = visit(GROUPS, groups="Region", a=["North"], b=["South"])
    opened.selectbox(key="groups").set_value("segment").run()
    assert not opened.exception
    assert opened.session_state["a"] == []
    assert charts(opened)["group-values"]["layout"]["yaxis"]["ticktext"][1] == "all others"


def test_two_periods_come_from_the_address(visit, demo_url):
    opened = visit(GROUPS, versus=FACES["periods"], days_b=["2026-01-01", "2026-01-31"])
    assert not opened.exception
    assert charts(opened)["group-values"]["layout"]["yaxis"]["ticktext"][1] == "1 Jan – 31 Jan 2026"


def test_without_a_choice_the_second_period_is_the_one_before(visit, demo_url):
    opened = visit(GROUPS, versus=FACES["periods"])
    assert charts(opened)["group-values"]["layout"]["yaxis"]["ticktext"] == [
        "3 Aug – 31 Oct 2026",
        "5 May – 2 Aug 2026",
    ]


def test_periods_that_share_days_and_groups_that_share_members_are_refused(visit, demo_url):
    assert "share days" in said(visit(GROUPS, versus=FACES["periods"], days_b=["2026-10-01", "2026-10-31"]))
    assert "would be compared with itself" in said(visit(GROUPS, groups="Region", a=["North"], b=["North", "East"]))
    assert "Both groups are North" in said(visit(GROUPS, groups="Region", a=["North"], b=["North"]))


@pytest.mark.parametrize("test", TESTS.values())
def test_the_test_comes_from_the_address(test, visit, demo_url):
    opened = visit(GROUPS, groups="Region", test=test)
    assert not opened.exception
    assert "group-values" in charts(opened)


def test_each_against_all_others_says_that_many_are_looked_at(visit, demo_url):
    opened = visit(GROUPS, versus=FACES["each"], of="Satisfaction")
    assert set(charts(opened)) == {"member-differences"}
    assert "Benjamini–Hochberg" in plain_words(opened)
    assert "a total" in said(visit(GROUPS, versus=FACES["each"], of="Revenue"))


def test_what_the_address_asks_in_vain_is_said(visit, demo_url):
    opened = visit(GROUPS, versus="Everything", of="Happiness", a=["Atlantis"], test="Tarot", days_b=["2031-01-01"])
    assert not opened.exception
    noted = unescaped("".join(c.value for c in opened.sidebar.caption))
    for vain in ("versus Everything", "of Happiness", "a Atlantis", "test Tarot", "days_b 2031-01-01"):
        assert vain in noted


def test_groups_of_several_members_and_a_period_come_from_the_address_without_a_note(visit, demo_url):
    both = visit(GROUPS, groups="Region", a=["North", "South"], b=["East", "West"])
    assert "North, South" in plain_words(both)
    periods = visit(GROUPS, versus="Two periods", days_b=["2026-03-01", "2026-03-31"])
    for opened in (both, periods):
        assert not opened.exception
        assert "left out" not in plain_words(opened)
    assert "days_b 1970-01-01" in plain_words(visit(GROUPS, versus="Two periods", days_b=["1970-01-01", "2026-03-31"]))
