"""Bandit experiments: their batches, assignments, winner and results."""

from datetime import timedelta
from itertools import count

import pytest

from core.clock import now
from customers.models import AuditEntry, Customer, CustomerGroup, Order, Store, Website
from customers.models.shop import DEFAULT_WEBSITE
from customers.privacy.erasing import erase_due, request_erasure
from personalization.assignment import assign
from personalization.bandit import batched, p_best, weights
from personalization.experiments.bandits.batches import make_all_batches, make_batches
from personalization.experiments.bandits.outcomes import outcomes_of
from personalization.experiments.results.figures import results_of
from personalization.experiments.results.lifts import lifts_of
from personalization.models import Assignment, BanditBatch, BehaviorEvent, Experiment
from personalization.tests.experiences.conftest import ask
from personalization.tests.experiments.test_serving import hero
from tests.factories.experiences import variant

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def make_bandit(make_placement, make_experiment):
    """Return a function that starts a bandit `days` ago; its batches are not made yet."""

    def make(days, **values):
        make_placement()
        values = {"mode": "bandit", "reward": "conversion", "planned_batches": 4, **values}
        row = make_experiment("exp-1", running=True, placement="hero", **values)
        row.batches.all().delete()
        row.started_at = now() - days * DAY - HOUR
        row.save()
        return row

    return make


@pytest.fixture
def fill(db):
    """Return a function that assigns customers in a batch: (successes, units) by variant."""
    numbers = count()

    def fill(row, batch, *arms):
        at = row.started_at + batch * DAY + HOUR
        place = {
            "website": Website.objects.get(code=DEFAULT_WEBSITE),
            "store": Store.objects.get(code="default"),
            "group": CustomerGroup.objects.get(code="general"),
        }
        assigned, orders = [], []
        for one, (successes, units) in zip(row.variants, arms, strict=True):
            people = Customer.objects.bulk_create(
                Customer(external_id=f"B{next(numbers)}", **place) for _unit in range(units)
            )
            arm = {"variant": one["code"], "arm": f"{row.code}:{one['code']}"}
            assigned += [
                Assignment(experiment=row, customer=person, assigned_at=at, **arm)
                for person in people
            ]
            times = {"created_at": at + HOUR, "updated_at": at + HOUR}
            orders += [
                Order(
                    number=f"B{next(numbers)}", customer=person, store=place["store"],
                    state="complete", grand_total=10, **times,
                )
                for person in people[:successes]
            ]  # fmt: skip
        Assignment.objects.bulk_create(assigned)
        Order.objects.bulk_create(orders)

    return fill


def shares(row):
    return list(row.batches.order_by("number").values_list("weights", flat=True))


def test_a_started_bandit_has_equal_weights_in_its_first_batch(make_placement, make_experiment):
    make_placement()
    three = [variant(code) for code in "abc"]
    row = make_experiment(
        running=True, placement="hero", mode="bandit", reward="click", variants=three,
        planned_size=None,
    )  # fmt: skip
    assert shares(row) == [[3334, 3333, 3333]]
    assert row.batches.get().start == row.started_at


def test_later_batches_follow_the_customers_whose_reward_hours_are_over(make_bandit, fill):
    row = make_bandit(2, reward_hours=24)
    fill(row, 0, (3, 40), (12, 40))
    fill(row, 1, (5, 12), (5, 60))
    make_all_batches()
    # The first customers were exposed an hour after the first batch began.
    first = [5000, 5000]
    assert shares(row) == [first, first, weights(p_best([3, 12], [40, 40]))]
    last = row.batches.get(number=2)
    assert (last.successes, last.units) == ([3, 12], [40, 40])


def test_killed_making_goes_on_with_the_same_batches(make_bandit, fill, monkeypatch):
    row = make_bandit(3)
    fill(row, 0, (3, 40), (12, 40))
    make_all_batches()
    whole = list(row.batches.order_by("number").values("number", "start", "weights", "units"))
    row.batches.filter(number__gt=1).delete()
    make_all_batches()
    make_all_batches()
    again = row.batches.order_by("number").values("number", "start", "weights", "units")
    assert list(again) == whole
    # Nothing is made ahead of time, whatever instant a preview asks about.
    make_batches(row.pk, now() + 100 * DAY)
    assert row.batches.count() == len(whole) == 4


def test_shoppers_get_the_weights_of_the_batch_and_keep_their_variant(
    tester, make_bandit, fill, make_customer
):
    row = make_bandit(2)
    fill(row, 0, (3, 40), (20, 40))
    numbers = [make_customer(f"S{number}").external_id for number in range(12)]
    shown = {number: hero(ask(tester, customer_id=number))["variant"] for number in numbers}
    batch = row.batches.get(number=2)
    row.variants = [
        {**one, "weight": weight} for one, weight in zip(row.variants, batch.weights, strict=True)
    ]
    assert shown == {number: assign(row, number) for number in numbers}
    assert batch.weights[1] > 8_000
    one = next(number for number, code in shown.items() if code == "b")
    # The next batch turns its weights around; the stored assignment stays.
    BanditBatch.objects.filter(pk=batch.pk).update(weights=[10_000, 0])
    Experiment.objects.get().save()
    assert hero(ask(tester, customer_id=one))["variant"] == "b"


def test_winner_gets_the_rest_and_everybody_after_the_planned_end(
    tester, make_bandit, fill, make_customer
):
    row = make_bandit(3, planned_batches=3)
    # The batches of a test are of two equal weights, until there is a winner.
    fill(row, 0, (20, 120), (60, 120))
    make_all_batches()
    assert [one.winner for one in row.batches.order_by("number")] == ["", "", "b", "b"]
    assert shares(row)[2:] == [[1000, 9000], [0, 10_000]]
    (entry,) = AuditEntry.objects.filter(action="won")
    assert entry.after == {"winner": "b"}
    # New customers get the winner, and those too whose reward hours are over.
    for number in range(8):
        make_customer(f"S{number}")
    late = {hero(ask(tester, customer_id=f"S{number}"))["variant"] for number in range(8)}
    assert late == {"b"}
    old = Assignment.objects.filter(variant="a").first()
    assert hero(ask(tester, customer_id=old.customer.external_id))["variant"] == "b"
    old.refresh_from_db()
    assert old.variant == "a"


@pytest.mark.parametrize(("then", "state"), [("hold", "running"), ("stop", "stopped")])
def test_winner_holds_the_weights_or_stops_the_experiment(make_bandit, fill, then, state):
    row = make_bandit(3, on_winner=then)
    fill(row, 0, (20, 120), (60, 120))
    make_all_batches()
    row.refresh_from_db()
    assert row.state == state
    if then == "hold":
        assert shares(row) == [[5000, 5000]] * 4
    else:
        assert row.batches.count() == 3
        assert results_of(row, now()).figures["winner"] == "b"


def test_broken_split_names_no_winner(make_bandit, fill):
    row = make_bandit(3)
    fill(row, 0, (20, 60), (120, 240))
    make_all_batches()
    assert {one.winner for one in row.batches.all()} == {""}
    found = results_of(row, now()).figures
    assert (found["verdict"], found["winner"], found["regret_estimate"]) == ("srm", None, None)
    assert found["variants"][1]["difference"] is found["variants"][1]["rate"] is None


def test_erased_customers_stay_in_their_batch(make_bandit, fill):
    row = make_bandit(4)
    row.started_at = row.started_at.replace(hour=12)
    row.save()
    fill(row, 1, (0, 2), (0, 3))
    assigned = outcomes_of(row, now()).assigned
    for one in Customer.objects.filter(assignments__experiment=row):
        request_erasure(one, "anonymize", author=None)
    erase_due()
    assert set(row.assignments.values_list("customer", flat=True)) == {None}
    assert outcomes_of(row, now()).assigned == assigned
    kept = {one.assigned_at for one in row.assignments.all()}
    assert kept == {row.started_at + DAY}


def test_results_have_batches_regret_and_fixed_intervals_only_at_the_end(make_bandit, fill):
    row = make_bandit(4, floor=10_000)
    fill(row, 0, (20, 200), (30, 200))
    fill(row, 1, (10, 200), (20, 200))
    make_all_batches()
    early = results_of(row, row.started_at + 3 * DAY).figures
    other = early["variants"][1]
    assert other["interval"] is other["p_value"] is None
    assert (
        other["always_valid_interval"][0] < other["difference"] < other["always_valid_interval"][1]
    )
    assert (early["verdict"], early["power"]["is_reached"], early["mode"]) == (
        "not_enough", False, "bandit",
    )  # fmt: skip
    assert lifts_of(row, row.started_at + 3 * DAY) == {}
    found = results_of(row, now()).figures
    units, successes = [[200, 200]] * 2, [[20, 30], [10, 20]]
    assert [one["units"] for one in found["batches"]] == [*units, [0, 0], [0, 0]]
    assert [one["successes"] for one in found["batches"][:2]] == successes
    difference, error, _batches = batched(successes, units, 1, 0)
    other = found["variants"][1]
    assert (other["difference"], other["standard_error"]) == pytest.approx((difference, error))
    assert other["interval"] == pytest.approx(
        [difference - 1.959964 * error, difference + 1.959964 * error], abs=1e-7
    )
    assert found["regret_estimate"] == pytest.approx(400 * (50 - 30) / 400)
    assert lifts_of(row, now())["b"]["interval"] == other["interval"]


def test_rewarded_click_is_on_that_element_and_within_the_hours(
    make_bandit, assign_to, make_customer
):
    row = make_bandit(3, reward="click", reward_hours=2)
    at = row.started_at + HOUR
    clicks = [("hero", 0), ("other", 0), ("hero", 2), ("hero", -1)]
    for number, (element, hours) in enumerate(clicks):
        BehaviorEvent.objects.create(
            customer=assign_to(row, "b", at=at), behavior_type="experience_clicked",
            key=str(number), occurred_at=at + hours * HOUR, received_at=at,
            data={"element": element, "id": "1"},
        )  # fmt: skip
    found = results_of(row, now()).figures
    assert (found["batches"], found["variants"][1]["units"]) == ([], 4)
    assert found["srm"]["counts"] == {"a": 0, "b": 4}
    make_batches(row.pk, at + 2 * DAY)
    assert row.batches.get(number=2).successes == [0, 1]


BANDIT = {"name": "B", "mode": "bandit", "reward": "click", "placement": "hero"}
CASES = [
    ({"floor": 999}, "floor"),
    ({"reward": "open"}, "reward"),
    ({"reward": None}, "reward"),
    ({"reward": ""}, "reward"),
    ({"reward_hours": 49, "batch_hours": 24, "planned_batches": 2}, "reward_hours"),
    ({"planned_batches": 1}, "planned_batches"),
    ({"batch_hours": 169}, "batch_hours"),
    ({"on_winner": "dance"}, "on_winner"),
    ({"variants": {code: {} for code in "abcdef"}}, "variants"),
]


@pytest.mark.parametrize(("values", "path"), CASES)
def test_impossible_bandits_are_refused_with_their_place(tester, make_placement, values, path):
    make_placement()
    document = {**BANDIT, "variants": {"a": {}, "b": {}}, **values}
    answer = tester.send("POST", "personalization/experiments/", document)
    assert answer.status_code == 400
    assert path in [one["path"] for one in answer.json()["errors"]]


def test_a_bandit_by_the_api_is_locked_once_it_runs(tester, make_placement, settings):
    make_placement()
    six = {**BANDIT, "code": "b", "variants": {code: {} for code in "abcdef"}}
    refused = tester.send("POST", "personalization/experiments/", six)
    assert refused.json()["errors"][0]["code"] == "too_many_variants"
    settings.MAX_VARIANTS_PER_TEST = 6
    made = tester.send("POST", "personalization/experiments/", six)
    assert made.status_code == 201, made.content
    assert (made.json()["reward_hours"], made.json()["planned_batches"]) == (24, 28)
    address = "personalization/experiments/b/"
    assert tester.send("POST", f"{address}start/").status_code == 200
    locked = tester.send("PATCH", address, {"floor": 3000}, if_match='"2"')
    assert locked.status_code == 409, locked.content
    assert locked.json()["errors"][0]["path"] == "floor"
    found = tester.send("GET", f"{address}results/")
    assert found.status_code == 200, found.content
    assert found.json()["batches"][0]["weights"] == [1667, 1667, 1667, 1667, 1666, 1666]
    csv = tester.get(f"/api/v1/{address}results.csv")
    assert csv.status_code == 200


def test_page_hides_fixed_intervals_until_the_end_and_names_the_winner(
    admin_client, make_bandit, fill
):
    row = make_bandit(2, planned_batches=3)
    fill(row, 0, (20, 120), (60, 120))
    make_all_batches()
    address = f"/admin/personalization/experiment/{row.pk}/results/"
    early = admin_client.get(address).content.decode()
    assert "“b” has won." in early
    assert early.count("<polyline") == 2
    assert "is shown once the planned batches are over" in early
    row.started_at -= 2 * DAY
    row.save()
    late = admin_client.get(address).content.decode()
    assert "is shown once the planned batches are over" not in late
    page = admin_client.get(f"/admin/personalization/experiment/{row.pk}/change/")
    assert "Evenly split share" in page.content.decode()


def test_draft_of_a_bandit_is_written_in_the_admin(admin_client, make_placement):
    sent = {
        "name": "B", "placement": make_placement().pk, "traffic": "100", "window_days": "14",
        "alpha": "5", "method": "fixed", "primary_metric": "conversion_rate", "kind": "shop",
        "audience_kind": "", "mode": "bandit", "reward": "click", "floor": "30",
        "batch_hours": "12", "planned_batches": "10", "on_winner": "hold",
        **{f"variant_{place}_code": code for place, code in enumerate("ab")},
        **{f"variant_{place}_shows": "default" for place in range(5)},
    }  # fmt: skip
    answer = admin_client.post("/admin/personalization/experiment/add/", sent)
    assert answer.status_code == 302, answer.content.decode()
    row = Experiment.objects.get()
    assert (row.mode, row.reward, row.floor, row.batch_hours) == ("bandit", "click", 3000, 12)
    assert (row.planned_batches, row.on_winner, row.reward_hours) == (10, "hold", 24)
