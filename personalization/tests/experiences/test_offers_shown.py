"""Promotions show each shopper the offers that are for them, and that stands in the audit log."""

import pytest

from customers.models import AuditEntry, ConsentState, Purpose
from personalization.tests.experiences.conftest import ask

pytestmark = pytest.mark.django_db
PROMOTIONS = {"type": "promotional_offers"}
LINKS = [{"label": "Sale", "link": "/sale"}]


@pytest.fixture
def offers(make_offer, make_segment, make_customer, join):
    """Two offers, one of them for members of a segment with an odd name, of which C1 is one."""
    join(make_segment("V<I>P", code="vip"), make_customer("C1"))
    make_customer("C2")
    make_offer("all", priority=2)
    make_offer("vip", kind="fixed", value="5", audience={"operator": "is", "segments": ["vip"]})


def shown(client, number, **body):
    """Return the codes of the offers of the only element, and the element itself."""
    (element,) = ask(client, customer_id=number, **body)["elements"]
    return [one["code"] for one in element["content"]["offers"]], element


def deeds():
    return [
        (one.name, one.after["offers"])
        for one in AuditEntry.objects.filter(action="shown").order_by("pk")
    ]


def test_each_shopper_sees_what_is_for_them(page, offers, make_placement):
    make_placement(default=PROMOTIONS)
    codes, element = shown(page, "C1")
    assert codes == ["vip", "all"]
    assert element["content"]["offers"][0] == {
        "code": "vip",
        "kind": "fixed",
        "value": "5",
        "sentence": "€5 off.",
        "disclosure": "This offer is personal: it is for members of V&lt;I&gt;P, of whom you "
        "are one.",
    }
    assert shown(page, "C2")[0] == shown(page, None)[0] == ["all"]
    assert deeds() == [("C1", ["vip", "all"]), ("C2", ["all"])]


@pytest.mark.parametrize(
    ("says", "codes"),
    [
        ({"count": 1}, ["vip"]),
        ({"count": 0}, []),
        ({"items": LINKS}, []),
        ({"items": LINKS, "count": 5}, ["vip", "all"]),
    ],
)
def test_as_many_as_are_asked_for(page, offers, make_placement, says, codes):
    make_placement(default=PROMOTIONS | says)
    found, element = shown(page, "C1")
    assert (found, element["content"].get("items", [])) == (codes, says.get("items", []))
    assert deeds() == ([("C1", codes)] if codes else [])


def test_nothing_is_offered_to_who_is_held_out(page, settings, offers, make_placement):
    make_placement(default=PROMOTIONS)
    settings.HOLDOUT_BASIS_POINTS = 10_000
    assert shown(page, "C1")[0] == []
    assert deeds() == []


def test_who_refuses_sees_what_is_for_everybody_and_it_is_noted_of_whoever_is_tracked_or_not(
    page, say, offers, make_placement, make_customer
):
    make_placement(default=PROMOTIONS)
    refusing, untracked = make_customer("C3"), make_customer("C4")
    say(refusing, Purpose.PERSONALIZATION, ConsentState.REFUSED)
    say(untracked, Purpose.TRACKING, ConsentState.REFUSED)
    assert shown(page, "C3")[0] == shown(page, "C4")[0] == ["all"]
    assert deeds() == [("C3", ["all"]), ("C4", ["all"])]


def test_a_preview_notes_nothing(page, offers, make_placement):
    make_placement(default=PROMOTIONS)
    assert shown(page, None, preview={"as": "C1"})[0] == ["vip", "all"]
    assert deeds() == []


def test_what_is_too_late_offers_nothing(page, offers, make_placement, monkeypatch):
    make_placement(default=PROMOTIONS)
    monkeypatch.setattr(
        "personalization.experiences.serving.responses.run_within", lambda work, deadline: None
    )
    codes, element = shown(page, "C1")
    assert (codes, element["why"]["code"]) == ([], "deadline")
