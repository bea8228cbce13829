"""What came of an experiment of mail: who was sent which variant, and clicked in it."""

from datetime import timedelta

import pytest

from campaigns.audience.freezing import freeze
from campaigns.models import Message
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from personalization.experiments.results.csv_lines import csv_of
from personalization.experiments.results.figures import results_of
from personalization.models import BehaviorEvent

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def clicked(make_campaign, make_experiment, make_subscriber):
    """An experiment of which the louder mail was clicked by all, the other one by nobody."""
    row = make_experiment(
        primary_metric="click_through_rate", planned_size=5, metrics=["conversion_rate"]
    )
    for number in range(30):
        make_subscriber(f"c{number}")
    freeze(make_campaign(experiment="loudness"), AT)
    send_due(as_of=AT)
    for message in Message.objects.filter(variant="loud"):
        click(message.customer, "mail:spring", AT + DAY)
    return row


def click(customer, campaign, at, behavior_type="email_clicked"):
    BehaviorEvent.objects.create(
        customer=customer,
        behavior_type=behavior_type,
        key=f"{customer.pk} {campaign} {at} {behavior_type}",
        occurred_at=at,
        received_at=at,
        data={"campaign": campaign},
    )


def rates(row, as_of=AT + 20 * DAY):
    figures = results_of(row, as_of).figures
    return figures, {one["code"]: (one["units"], one["conversions"]) for one in figures["variants"]}


def test_clicks_in_the_campaigns_mail_are_counted(clicked):
    figures, found = rates(clicked)
    assert sum(units for units, _clicks in found.values()) == 30
    assert found["usual"][1] == 0
    assert found["loud"][0] == found["loud"][1] > 0
    assert (figures["verdict"], figures["winner"]) == ("better", "loud")


def test_other_clicks_are_not(clicked):
    for message in Message.objects.filter(variant="usual"):
        click(message.customer, "mail:other", AT + DAY)
        click(message.customer, "mail:spring", AT - DAY)
        click(message.customer, "mail:spring", AT + 14 * DAY)
        click(message.customer, "mail:spring", AT + DAY, "email_opened")
        click(message.customer, "", AT + DAY, "recommendation_clicked")
    assert rates(clicked)[1]["usual"][1] == 0


def test_without_a_campaign_nothing_was_clicked(make_experiment):
    row = make_experiment("alone", primary_metric="click_through_rate")
    assert rates(row)[1] == {"usual": (0, None), "loud": (0, None)}


def test_results_as_csv_name_the_variants(clicked):
    lines = csv_of(results_of(clicked, AT + 20 * DAY).figures).splitlines()
    assert [line.split(",")[:4] for line in lines[1:3]] == [
        ["loudness", "click_through_rate", "", code] for code in ("usual", "loud")
    ]
