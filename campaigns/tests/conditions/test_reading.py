"""Typed sentences about mails: which rows a word means, and which of their times."""

import pytest

from campaigns.models import Campaign
from conditions.reading import read_sentence
from conditions.reading.minute_cache import forget


def report(name, operator, value=None):
    """Return the condition on a report of the provider."""
    more = {} if value is None else {"value": value}
    return {"attribute": f"mail.{name}", "operator": operator, **more}


def mails(aggregate, *conditions, relation="mails", **more):
    """Return a group of mails."""
    group = {"relation": relation, "aggregate": aggregate, "match": "all"}
    return {**group, "conditions": list(conditions), **more}


@pytest.fixture
def spring(make_template):
    """A campaign that sentences may name."""
    forget()
    yield Campaign.objects.create(code="spring", name="Spring", template=make_template())
    forget()


NONE_OPENED = mails("not_exists", report("opened_at", "in_last_days", 90))
THREE_OPENED = mails("count", report("opened_at", "in_last_days", 30), operator="gte", value=3)
BOUNCED = mails("exists", report("bounced_at", "is_not_empty"), relation="all_mails")
EACH_MONTH = {
    "relation": "mails",
    "at": "mail.opened_at",
    "aggregate": "active_periods",
    "periods": {"unit": "month", "count": 3},
    "operator": "gte",
    "value": 3,
}


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "node"),
    [
        # The time before the verb is that of the opening, not that of the sending.
        ("de", "haben in den letzten 30 Tagen mindestens 3 E-Mails geöffnet", THREE_OPENED),
        ("de", "haben in den letzten 90 Tagen keine E-Mail geöffnet", NONE_OPENED),
        ("en", "has not opened a single email in the last 90 days", NONE_OPENED),
        ("fr", "n'ont ouvert aucun e-mail ces 90 jours", NONE_OPENED),
        ("en", "opened a mail in each of the last 3 months", EACH_MONTH),
        # A mail that was refused at the hand-over was never sent.
        ("en", "emails to them bounced", BOUNCED),
        # Without a time or a deed, an e-mail is the customer's address.
        (
            "en",
            "email contains gmail",
            {"attribute": "customer.email", "operator": "contains", "value": "gmail"},
        ),
    ],
)
def test_mails_and_their_times_are_understood(db, language, text, node):
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == [[node]]
    assert not read.unread


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "opened the Spring campaign in the last 7 days", "opened_at"),
        ("en", "in the last 7 days opened the Spring campaign", "opened_at"),
        ("de", "haben die Kampagne Spring in den letzten 7 Tagen geöffnet", "opened_at"),
        ("fr", "ont ouvert la campagne Spring ces 7 derniers jours", "opened_at"),
        ("en", "got the Spring campaign in the last 7 days", "sent_at"),
    ],
)
def test_campaign_and_time_are_of_one_mail(spring, language, text, name):
    """Catches two conditions, on any mail each, and a campaign that is left out."""
    (read,) = read_sentence(text, language=language).readings
    (group,) = read.conditions["conditions"]
    campaign = {"attribute": "mail.campaign", "operator": "is", "value": "spring"}
    parts = sorted(group.pop("conditions"), key=lambda one: one["operator"])
    assert group == {"relation": "mails", "aggregate": "exists", "match": "all"}
    assert parts == [report(name, "in_last_days", 7), campaign]
