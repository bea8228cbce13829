"""What two versions measure otherwise is said before one makes way for the other."""

import pytest
from django.contrib.auth.models import User

from predictions.admin.models.versions.definitions import differences
from predictions.conditions.segments_using_scores import segments_asking
from predictions.models import PredictionModel
from predictions.registry import deploy
from predictions.tests.admin.test_model_pages import DEPLOY, VIEW, address, make_version, words_of
from predictions.tests.admin.test_pages import client_with
from segments.editing.saving import create_segment
from segments.models import Segment
from segments.rules.definition import Definition

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CLV = {"horizon_days": 365, "discount": 0.1, "margin": 1.0, "family": "mbg_nbd"}
NOT_COMPARABLE = "The scores of the two versions are not comparable"


def make_segment(name, condition):
    definition = Definition(name, conditions={"match": "all", "conditions": [condition]})
    return create_segment(definition, author=None).segment


@pytest.fixture
def segments(db):
    """Return one that asks about the risk, one that refers to it, and two that do not count."""
    risky = make_segment(
        "Risky", {"attribute": "prediction.churn_risk", "operator": "gt", "value": "0.7"}
    )
    make_segment("Through", {"attribute": "segment", "operator": "is", "value": risky.code})
    make_segment("Rich", {"attribute": "prediction.clv", "operator": "gt", "value": "7"})
    off = make_segment(
        "Off", {"attribute": "prediction.churn_risk", "operator": "gt", "value": "0.7"}
    )
    Segment.objects.filter(pk=off.pk).update(is_active=False)


def test_deploying_and_going_back_say_what_is_measured_otherwise(segments):
    churn = PredictionModel.objects.get(code="churn")
    deploy(make_version(churn, metrics=[], fitted={"window_days": 123}))
    make_version(churn, metrics=[], fitted={"window_days": 14})
    client = client_with(VIEW, DEPLOY, "segments.view_segment")
    words = words_of(client.get(address("deploy", churn, 2)))
    assert "Window: 123 days in version 1, 14 days in version 2." in words
    assert NOT_COMPARABLE in words
    assert "Risky" in words and "Through" in words
    assert "Rich" not in words and "Off" not in words
    deploy(churn.versions.get(number=2))
    words = words_of(client.get(address("rollback", churn)))
    assert "Window: 14 days in version 2, 123 days in version 1." in words
    assert NOT_COMPARABLE in words and "Risky" in words
    # Who may not see segments is told how many.
    User.objects.all().delete()
    words = words_of(client_with(VIEW, DEPLOY).get(address("rollback", churn)))
    assert "2 active segments." in words and "Risky" not in words


def test_what_measures_the_same_gives_no_warning(segments):
    churn = PredictionModel.objects.get(code="churn")
    deploy(make_version(churn, metrics=[], fitted={"window_days": 90, "algorithm": "mlp"}))
    make_version(churn, metrics=[], fitted={"window_days": 90, "algorithm": "logistic"})
    words = words_of(client_with(VIEW, DEPLOY).get(address("deploy", churn, 2)))
    assert "Algorithm: neural network (MLP) in version 1, logistic regression in version 2." in (
        words
    )
    assert NOT_COMPARABLE not in words and "Their members may change" in words


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"horizon_days": 30}, "Days ahead: 365 days in version 1, 30 days in version 2."),
        ({"discount": 0.0}, "Discount a year: 10% in version 1, 0% in version 2."),
        (
            {"margin": 0.35},
            "Margin: none told (revenue, not profit) in version 1, 35% in version 2.",
        ),
    ],
)
def test_values_over_other_times_or_of_other_money_are_not_compared(db, changed, said):
    clv = PredictionModel.objects.get(code="clv")
    make_version(clv, metrics=[], parameters=CLV, fitted={})
    make_version(clv, metrics=[], parameters=CLV | changed, fitted={})
    page = f"{address('compare', clv)}?one=1&other=2"
    words = words_of(client_with(VIEW).get(page))
    assert said in words and NOT_COMPARABLE in words
    # They were measured alike all the same: undiscounted, over the days held out.
    assert "none of them says which version is better" not in words


def test_another_population_is_another_score(segments):
    clv = PredictionModel.objects.get(code="clv")
    one = make_version(clv, metrics=[], parameters=CLV, fitted={})
    other = make_version(
        clv, metrics=[], parameters=CLV, fitted={}, segment=Segment.objects.get(name="Rich")
    )
    (found,) = differences(one, other)
    assert found.said == "Customers: everybody in version 1, members of “Rich” in version 2."
    assert found.term.of_scores and found.term.of_metrics


def test_segments_that_compare_a_score_with_something_ask_about_it(db):
    value = {"attribute": "prediction.clv", "times": "2"}
    make_segment("Twice", {"attribute": "lifetime.sales", "operator": "gt", "value": value})
    assert [one.name for one in segments_asking(["clv"])] == ["Twice"]
    assert segments_asking(["churn_risk"]) == []
