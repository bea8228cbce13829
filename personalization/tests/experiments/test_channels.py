"""Channels of apps above: fields of variants, what a click is, and who takes part."""

from datetime import timedelta

import pytest

from core.problems import Problem
from core.registries import Registry
from personalization.experiments.assignment import channels
from personalization.experiments.assignment.channels import Channel, Clicks, Use, VariantField
from personalization.experiments.assignment.taking_part import note_assigned, variant_for
from personalization.experiments.results.figures import results_of
from personalization.experiments.running import stop
from personalization.models import Assignment, BehaviorEvent, Experiment
from personalization.tests.experiments.conftest import BEGUN
from tests.factories.experiences import variant

pytestmark = pytest.mark.django_db
TWO = [{"code": "a", "weight": 5000}, {"code": "b", "weight": 5000, "voice": "deep"}]
BODY = {"code": "exp-1", "name": "Voices", "planned_size": 10, "variants": TWO}


@pytest.fixture
def held():
    """What was held of the values of the channel's field."""
    return []


@pytest.fixture
def no_channel(monkeypatch):
    monkeypatch.setattr(channels, "CHANNELS", Registry("channel of experiments"))


@pytest.fixture
def channel(no_channel, held):
    """A channel with one field, whose click is a search for the experiment's code."""

    def check(value, path):
        problems = [] if value == "deep" else [Problem(path, "unknown_voice", "There is none.")]
        return value, problems

    said = Channel(
        "phone",
        "What a voice says",
        [VariantField("voice", "Voice", check, hold=held.append)],
        help="Say a voice.",
        plain="the usual voice",
        begins="When they are called.",
        unused="Nobody calls.",
        users="Calls",
        uses=lambda experiment: [Use("Monday", "/monday/")],
        clicks=lambda experiment: Clicks("search", {"query": experiment.code}),
    )
    channels.CHANNELS.register(said)
    return said


def refused(tester, body):
    answer = tester.send("POST", "personalization/experiments/", body)
    assert answer.status_code == 400, answer.content
    return [(one["path"], one["code"]) for one in answer.json()["errors"]]


def test_without_the_channel_its_field_is_unknown(tester, no_channel):
    assert refused(tester, BODY) == [("variants[1].voice", "unknown_field")]


def test_the_channel_checks_its_field_and_holds_what_it_names(tester, channel, held):
    made = tester.send("POST", "personalization/experiments/", BODY)
    assert (made.status_code, made.json()["variants"]) == (201, TWO)
    assert tester.send("POST", "personalization/experiments/exp-1/start/").status_code == 200
    assert held == [["deep"], ["deep"]]
    high = [TWO[0], {**TWO[1], "voice": "high"}]
    assert refused(tester, BODY | {"code": "b", "variants": high}) == [
        ("variants[1].voice", "unknown_voice")
    ]
    algorithm = [{**TWO[0], "algorithm": "cosine"}, TWO[1]]
    assert refused(tester, BODY | {"code": "b", "variants": algorithm}) == [
        ("variants[0].algorithm", "not_used")
    ]


def test_null_is_no_field(tester, channel):
    none = [{**one, "voice": None} for one in TWO]
    made = tester.send("POST", "personalization/experiments/", BODY | {"variants": none})
    assert made.json()["variants"] == [
        {"code": code, "weight": 5000, "content": {}} for code in ("a", "b")
    ]
    assert [one["code"] for one in made.json()["warnings"]] == ["not_shown"]


def test_beside_an_experiment_of_algorithms_others_run(channel, make_experiment, make_customer):
    algorithms = [variant(code, algorithm="cosine") for code in ("a", "b")]
    make_experiment("lists", running=True, variants=algorithms)
    for code in ("one", "two"):
        row = make_experiment(code, running=True, variants=TWO)
        assert variant_for(make_customer(f"of {code}"), row.code, BEGUN) in ("a", "b")
    assert variant_for(make_customer("C"), "lists", BEGUN) is None


def test_nobody_takes_part_before_the_start_and_after_the_end(
    channel, make_experiment, make_customer
):
    customer = make_customer("C1")
    row = make_experiment(variants=TWO)
    assert variant_for(customer, row.code, BEGUN) is None
    row = make_experiment("running", running=True, variants=TWO)
    assert variant_for(customer, row.code, BEGUN) is not None
    assert not Assignment.objects.exists()
    stop(row, author=None)
    assert variant_for(customer, row.code, BEGUN) is None


def test_an_assignment_is_noted_once(channel, make_experiment, make_customer):
    customer, row = make_customer("C1"), make_experiment(running=True, variants=TWO)
    note_assigned(customer, row.code, "b", BEGUN)
    note_assigned(customer, row.code, "a", BEGUN + timedelta(days=1))
    stored = Assignment.objects.get()
    assert (stored.variant, stored.arm, stored.assigned_at) == ("b", "hero-test:b", BEGUN)
    assert variant_for(customer, row.code, BEGUN) == "b"
    note_assigned(customer, "gone", "a", BEGUN)
    assert Assignment.objects.count() == 1


def test_clicks_are_what_the_channel_says(channel, make_experiment, assign_to):
    row = make_experiment(running=True, variants=TWO, primary_metric="click_through_rate",
                          method="sequential")  # fmt: skip
    for code in ("a", "b"):
        customer = assign_to(row, code)
        for number, query in enumerate((row.code, "other")[code == "a" :]):
            BehaviorEvent.objects.create(
                customer=customer, behavior_type="search", key=f"{code}{number}",
                occurred_at=BEGUN, received_at=BEGUN, data={"query": query},
            )  # fmt: skip
    figures = results_of(Experiment.objects.get(), BEGUN + timedelta(days=1)).figures
    assert [one["conversions"] for one in figures["variants"]] == [0, 1]
