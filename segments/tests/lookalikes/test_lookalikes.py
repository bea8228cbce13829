"""Look-alikes: the formula, who is left out, what is refused, and lists that are saved."""

import json

import pytest
from django.core.cache import cache

from core.audit import AuditEntry
from core.clock import now
from customers.models import Consent, Customer, Order, Website
from segments import lookalikes as package
from segments.lookalikes import lookalikes
from segments.models import Membership, Segment
from segments.tests.api.bodies import ALL
from segments.tests.lookalikes.conftest import put_on_list
from segments.tests.lookalikes.shop import TEA, expected_scores

pytestmark = pytest.mark.django_db
URL = "segments/members/lookalikes/"


@pytest.fixture
def client(client_with):
    cache.clear()
    return client_with(*ALL)


@pytest.fixture
def find(client, bought):
    def find(status=200, url=URL, **body):
        reply = client.send("POST", url, body)
        assert reply.status_code == status, reply.content
        return reply.json()

    return find


def places(body):
    return [(one["path"], one["code"]) for one in body["errors"]]


def test_package_has_every_name_that_it_lists():
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_scores_are_those_of_the_formula(members, bought):
    found = lookalikes(members, size=30)
    seeds = {name for name in bought if name.startswith("M")}
    scores = expected_scores(bought, seeds)
    best = sorted((-score, name) for name, score in scores.items() if name not in seeds)[:30]
    assert [(-one.score, one.id) for one in found.chosen] == best
    assert (found.size, found.threshold) == (30, -best[-1][0])


def test_hidden_members_are_found_as_the_formula_finds_them(members, bought):
    found = lookalikes(members, size=1)
    by_id = sorted(name for name in bought if name.startswith("M"))
    visible, hidden = by_id[0::2], set(by_id[1::2])
    scores = expected_scores(bought, set(visible))
    others = [name for name in bought if name not in visible]
    pairs = [
        (scores[one] > scores[other]) + (scores[one] == scores[other]) / 2
        for one in hidden
        for other in others
        if other not in hidden
    ]
    first = sorted(others, key=lambda name: (-scores[name], name))[: len(hidden)]
    assert found.auc == pytest.approx(sum(pairs) / len(pairs))
    assert found.precision == len(hidden.intersection(first)) / len(hidden)
    assert found.chance == len(hidden) / len(others)


def test_only_purchases_count(find):
    before = find(size=50)
    half = Customer.objects.filter(external_id__endswith="1")
    half.update(gender="male", first_name="Zoe", date_of_birth="1950-01-01", email="")
    after = find(size=50)
    assert json.dumps(before | {"as_of": ""}) == json.dumps(after | {"as_of": ""})


@pytest.mark.both
def test_nobody_is_chosen_who_is_excluded_refuses_or_did_not_buy(find, members):
    first = find(size=3)["customers"]
    put_on_list("had-mail", [first[0]["id"]])
    Consent.objects.create(
        customer=Customer.objects.get(external_id=first[1]["id"]),
        purpose="personalization",
        state="refused",
        source="test",
        at=now(),
    )
    Order.objects.filter(customer__external_id=first[2]["id"]).update(state="canceled")
    found = find(size=200, exclude_segments=["had-mail"])
    numbers = {one["id"] for one in found["customers"]}
    assert not numbers & {one["id"] for one in first}
    assert not any(number.startswith("M") for number in numbers)
    assert found["warnings"] == ["fewer"]
    assert found["size"] == len(numbers) < 200
    assert all(one["score"] > 0 for one in found["customers"])


def test_a_share_is_one_of_the_customers_in_scope(find, bought, make_customer):
    for _number in range(100):
        make_customer()  # Bought nothing.
    assert find(share=0.05)["size"] == round((len(bought) + 100) * 0.05)


def test_websites_narrow_the_scope(find):
    first = find(size=40)["customers"]
    other = Website.objects.create(code="other", name="Other")
    Customer.objects.filter(external_id__in=[one["id"] for one in first[:5]]).update(website=other)
    numbers = {one["id"] for one in find(size=40, websites=["default"])["customers"]}
    assert not numbers & {one["id"] for one in first[:5]}
    assert places(find(400, size=1, websites=["nowhere"])) == [("websites[0]", "unknown_choice")]


def test_left_out_products_are_no_feature(find):
    # Members then differ from others by what they seldom buy alone.
    assert find(size=40, leave_out=TEA)["auc"] < find(size=40)["auc"] - 0.2


def test_what_cannot_be_asked_is_refused_at_its_place(find, members):
    assert places(find(400)) == [("size", "size_or_share")]
    assert places(find(400, size=1, share=0.1)) == [("size", "size_or_share")]
    assert places(find(400, size=0)) == [("size", "out_of_range")]
    assert places(find(400, share=1.01)) == [("share", "out_of_range")]
    assert places(find(400, share=0)) == [("share", "out_of_range")]
    assert places(find(400, size=1, exclude_segments=["x"])) == [
        ("exclude_segments[0]", "unknown_segment")
    ]
    assert places(find(400, size=1, as_of="2999-01-01T00:00:00Z")) == [("as_of", "out_of_range")]
    assert find(404, url="segments/none/lookalikes/", size=1)
    few = put_on_list("few", ["M0"])
    assert find(409, url="segments/few/lookalikes/", size=1)["code"] == "too_few_seeds"
    Segment.objects.filter(pk=few.pk).update(is_active=False)
    assert find(409, url="segments/few/lookalikes/", size=1)["code"] == "inactive"


@pytest.mark.both
def test_look_alikes_become_an_active_list(find, client):
    found = find(size=20, save_as="alike")
    segment = Segment.objects.get(code="alike")
    rows = Membership.objects.filter(segment=segment)
    stored = set(rows.values_list("customer__external_id", flat=True))
    assert stored == {one["id"] for one in found["customers"]}
    assert (found["segment"], found["size"], segment.members_count) == ("alike", 20, 20)
    assert (segment.refresh_mode, segment.is_active) == ("list", True)
    assert "members" in segment.description
    assert find(409, size=20, save_as="alike")["code"] == "code_taken"
    assert places(find(400, size=20, save_as="No Code")) == [("save_as", "invalid")]
    looked = AuditEntry.objects.filter(action="viewed", name="members").last()
    assert looked.after["page"] == "lookalikes"


def test_a_list_found_by_chance_needs_a_reason(find, bought):
    put_on_list("anybody", sorted(bought)[::2])
    asked = {"url": "segments/anybody/lookalikes/", "size": 5, "save_as": "by-chance"}
    assert find(409, **asked)["code"] == "no_better_than_chance"
    assert not Segment.objects.filter(code="by-chance").exists()
    assert find(override_reason="A trial", **asked)["segment"] == "by-chance"
    assert "A trial" in Segment.objects.get(code="by-chance").description


def test_a_customer_erased_meanwhile_is_replaced_by_the_next(find, monkeypatch):
    from segments.lookalikes import saving

    chosen = find(size=11)["customers"]
    really = saving.create_list_segment

    def erase_first(numbers, **values):
        Customer.objects.filter(external_id=chosen[0]["id"]).delete()
        return really(numbers, **values)

    monkeypatch.setattr(saving, "create_list_segment", erase_first)
    found = find(size=10, save_as="alike")
    assert chosen[0]["id"] not in {one["id"] for one in found["customers"]}
    assert found["size"] == Segment.objects.get(code="alike").members_count == 10


def test_permissions(client_with, bought):
    sees, views = client_with("segments.view_members"), client_with("segments.view_segment")
    assert views.send("POST", URL, {"size": 1}).status_code == 403
    assert sees.send("POST", URL, {"size": 1}).status_code == 200
    assert sees.send("POST", URL, {"size": 1, "save_as": "alike"}).status_code == 403
