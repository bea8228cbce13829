"""What an experiment says, and what it does not say yet."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from customers.models import ConsentState, Purpose, Refund
from personalization.experiments.results.figures import results_of
from personalization.experiments.results.lifts import measure
from personalization.models import Assignment, BehaviorEvent, Experiment
from personalization.statistics import always_valid, proportions, proportions_error, welch
from personalization.tests.experiences.conftest import ask
from personalization.tests.experiments.conftest import BEGUN
from tests.factories.experiences import variant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = BEGUN + 30 * DAY


@pytest.fixture
def filled(make_placement, make_experiment, assign_to):
    """Return a function that makes an experiment whose arms have bought so often of so many."""

    def fill(*arms, spent=10, **values):
        make_placement()
        row = make_experiment("exp-1", running=True, placement="hero", **values)
        for one, (bought, units) in zip(row.variants, arms, strict=True):
            for place in range(units):
                assign_to(row, one["code"], orders=[(60, spent)] if place < bought else ())
        return row

    return fill


def figures(row, as_of=LATER, **how):
    return results_of(row, as_of, **how).figures


def test_proportions_with_their_interval_and_verdict(filled):
    found = figures(filled((4, 40), (20, 40), planned_size=40))
    control, other = found["variants"]
    wanted = proportions(4, 40, 20, 40)
    assert (control["units"], control["conversions"]) == (40, 4)
    assert other["difference"] == pytest.approx(wanted.difference)
    assert other["interval"] == pytest.approx([wanted.low, wanted.high])
    assert other["p_value"] == other["adjusted_p_value"] == pytest.approx(wanted.p)
    assert other["relative"] == pytest.approx(4)
    error = proportions_error(4, 40, 20, 40)
    assert other["always_valid_interval"] == pytest.approx(
        list(always_valid(wanted.difference, error, 80))
    )
    assert (found["verdict"], found["winner"], found["srm"]["alarm"]) == ("better", "b", False)
    assert "difference" not in control


def test_worse_and_no_difference(filled):
    found = figures(filled((20, 40), (4, 40), (20, 40), planned_size=40, variants=[
        variant("a", 3334), variant("b", 3333), variant("c", 3333)]))  # fmt: skip
    assert [one["verdict"] for one in found["variants"][1:]] == ["worse", "no_difference"]
    assert (found["verdict"], found["winner"]) == ("worse", None)
    ps = [one["p_value"] for one in found["variants"][1:]]
    assert found["variants"][1]["adjusted_p_value"] == pytest.approx(2 * ps[0])


def test_before_the_planned_size_only_sizes_are_shown(filled):
    found = figures(filled((4, 40), (20, 40), planned_size=41))
    assert (found["verdict"], found["winner"]) == ("not_enough", None)
    for one in found["variants"]:
        assert one["units"] == 40
        assert one["conversions"] is one["rate"] is None
    other = found["variants"][1]
    names = ("difference", "relative", "interval", "p_value", "adjusted_p_value",
             "always_valid_interval")  # fmt: skip
    assert all(other[name] is None for name in names)
    assert found["power"] == {"planned_size": 41, "smallest_arm": 40, "is_reached": False}


def test_windows_that_are_not_over_are_left_out_of_fixed_results_and_counted_sequentially(filled):
    row = filled((4, 40), (20, 40), planned_size=40)
    end = BEGUN + 14 * DAY
    early = figures(row, end - timedelta(microseconds=1))
    assert [(one["units"], one["pending"]) for one in early["variants"]] == [(0, 40), (0, 40)]
    assert figures(row, end)["verdict"] == "better"
    Experiment.objects.update(method="sequential")
    found = figures(Experiment.objects.get(), BEGUN + DAY)
    assert [one["units"] for one in found["variants"]] == [40, 40]
    assert found["variants"][1]["always_valid_interval"] is not None


def test_a_broken_split_names_no_winner_anywhere(filled):
    found = figures(filled((4, 20), (50, 60), planned_size=20), segments=["vip"])
    assert found["srm"]["alarm"] is True
    assert (found["verdict"], found["winner"]) == ("srm", None)
    other = found["variants"][1]
    assert (other["verdict"], other["difference"], other["p_value"]) == ("srm", None, None)
    assert other["conversions"] is None
    assert found["segments"] == [{"segment": "vip", "variants": [], "note": None}]


def test_an_empty_arm_and_a_unit_without_weight_are_alarms(filled, assign_to):
    row = filled((1, 5), (0, 0), planned_size=1)
    assert figures(row)["verdict"] == "srm"
    Experiment.objects.update(variants=[variant("a", 10_000), variant("b", 0)])
    assign_to(row, "b")
    assert figures(Experiment.objects.get())["verdict"] == "srm"


def test_what_counts_in_the_window(make_placement, make_experiment, assign_to):
    """Not before the exposure, not at the window's end, no canceled order, refunds known then."""
    make_placement()
    row = make_experiment(
        "exp-1", running=True, placement="hero", primary_metric="revenue_per_visitor",
        metrics=["orders_per_visitor", "conversion_rate"], planned_size=2,
    )  # fmt: skip
    fortnight = 14 * 86_400
    for _again in range(2):
        assign_to(row, "a", orders=[(-1, 100), (0, 5), (fortnight - 1, 6), (fortnight, 100)])
    one = assign_to(row, "b", orders=[(0, 30)])
    other = assign_to(row, "b", orders=[(0, 10)])
    other.orders.update(state="canceled")
    order = one.orders.get()
    for number, days in (("R1", 1), ("R2", 25)):
        Refund.objects.create(
            number=number, order=order, customer=one, amount=7, created_at=BEGUN + days * DAY
        )
    found = figures(row, BEGUN + 20 * DAY)
    assert [one["mean"] for one in found["variants"]] == [11, 11.5]
    assert figures(row, BEGUN + 26 * DAY)["variants"][1]["mean"] == 8
    orders, bought = found["metrics"]
    assert [one["mean"] for one in orders["variants"]] == [2, 0.5]
    assert [one["conversions"] for one in bought["variants"]] == [2, 1]
    wanted = welch(11, 0, 2, 11.5, 264.5, 2)
    assert found["variants"][1]["p_value"] == pytest.approx(wanted.p)


def test_clicks_on_that_element_count(filled, make_customer):
    row = filled((0, 3), (0, 3), planned_size=3, primary_metric="click_through_rate")
    people = [one.customer for one in Assignment.objects.filter(variant="b")]
    for one, element, seconds in (
        (people[0], "hero", 5), (people[1], "other", 5), (people[2], "hero", -5),
    ):  # fmt: skip
        BehaviorEvent.objects.create(
            customer=one,
            behavior_type="experience_clicked",
            key=f"e{one.pk}",
            received_at=LATER,
            occurred_at=BEGUN + timedelta(seconds=seconds),
            channel="web",
            data={"element": element, "variant": "b"},
        )
    assert [one["conversions"] for one in figures(row)["variants"]] == [0, 1]


def test_revenue_is_cut_at_a_percentile_of_both_arms(filled):
    row = filled((40, 40), (40, 40), planned_size=40, primary_metric="revenue_per_visitor",
                 winsorize=90)  # fmt: skip
    one = Assignment.objects.filter(variant="b").first().customer
    one.orders.update(grand_total=100_000)
    assert [one["mean"] for one in figures(row)["variants"]] == [10, 10]


def test_what_was_bought_before_explains_what_is_bought_after(
    make_placement, make_experiment, assign_to
):
    make_placement()
    row = make_experiment(
        "exp-1", running=True, placement="hero", primary_metric="revenue_per_visitor",
        planned_size=3,
    )  # fmt: skip
    pairs = ((1, 2), (2, 3), (3, 5), (4, 6), (5, 9), (6, 11))
    for place, (before, after) in enumerate(pairs):
        assign_to(row, "ab"[place % 2], orders=[(-86_400 * 90, before), (9, after),
                                                (-86_400 * 90 - 1, 1000)])  # fmt: skip
    found = figures(row)
    assert found["cuped"]["theta"] == pytest.approx(1.828571, abs=1e-6)
    assert found["cuped"]["gain"] == "some"
    b = found["variants"][1]
    # The control's mean before is lower: less of the difference is the variant's.
    assert b["mean"] - found["variants"][0]["mean"] == pytest.approx(4 / 3)
    assert b["difference"] == pytest.approx(4 / 3 - 1.828571, abs=1e-6)


def test_segments_are_those_at_the_assignment(
    make_placement, make_experiment, assign_to, make_segment, join
):
    make_placement()
    segment = make_segment("VIP", code="vip")
    row = make_experiment("exp-1", running=True, placement="hero", planned_size=30)
    for code, bought in (("a", 12), ("b", 3)):
        for place in range(12):
            assign_to(row, code, segments=["vip"], orders=[(5, 1)] if place < bought else ())
    for code, bought in (("a", 0), ("b", 18)):
        for place in range(18):
            one = assign_to(row, code, orders=[(5, 1)] if place < bought else ())
            join(segment, one)  # Since then.
    found = figures(row, segments=["vip", "vip", "other"])
    vip, other = found["segments"]
    assert [one["units"] for one in vip["variants"]] == [12, 12]
    assert [one["conversions"] for one in vip["variants"]] == [12, 3]
    assert vip["note"] == "sign_differs"
    assert other == {"segment": "other", "variants": [], "note": "too_few"}


def test_who_refuses_is_left_out_and_who_was_erased_counts_in_the_arm(filled, say):
    row = filled((2, 10), (5, 10), planned_size=8)
    refuser, gone = [one.customer for one in Assignment.objects.filter(variant="a")[:2]]
    say(refuser, Purpose.PERSONALIZATION, ConsentState.REFUSED)
    gone.delete()
    found = figures(row)
    assert [(one["assigned"], one["units"]) for one in found["variants"]] == [(10, 8), (10, 10)]
    assert found["srm"]["counts"] == {"a": 10, "b": 10}


def test_sequential_says_nothing_of_a_handful(filled):
    found = figures(filled((0, 29), (29, 29), method="sequential", planned_size=1000))
    assert found["verdict"] == "not_enough"
    assert found["variants"][1]["p_value"] is None


def test_sequential_verdict_by_its_interval(filled):
    row = filled((1, 60), (55, 60), method="sequential", planned_size=1000)
    found = figures(row, BEGUN + DAY)
    low, _high = found["variants"][1]["always_valid_interval"]
    assert low > 0
    assert (found["verdict"], found["winner"]) == ("better", "b")


def test_a_narrower_interval_changes_no_verdict(filled):
    row = filled((10, 40), (17, 40), planned_size=40)
    usual, narrow = figures(row), figures(row, confidence_level=0.5)
    assert usual["verdict"] == narrow["verdict"] == "no_difference"
    wide = usual["variants"][1]["interval"]
    assert narrow["variants"][1]["interval"][0] > wide[0]


@pytest.mark.parametrize("year", [101, 9899])
def test_at_the_ends_of_time(filled, year):
    found = figures(filled((1, 3), (2, 3), planned_size=3), datetime(year, 6, 1, tzinfo=UTC))
    assert [one["units"] for one in found["variants"]] == ([0, 0] if year == 101 else [3, 3])


def test_without_anybody(make_placement, make_experiment):
    make_placement()
    found = figures(make_experiment("exp-1", running=True, placement="hero"))
    assert (found["verdict"], found["srm"]["alarm"]) == ("not_enough", False)


def test_what_is_measured_stands_beside_the_variant(tester, filled, make_customer):
    row = filled((4, 40), (20, 40), planned_size=40)
    b = Assignment.objects.filter(variant="b").first().customer.external_id
    a = Assignment.objects.filter(variant="a").first().customer.external_id
    assert ask(tester, customer_id=b)["elements"][0]["expected_lift"] is None
    measure(LATER)
    lift = ask(tester, customer_id=b)["elements"][0]["expected_lift"]
    wanted = figures(row)["variants"][1]
    assert lift == {
        "metric": "conversion_rate",
        "difference": pytest.approx(wanted["difference"]),
        "relative": pytest.approx(wanted["relative"]),
        "interval": pytest.approx(wanted["interval"]),
    }
    assert ask(tester, customer_id=a)["elements"][0]["expected_lift"] is None
    Experiment.objects.update(planned_size=1000)
    measure(LATER)
    assert Experiment.objects.get().lifts == {}


def test_the_calls_give_the_same(tester, filled, make_segment):
    row = filled((4, 40), (20, 40), planned_size=40, metrics=["orders_per_visitor"])
    make_segment("VIP", code="vip")
    at = "as_of=2026-03-31T12:00:00Z&segments=vip&confidence_level=0.9"
    path = "personalization/experiments"
    one = tester.send("GET", f"{path}/exp-1/results?{at}").json()
    assert one["verdict"] == "better"
    assert one["variants"] == figures(row, confidence_level=0.9)["variants"]
    several = tester.send("GET", f"{path}/results/?codes=exp-1&{at}").json()
    assert several == {"results": [one]}
    sheet = tester.send("GET", f"{path}/exp-1/results.csv?{at}")
    assert sheet["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(sheet.content.decode().splitlines()))
    assert [(row["metric"], row["variant"], row["units"]) for row in rows] == [
        ("conversion_rate", "a", "40"), ("conversion_rate", "b", "40"),
        ("orders_per_visitor", "a", "40"), ("orders_per_visitor", "b", "40"),
    ]  # fmt: skip
    assert float(rows[1]["low"]) == pytest.approx(one["variants"][1]["interval"][0])
    for bad in ("segments=gone", "confidence_level=1", "confidence_level=nan", "as_of=yesterday"):
        assert tester.send("GET", f"{path}/exp-1/results?{bad}").status_code == 400
