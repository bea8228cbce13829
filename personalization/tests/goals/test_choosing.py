"""A placement that chooses by goals: scores, random variants, and what moves the evidence."""

from datetime import timedelta

import pytest

from core.text.hashes import bucket
from customers.merging import merge_guest
from customers.models import Customer
from personalization.models import ExploredExposure, Exposure

pytestmark = pytest.mark.django_db
PLACEMENT = "personalization/placements/hero/"
TEXT = {"type": "text", "text": "Hello"}


@pytest.fixture(autouse=True)
def served_to_everybody(nobody_held_out):
    """Serve experiences to all customers."""


@pytest.fixture
def merchant(client_with):
    models = ("placement", "experiencevariant")
    rights = [f"personalization.{one}_{model}" for one in ("add", "change") for model in models]
    more = ("personalization.serve_experience", "personalization.track_behavior")
    client = client_with("personalization.view_placement", *more, *rights)
    body = {"code": "hero", "page_type": "home", "default_content": TEXT, "selection": "goals"}
    assert client.send("POST", "personalization/placements/", body).status_code == 201
    for code in "ab":
        variant = {"code": code, "content": TEXT | {"text": code}}
        client.send("POST", "personalization/placements/hero/variants/", variant)
    return client


@pytest.fixture
def evidence(consenting):
    """Return a function that stores random exposures with so many clicks and orders."""

    def store(variant, exposures, clicks, conversions):
        at = "2026-04-01T00:00:00Z"
        first = Customer.objects.count()
        rows = Customer.objects.bulk_create(
            Customer(
                external_id=f"E{first + number}",
                store=shop.store,
                website=shop.website,
                group=shop.group,
            )
            for number in range(exposures)
        )
        ExploredExposure.objects.bulk_create(
            ExploredExposure(
                element="hero", variant=variant, customer=customer, at=at,
                has_clicked=number < clicks, has_converted=number < conversions,
            )
            for number, customer in enumerate(rows)
        )  # fmt: skip

    shop = consenting("shop")
    return store


def ask(client, customer="shop", status=200, **body):
    document = {"page_type": "home", "customer_id": customer, **body}
    reply = client.send("POST", "personalization/experience", document)
    assert reply.status_code == status, reply.content
    return reply.json()["elements"][0] if status == 200 else reply.json()["errors"]


def test_the_best_score_is_shown(merchant, evidence):
    merchant.send("PATCH", PLACEMENT, {"explore": 0}, if_match="*")
    # Before anything is known all are equal, and the first variant goes before the default.
    shown = ask(merchant)
    assert (shown["variant"], shown["why"]["code"]) == ("a", "goals")
    assert shown["why"]["scores"] == {"a": 1.0, "b": 1.0, "": 1.0}
    evidence("a", 100, 6, 4)
    evidence("b", 100, 9, 3)
    weights = {"increase_engagement": 0.4, "drive_conversions": 0.6}
    shown = ask(merchant, personalization_goals=weights)
    assert shown["variant"] == "a"
    scores = shown["why"]["scores"]
    # r = .075 and .035: (6 + 7.5) / 200 / .075 = .9, (4 + 3.5) / 200 / .035 = 15/14.
    assert scores["a"] == pytest.approx(0.4 * 0.9 + 0.6 * 15 / 14, abs=1e-6)
    assert ask(merchant, personalization_goals={"increase_engagement": 3})["variant"] == "b"
    assert ask(merchant)["variant"] == "a"
    merchant.send("PATCH", PLACEMENT, {"goals": {"increase_engagement": 1}}, if_match="*")
    assert ask(merchant)["variant"] == "b"
    stored = Exposure.objects.filter(variant="a", goals=weights)
    assert stored.count() == 1


@pytest.mark.parametrize(
    "goals, path, code",
    [
        ({"sell_more": 1}, "personalization_goals.sell_more", "unknown_goal"),
        ({"drive_conversions": 0}, "personalization_goals", "weights"),
        ({"drive_conversions": -1, "increase_engagement": 2}, "personalization_goals", "weights"),
        ({"drive_conversions": "1"}, "personalization_goals", "weights"),
        ({}, "personalization_goals", "weights"),
    ],
)
def test_wrong_goals_are_refused(merchant, goals, path, code):
    (error,) = ask(merchant, status=400, personalization_goals=goals)
    assert (error["path"], error["code"]) == (path, code)
    refused = merchant.send("PATCH", PLACEMENT, {"goals": goals}, if_match="*").json()["errors"][0]
    assert refused["code"] == code


def test_random_variants_are_the_evidence(merchant, consenting, make_order, process, clock, track):
    merchant.send("PATCH", PLACEMENT, {"explore": 5000}, if_match="*")
    seen = set()
    for number in range(20):
        customer = f"N{number}"
        consenting(customer)
        shown = ask(merchant, customer)
        if bucket("explore:hero", customer) < 5000:
            expected = ["", "a", "b"][bucket("explored:hero", customer) % 3]
            assert (shown["variant"] or "", shown["why"]["code"]) == (expected, "explored")
            seen.add(customer)
        else:
            assert shown["why"]["code"] == "goals"
    rows = ExploredExposure.objects.order_by("pk")
    assert {row.customer.external_id for row in rows} == seen != set()
    clock.advance(hours=1)
    first, second = rows[:2]
    ask(merchant, first.customer.external_id)
    assert len(rows.all()) == len(seen)
    click = {"element": "hero", "variant": "a"}
    number = first.customer.external_id
    track({"behavior_type": "experience_clicked", "customer_id": number, "data": click})
    order = make_order(first.customer, at=clock.at)
    make_order(second.customer, at=second.at + timedelta(days=7))
    clock.advance(days=7)
    process()
    assert [(row.has_clicked, row.has_converted) for row in rows.all()[:2]] == [
        (True, True),
        (False, False),
    ]
    order.state = "canceled"
    order.save()
    process()
    assert not ExploredExposure.objects.filter(has_converted=True).exists()


def test_the_form_shows_who_would_win(merchant, evidence, admin_client):
    evidence("b", 20, 9, 0)
    evidence("a", 20, 0, 5)
    address = f"/admin/personalization/placement/{_placement().pk}/change/"
    page = admin_client.get(address)
    rows = [(one.variant, one.is_current) for one in page.context["winners"]]
    assert (rows[0], rows[-1]) == (("a", True), ("b", False))
    form = page.context["adminform"].form
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: value for name, value in data.items() if isinstance(value, str | int)}
    reply = admin_client.post(address, sent | {"goal_engagement": 100, "is_active": "on"})
    assert reply.status_code == 302, reply.context["adminform"].form.errors
    assert _placement().goals == {"increase_engagement": 1.0, "drive_conversions": 0.0}


def _placement():
    from personalization.models import Placement

    return Placement.objects.get()


def test_a_merged_guest_keeps_the_first_exposure(make_customer, clock):
    guest, customer = make_customer("G1", kind="guest"), make_customer("C1", kind="registered")
    shown = [
        ("hero", "early", guest, 3),
        ("hero", "late", customer, 1),
        ("footer", "early", customer, 3),
        ("footer", "late", guest, 1),
        ("side", "only", guest, 2),
    ]
    for element, variant, who, days in shown:
        at = clock.at - timedelta(days=days)
        ExploredExposure.objects.create(element=element, variant=variant, customer=who, at=at)
    merge_guest(guest, customer)
    rows = ExploredExposure.objects.filter(customer=customer)
    assert dict(rows.values_list("element", "variant")) == {
        "hero": "early",
        "footer": "early",
        "side": "only",
    }
