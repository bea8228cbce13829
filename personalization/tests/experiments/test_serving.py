"""Who is shown which variant of an experiment, and what is stored of it."""

from datetime import timedelta

import pytest

from core.clock import now
from customers.merging import merge_guest
from customers.models import ConsentState, Customer, Purpose
from customers.models.identity.customer import CustomerKind
from personalization import recommend
from personalization.assignment import assign
from personalization.behavior.touches import exposures
from personalization.experiments.assignment.by_algorithm import algorithm_for
from personalization.experiments.running import stop
from personalization.models import Assignment, Exposure
from personalization.tests.experiences.conftest import ask
from personalization.tests.experiments.conftest import BEGUN
from tests.factories.experiences import text, variant

pytestmark = pytest.mark.django_db
VIP = {"operator": "is", "segments": ["vip"]}


def hero(answer):
    (found,) = [one for one in answer["elements"] if one["name"] == "hero"]
    return found


@pytest.fixture
def running(make_placement, make_variant, make_experiment):
    """An experiment in a placement with a variant that everybody would be shown else."""
    make_variant(make_placement(), "usual")
    return make_experiment("exp-1", running=True, placement="hero")


def test_everybody_gets_the_variant_of_the_arithmetic(tester, running, make_customer):
    for number in ("C1", "C2", "7", "007", "Zoë", "客户"):
        make_customer(number)
        shown = hero(ask(tester, customer_id=number))
        wanted = assign(running, number)
        assert shown["variant"] == wanted
        assert shown["content"] == text(wanted)
        assert (shown["experiment"], shown["why"]["code"]) == ("exp-1", "experiment")
        stored = Assignment.objects.get(customer__external_id=number)
        assert (stored.variant, stored.arm) == (wanted, f"exp-1:{wanted}")
        exposure = Exposure.objects.get(customer__external_id=number)
        assert (exposure.experiment, exposure.variant) == ("exp-1", wanted)
        assert exposure.at == stored.assigned_at


def test_the_first_exposure_assigns_and_nothing_changes_it(
    tester, running, make_customer, make_segment, join
):
    one = make_customer("C1")
    join(make_segment("VIP", code="vip"), one)
    first = hero(ask(tester, customer_id="C1"))
    row = Assignment.objects.get()
    assert row.segments == ["vip"]
    # Whatever becomes of the weights behind everybody's back.
    running.variants = [variant("a", 0 if row.variant == "a" else 10_000),
                        variant("b", 0 if row.variant == "b" else 10_000)]  # fmt: skip
    running.traffic, running.audience = 0, VIP
    running.save()
    again = hero(ask(tester, customer_id="C1"))
    assert again["variant"] == first["variant"]
    stored = Assignment.objects.get()
    assert (stored.variant, stored.assigned_at) == (row.variant, row.assigned_at)


def test_who_takes_no_part(tester, running, make_customer, say, settings):
    for number in ("held", "gpc"):
        make_customer(number)
    refuser, untracked = make_customer("refuser"), make_customer("untracked")
    say(refuser, Purpose.PERSONALIZATION, ConsentState.REFUSED)
    say(untracked, Purpose.TRACKING, ConsentState.REFUSED)
    assert hero(ask(tester))["variant"] == "usual"
    assert hero(ask(tester, customer_id="nobody"))["variant"] == "usual"
    assert hero(ask(tester, customer_id="refuser"))["why"]["code"] == "no_consent"
    assert hero(ask(tester, customer_id="untracked"))["variant"] == "usual"
    settings.HOLDOUT_BASIS_POINTS = 10_000
    assert hero(ask(tester, customer_id="held"))["why"]["code"] == "holdout"
    settings.HOLDOUT_BASIS_POINTS = 0
    answer = tester.send(
        "POST",
        "personalization/experience",
        {"page_type": "home", "customer_id": "gpc"},
        sec_gpc="1",
    )
    assert hero(answer.json())["experiment"] is None
    assert not Assignment.objects.exists()


def test_only_the_audience_takes_part(
    tester, make_placement, make_experiment, make_segment, make_customer, join
):
    make_placement()
    segment = make_segment("VIP", code="vip")
    make_experiment("exp-1", running=True, placement="hero", audience=VIP)
    join(segment, make_customer("C1"))
    make_customer("C2")
    assert hero(ask(tester, customer_id="C1"))["experiment"] == "exp-1"
    assert hero(ask(tester, customer_id="C2"))["experiment"] is None


def test_an_audience_may_be_a_tree(tester, make_placement, make_experiment, make_customer):
    make_placement()
    condition = {"attribute": "customer.first_name", "operator": "is", "value": "Ada"}
    tree = {"match": "all", "conditions": [condition]}
    make_experiment("exp-1", running=True, placement="hero", audience=tree)
    make_customer("C1", first_name="Ada")
    make_customer("C2", first_name="Bob")
    assert hero(ask(tester, customer_id="C1"))["experiment"] == "exp-1"
    assert hero(ask(tester, customer_id="C2"))["experiment"] is None


def test_traffic_leaves_some_out(tester, make_placement, make_experiment, make_customer):
    make_placement()
    row = make_experiment("exp-1", running=True, placement="hero", traffic=5_000)
    for number in ("C1", "C2", "C3", "C4", "C5", "C6"):
        make_customer(number)
        assert hero(ask(tester, customer_id=number))["variant"] == assign(row, number)
    assert hero(ask(tester, customer_id="C1"))["variant"] is None  # bucket 9425 of its traffic


def test_a_preview_shows_it_and_stores_nothing(tester, running, make_customer):
    make_customer("C1")
    shown = hero(ask(tester, customer_id="C1", preview={"as": "C1"}))
    assert shown["why"]["code"] == "experiment"
    assert [(one["variant"], one["why"]["code"]) for one in shown["losers"]] == [
        ("usual", "outranked")
    ]
    assert not Assignment.objects.exists()


def test_drafts_and_stopped_ones_show_nothing(
    tester, make_placement, make_experiment, make_customer
):
    make_placement()
    make_customer("C1")
    row = make_experiment("exp-1", placement="hero")
    assert hero(ask(tester, customer_id="C1"))["experiment"] is None
    from personalization.experiments.running import start

    start(row, author=None)
    assert hero(ask(tester, customer_id="C1"))["experiment"] == "exp-1"
    stop(row, author=None)
    assert hero(ask(tester, customer_id="C1"))["experiment"] is None
    assert Assignment.objects.count() == 1


def test_empty_content_is_the_default_of_the_placement(
    tester, make_placement, make_experiment, make_customer
):
    make_placement()
    nothing = [variant("a", content={}), variant("b", content={})]
    make_experiment("exp-1", running=True, placement="hero", variants=nothing)
    make_customer("C1")
    shown = hero(ask(tester, customer_id="C1"))
    assert (shown["content"], shown["experiment"]) == (text("Hello"), "exp-1")


def test_a_guest_who_becomes_a_customer_keeps_the_earlier_assignment(
    tester, running, make_customer, assign_to
):
    guest = make_customer("G1", kind=CustomerKind.GUEST)
    assign_to(running, "b", customer=guest)
    one = make_customer("C1")
    assign_to(running, "a", customer=one, at=BEGUN + timedelta(days=1))
    merge_guest("G1", "C1")
    row = Assignment.objects.get()
    assert (row.customer.external_id, row.variant, row.assigned_at) == ("C1", "b", BEGUN)
    assert hero(ask(tester, customer_id="C1"))["variant"] == "b"


def test_the_customers_own_stays_where_it_is_the_earlier_one(running, make_customer, assign_to):
    guest = make_customer("G1", kind=CustomerKind.GUEST)
    assign_to(running, "b", customer=guest, at=BEGUN + timedelta(days=1))
    assign_to(running, "a", customer=make_customer("C1"))
    merge_guest("G1", "C1")
    row = Assignment.objects.get()
    assert (row.customer.external_id, row.variant) == ("C1", "a")


def test_a_deleted_customer_still_counts(running, make_customer, assign_to):
    from personalization.experiments.results.units import counts_of

    assign_to(running, "a")
    Customer.objects.all().delete()
    assert counts_of(running, now()) == {"a": 1, "b": 0}


def test_recommendations_are_made_by_the_assigned_algorithm(
    tester, make_experiment, make_customer, monkeypatch
):
    asked = []

    def personal(customer, *, algorithm=None, **how):
        asked.append(algorithm)
        return []

    monkeypatch.setattr(recommend, "personal", personal)
    arms = [variant("a", algorithm="cosine"), variant("b", algorithm="collaborative_filtering")]
    row = make_experiment("by-algorithm", running=True, variants=arms)
    make_customer("C1")
    wanted = dict(zip("ab", ("cosine", "collaborative_filtering"), strict=True))[assign(row, "C1")]
    path = "personalization/recommendations?customer_id=C1"
    assert tester.send("GET", path).status_code == 200
    # What is bought again is another list, which neither variant names an algorithm of.
    assert set(asked) == {wanted, "personal_frequency"}
    assert Assignment.objects.get().variant == assign(row, "C1")
    # What says itself how it is to be made tries nothing, nor does the past.
    Assignment.objects.all().delete()
    for more in ("&algorithms=cosine:1", "&types=trending:3", "&as_of=2026-01-01T00:00:00Z"):
        assert tester.send("GET", path + more).status_code == 200
    assert not Assignment.objects.exists()


def test_nobody_known_is_assigned_no_algorithm(make_experiment):
    arms = [variant("a", algorithm="cosine"), variant("b", algorithm="content_based")]
    make_experiment("by-algorithm", running=True, variants=arms)
    assert algorithm_for(None, now(), is_untracked=False) is None


def test_the_profile_says_it(client_with, running, make_customer, assign_to):
    assign_to(running, "b", customer=make_customer("C1"))
    viewer = client_with("personalization.view_profile")
    found = viewer.send("GET", "personalization/profile/C1").json()
    assert found["experiments"] == [
        {"code": "exp-1", "variant": "b", "assigned_at": "2026-03-01T12:00:00Z"}
    ]


RECOMMENDED = {"content": {"type": "product_recommendations", "types": "popular:2"}}


def test_who_is_answered_too_late_is_in_the_same_arm(
    tester, make_placement, make_experiment, make_customer, monkeypatch
):
    make_placement()
    arms = [variant("a", **RECOMMENDED), variant("b", **RECOMMENDED)]
    row = make_experiment("exp-1", running=True, placement="hero", variants=arms)
    make_customer("C1")
    with monkeypatch.context() as patch:
        # Nothing that takes time is ready.
        patch.setattr(
            "personalization.experiences.serving.responses.run_within", lambda work, deadline: None
        )
        late = hero(ask(tester, customer_id="C1"))
    assert (late["variant"], late["experiment"], late["why"]["code"]) == (None, None, "deadline")
    stored, exposure = Assignment.objects.get(), Exposure.objects.get()
    assert stored.variant == assign(row, "C1")
    assert (exposure.variant, exposure.experiment) == ("", "exp-1")
    assert hero(ask(tester, customer_id="C1"))["variant"] == stored.variant
    assert Assignment.objects.get().assigned_at == exposure.at


def test_a_control_that_is_the_default_is_no_touch(
    tester, make_placement, make_experiment, make_customer
):
    make_placement()
    arms = [variant("a", 5000, content={}), variant("b", 5000)]
    row = make_experiment("exp-1", running=True, placement="hero", variants=arms)
    for number in range(20):
        make_customer(f"C{number}")
        ask(tester, customer_id=f"C{number}")
    shown = dict(Exposure.objects.values_list("customer__external_id", "shows_default"))
    assert shown == {number: assign(row, number) == "a" for number in shown}
    assert {*shown.values()} == {True, False}
    keys = [*Exposure.objects.values_list("customer", flat=True)]
    touches = exposures(first=min(keys), last=max(keys), since=None, until=now())
    assert {one.customer for one in touches} == {
        *Exposure.objects.filter(variant="b").values_list("customer", flat=True)
    }
