"""Stored candidates of `sequence` as a process without PyTorch serves them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User

from core.clock import now
from customers.models import Consent, ProductView
from personalization.models import (
    ListInUse,
    RecommendationVersion,
    SequenceFit,
    StoredCandidates,
)
from personalization.recommend import personal
from personalization.recommend.algorithms import SEQUENCE
from personalization.recommend.nightly import fit_recommendations, list_gate
from personalization.recommend.sequence.fitting import fit_sequence
from personalization.recommend.sources.stored_candidates import forget_refused
from personalization.tasks import fit_everything
from personalization.tests.conftest import say
from personalization.tests.recommend.rows import bought, customer, product
from predictions.deep import availability
from predictions.refusals import Refused

CALL = "/api/v1/personalization/recommendations"
LISTS = "/admin/personalization/listinuse/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(db):
    """Store candidates of both lists for one customer, and let `sequence` serve."""
    at = now()
    for number in ("1", "2"):
        bought(number, "own", "older", at=at - timedelta(days=3))
    for number in ("3", "4"):
        bought(number, "popular", "own", at=at - timedelta(days=3))
    bought("5", "next", "later", at=at - timedelta(days=3))
    fit = fit_recommendations(at)
    run = SequenceFit.objects.create(as_of=at, started_at=at, finished_at=at)
    items = {"again": [["older", 0.4], ["own", 0.2]], "discover": [["next", 0.5], ["later", 0.25]]}
    deep = {"device": "cpu", "seconds": 61, "warnings": ["time_limit"]}
    rival = {"algorithm": "discover", "difference": 0.02, "interval": [0.01, 0.03]}
    for number, (wish, some) in enumerate(items.items(), 101):
        StoredCandidates.objects.create(fit=run, customer=customer("1"), wish=wish, items=some)
        version = RecommendationVersion.objects.create(
            number=number,
            fit=fit,
            algorithm=SEQUENCE,
            wish=wish,
            gate="passed",
            figures={"deep": deep, "compared_with": rival},
        )
        ListInUse.objects.update_or_create(wish=wish, scope="", defaults={"version": version})
    return run


@pytest.fixture
def lists(client_with):
    client = client_with("personalization.view_recommendations")

    def lists(**values):
        query = {"customer_id": "1", "types": "again:2,discover:2", **values}
        reply = client.get(CALL, query)
        assert reply.status_code == 200, reply.content
        return reply.json()

    return lists


def skus(reply):
    return [[item["sku"] for item in one["items"]] for one in reply["lists"]]


def test_stored_candidates_answer_for_both_lists(served, lists):
    reply = lists()
    assert skus(reply) == [["older", "own"], ["next", "later"]]
    items = [item for one in reply["lists"] for item in one["items"]]
    assert {item["algorithm"] for item in items} == {SEQUENCE}
    assert [one["version"] for one in reply["models"].values()] == [101, 102]
    assert reply["warnings"] == []
    assert items[0]["reasons"][0]["sku"] == "older"


def test_what_was_bought_since_is_discovered_no_more(served, lists):
    bought("1", "next", at=now())
    assert skus(lists())[1] == ["later"]


def test_the_session_raises_stored_candidates(served, lists, monkeypatch):
    who = customer("1")
    say(who)
    for one in ("later", "viewed"):
        product(one, "shoes")
    ProductView.objects.create(customer=who, product=product("viewed"), viewed_at=now())
    monkeypatch.setattr(list_gate, "FEWEST_USERS", 0)
    fit_recommendations(now())
    assert skus(lists())[1][0] == "later"


def test_the_counter_answers_whoever_has_no_candidates(served):
    assert personal(customer("2"), algorithm=None, n=1)[0].sku == "own"
    found = personal(customer("2"), algorithm=SEQUENCE, new=True)
    assert [one.sku for one in found] == ["popular", "later", "next"]
    # Candidates are of now, not of the history of another moment.
    at = now() - timedelta(days=1)
    found = personal(customer("1"), algorithm=SEQUENCE, new=True, as_of=at)
    assert [one.sku for one in found] == ["popular", "later", "next"]


def test_both_lists_take_the_algorithm_by_name(served, lists):
    ListInUse.objects.update(version=None)
    assert skus(lists(algorithms="sequence:1")) == [["older", "own"], ["next", "later"]]


def test_a_night_without_torch_leaves_stale_candidates(served, lists, monkeypatch):
    monkeypatch.setattr(availability, "MODULES", ("is_not_installed",))
    # However few customers there are, the night judges the other candidates.
    monkeypatch.setattr(list_gate, "FEWEST_USERS", 0)
    fit_everything()
    assert {row.version.algorithm for row in ListInUse.objects.all()} == {SEQUENCE}
    with pytest.raises(Refused) as refused:
        fit_sequence()
    assert refused.value.code == "not_installed"
    assert "requirements-deep.txt" in str(refused.value)
    reply = lists()
    assert skus(reply) == [["older", "own"], ["next", "later"]]
    assert reply["warnings"] == ["stale_candidates"]


def test_candidates_of_three_nights_ago_are_stale(served, lists):
    SequenceFit.objects.update(finished_at=now() - timedelta(hours=49))
    assert lists()["warnings"] == ["stale_candidates"]


def test_a_fit_that_has_not_finished_answers_nothing(served, lists):
    run = SequenceFit.objects.create(as_of=now(), started_at=now())
    StoredCandidates.objects.create(
        fit=run, customer=customer("1"), wish="discover", items=[["popular", 1]]
    )
    assert skus(lists())[1] == ["next", "later"]


def test_candidates_of_who_refuses_are_deleted(served):
    forget_refused(customers=None)
    assert StoredCandidates.objects.count() == 2
    Consent.objects.create(
        customer=customer("1"), purpose="personalization", state="refused", source="t", at=now()
    )
    forget_refused(customers=[customer("2").pk])
    assert StoredCandidates.objects.count() == 2
    forget_refused(customers=[customer("1").pk])
    assert not StoredCandidates.objects.exists()


def test_the_page_says_what_was_compared_and_cancels(served, client, monkeypatch):
    monkeypatch.setattr(availability, "MODULES", ("is_not_installed",))
    user = User.objects.create_user("m", is_staff=True)
    rights = ("view_recommendations", "change_recommendationversion")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    text = client.get(LISTS).content.decode()
    assert "requirements-deep.txt" not in text
    assert "Trained on the processor within 61 seconds." in text
    assert "the best epoch so far counts" in text
    assert "What goes with purchases: 0.0200 [0.0100; 0.0300]" in text
    killed = SequenceFit.objects.create(as_of=now(), started_at=now(), lease_expires_at=now())
    assert client.get(LISTS).context["network"].running_since is None
    run = SequenceFit.objects.create(
        as_of=now(), started_at=now(), lease_expires_at=now() + timedelta(minutes=1)
    )
    assert client.get(LISTS).context["network"].running_since == run.started_at
    assert client.post(LISTS, {"cancel": "1"}).status_code == 302
    killed.refresh_from_db()
    assert killed.cancel_requested_at is None
    run.refresh_from_db()
    assert run.cancel_requested_at is not None
    user.user_permissions.set(Permission.objects.filter(codename="view_recommendations"))
    assert client.post(LISTS, {"cancel": "1"}).status_code == 403
