"""What a shop states: checked where it is read, the same after it was written down and read again."""

import math

import pytest

from analytics.prescriptive.assumptions import (
    MOST_ROWS,
    Assumptions,
    Carrier,
    Lane,
    Offer,
    as_written,
    assumptions_from,
)

WHOLE = {
    "finance": {"discount_rate": 0.08, "price_band": 0.05},
    "margins": [{"category": "Tea", "share": 0.4}, {"category": "Loss leaders", "share": -0.1}],
    "offers": [
        {"name": "Call", "contact_cost": 30, "kept": 0.2, "kept_low": 0.1, "kept_high": 0.3, "segments": ["Premium"]},
        {"name": "10 % off", "contact_cost": 0.5, "discount": 0.1, "most": 500},
    ],
    "carriers": [{"name": "Post", "capacity": 100}, {"name": "Courier"}],
    "lanes": [{"carrier": "Post", "region": "North", "cost": 4, "days": 3.5, "share_now": 1.0}],
    "staff": {"minutes": 6, "wage": 120},
    "stock": {"lead_days": 21, "order_cost": 50, "lost_if_missing": 0.4},
    "channels": [{"channel": "Social", "least": 0, "most": 1000}],
}


def test_what_is_written_down_is_read_again_as_it_was():
    stated = assumptions_from(WHOLE)
    assert assumptions_from(as_written(stated)) == stated
    assert stated.offers[0].segments == ("Premium",)
    assert stated.carriers[1].capacity is None


def test_only_what_was_stated_is_written_down():
    stated = assumptions_from({"stock": {}})
    assert stated.stated == ("stock",)
    assert list(as_written(stated)) == ["stock"]
    assert as_written(Assumptions()) == {}


def test_an_empty_list_is_a_statement_too():
    assert assumptions_from({"offers": []}).stated == ("offers",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"prices": {}}, "section: expected finance, margins"),
        ({"finance": {"rate": 0.1}}, "finance: expected discount_rate, price_band, got 'rate'"),
        ({"finance": {"discount_rate": math.nan}}, "discount_rate: expected a number from 0 to 1, got nan"),
        ({"finance": {"discount_rate": "ten"}}, "discount_rate: expected a number, got 'ten'"),
        ({"finance": {"discount_rate": True}}, "discount_rate: expected a number, got True"),
        ({"finance": 3}, "finance: expected names and values, got 3"),
        ({"margins": {"Tea": 0.4}}, "margins: expected a list"),
        ({"margins": [{"category": "Tea", "share": 1.4}]}, "share: expected a number from -1 to 1, got 1.4"),
        ({"margins": [{"category": "Tea"}]}, "margins: .*'share'"),
        ({"margins": [{"category": "Tea", "share": 0.4}] * 2}, "margins: expected each name once, got 'Tea' twice"),
        ({"margins": [{"category": "", "share": 0.4}]}, "category: expected a name"),
        ({"offers": [{"name": "Call", "contact_cost": 1, "kept": 1.2}]}, "kept: expected a number from 0 to 1"),
        ({"offers": [{"name": "Call", "contact_cost": 1, "kept": 0.5}]}, "kept: expected a share from kept_low"),
        ({"offers": [{"name": "Call", "contact_cost": -1}]}, "contact_cost: expected a number from 0"),
        ({"offers": [{"name": "Call", "contact_cost": 1, "most": 2.5}]}, "most: expected a whole number, got 2.5"),
        ({"offers": [{"name": "Call", "contact_cost": 1, "segments": "Premium"}]}, "expected a list of texts"),
        ({"carriers": [{"name": 7}]}, "name: expected a text, got 7"),
        ({"lanes": [{"carrier": "Post", "region": "North", "cost": 1, "days": 2}]}, "expected a carrier of the list"),
        (
            {
                "carriers": [{"name": "Post"}],
                "lanes": [{"carrier": "Post", "region": "North", "cost": 1, "days": 2, "share_now": 0.7}],
            },
            "lanes: expected share_now to North to add up to 1, got 0.7",
        ),
        (
            {
                "carriers": [{"name": "Post", "capacity": 0}],
                "lanes": [{"carrier": "Post", "region": "North", "cost": 1, "days": 2, "share_now": 1}],
            },
            "lanes: expected no share_now of Post, which takes 0 orders a day",
        ),
        ({"staff": {"days_a_week": 8}}, "days_a_week: expected a number from 1 to 7, got 8"),
        ({"staff": {"minutes": 0}}, "minutes: expected a number"),
        ({"staff": {"wage": 10**400}}, "wage: expected a number, got one beyond 1e.300"),
        ({"staff": {"most": -(10**5_000)}}, "most: expected a number, got one beyond 1e.300"),
        ({"finance": "A" * 100_000}, "finance: expected names and values, got 'A{1,30}\\.\\.\\.A{1,30}'$"),
        ({"stock": {"service_level": 1}}, "service_level: expected a number from 0.5 to 0.9999"),
        ({"stock": {"lost_if_missing": float("nan")}}, "lost_if_missing: expected a number from 0 to 1"),
        (
            {"channels": [{"channel": "Social", "least": 9, "most": 3}]},
            "most: expected at least 9, the least of Social",
        ),
        ({"channels": [{"channel": f"c{n}"} for n in range(MOST_ROWS + 1)]}, "channels: expected a list of at most"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(written, said):
    with pytest.raises(ValueError, match=said):
        assumptions_from(written)


def test_names_are_taken_as_they_are_seen():
    assert assumptions_from({"carriers": [{"name": "  Post \n office "}]}).carriers == (Carrier("Post office"),)


@pytest.mark.parametrize("member", ["n" * 300, "two  spaces", "right-to-left\u200f", "one\nand another", "\u3164"])
def test_members_of_the_orders_keep_their_names_letter_by_letter(member):
    written = {
        "margins": [{"category": member, "share": 0.4}],
        "offers": [{"name": "Call", "contact_cost": 1, "segments": [member]}],
        "carriers": [{"name": "Post"}],
        "lanes": [{"carrier": "Post", "region": member, "cost": 4, "days": 3}],
        "channels": [{"channel": member, "most": 5}],
    }
    stated = assumptions_from(written)
    assert stated.margins[0].category == stated.lanes[0].region == stated.channels[0].channel == member
    assert stated.offers[0].segments == (member,)
    assert assumptions_from(as_written(stated)) == stated


def test_a_lane_belongs_to_a_carrier_that_there_is():
    lanes = (Lane("Courier", "North", 9.0, 1.0),)
    with pytest.raises(ValueError, match="got 'Courier'"):
        Assumptions(carriers=(Carrier("Post"),), lanes=lanes)
    assert Assumptions(carriers=(Carrier("Courier"),), lanes=lanes).lanes == lanes


def test_a_range_of_what_an_offer_keeps_holds_what_is_expected():
    with pytest.raises(ValueError, match="kept: expected"):
        Offer("Call", 1.0, kept=0.02)
