"""Typed sentences about mails: which rows a word means, and which of their times."""

import pytest

from campaigns.models import Campaign
from conditions.reading import read_sentence
from conditions.reading.vocabulary.minute_cache import forget


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
UNOPENED = mails(
    "exists",
    {"attribute": "mail.sent_at", "operator": "in_last_days", "value": 30},
    report("opened_at", "is_empty"),
)
CLICKED = mails("exists", report("clicked_at", "is_not_empty"))
NEVER_OPENED = mails("not_exists", report("opened_at", "is_not_empty"))
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
    ("language", "text", "nodes"),
    [
        # The time before the verb is that of the opening, not that of the sending.
        ("de", "haben in den letzten 30 Tagen mindestens 3 E-Mails geöffnet", [THREE_OPENED]),
        ("de", "haben in den letzten 90 Tagen keine E-Mail geöffnet", [NONE_OPENED]),
        ("en", "has not opened a single email in the last 90 days", [NONE_OPENED]),
        ("fr", "n'ont ouvert aucun e-mail ces 90 jours", [NONE_OPENED]),
        ("en", "opened a mail in each of the last 3 months", [EACH_MONTH]),
        # "It" is the mail named before, "one" any mail.
        ("en", "got an email in the last 30 days but did not open it", [UNOPENED]),
        (
            "de",
            "haben in den letzten 30 Tagen eine Mail bekommen, sie aber nicht geöffnet",
            [UNOPENED],
        ),
        ("fr", "ont reçu un e-mail ces 30 derniers jours mais ne l'ont pas ouvert", [UNOPENED]),
        ("en", "clicked a mail but never opened one", [CLICKED, NEVER_OPENED]),
        ("de", "haben eine Mail geklickt, aber nie eine geöffnet", [CLICKED, NEVER_OPENED]),
        ("fr", "ont cliqué un e-mail mais n'en ont jamais ouvert", [CLICKED, NEVER_OPENED]),
        # A mail that was refused at the hand-over was never sent.
        ("en", "emails to them bounced", [BOUNCED]),
        # Without a time or a deed, an e-mail is the customer's address.
        (
            "en",
            "email contains gmail",
            [{"attribute": "customer.email", "operator": "contains", "value": "gmail"}],
        ),
    ],
)
def test_mails_and_their_times_are_understood(db, language, text, nodes):
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == [nodes]
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


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not open the Spring campaign in the last 7 days"),
        ("de", "haben die Kampagne Spring in den letzten 7 Tagen nicht geöffnet"),
        ("fr", "n'ont pas ouvert la campagne Spring ces 7 derniers jours"),
    ],
)
def test_time_of_unopened_campaign_may_be_that_of_the_opening(spring, language, text):
    """Both are offered: sent in these days and not opened, or not opened in these days."""
    groups = [
        one.conditions["conditions"][0] for one in read_sentence(text, language=language).readings
    ]
    campaign = {"attribute": "mail.campaign", "operator": "is", "value": "spring"}
    found = [(one["aggregate"], campaign in one["conditions"]) for one in groups]
    assert found == [("exists", True), ("not_exists", True)]
    assert report("sent_at", "in_last_days", 7) in groups[0]["conditions"]
    assert report("opened_at", "in_last_days", 7) in groups[1]["conditions"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not open or click a mail in the last 7 days"),
        ("de", "haben in den letzten 7 Tagen keine Mail geöffnet oder geklickt"),
        ("fr", "n'ont pas ouvert ou cliqué un e-mail ces 7 derniers jours"),
    ],
)
def test_denial_before_two_deeds_denies_both(db, language, text):
    """Catches "did not open or click" read as "did not open, or clicked"."""
    first = read_sentence(text, language=language).readings[0].conditions["conditions"]
    reports = [report(name, "in_last_days", 7) for name in ("opened_at", "clicked_at")]
    assert first == [mails("not_exists", one) for one in reports]


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not open a mail or order"),
        ("de", "haben keine Mail geöffnet oder bestellt"),
        ("fr", "n'ont pas ouvert d'e-mail ou commandé"),
    ],
)
def test_denial_before_a_mail_and_an_order_denies_both(db, language, text):
    """Catches "or ordered" alone; that the denial ends at the "or" is offered, too."""
    read = read_sentence(text, language=language).readings
    matches = [one.conditions["match"] for one in read]
    assert (read[0].conditions["conditions"][0], matches) == (NEVER_OPENED, ["all", "any"])


@pytest.mark.once
def test_time_after_a_free_denial_is_not_that_of_the_mail(db):
    """Catches "opened none in these days" as the only alternative to the order."""
    text = "did not open a mail or ordered in the last 30 days"
    neither, either = read_sentence(text, language="en").readings
    assert neither.conditions["conditions"][0] == mails(
        "not_exists", report("opened_at", "in_last_days", 30)
    )
    assert either.conditions["conditions"][0] == NEVER_OPENED


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "opened a mail but not the Spring campaign"),
        ("de", "haben eine Mail geöffnet, aber nicht die Kampagne Spring"),
        ("fr", "ont ouvert un e-mail mais pas la campagne Spring"),
    ],
)
def test_campaign_of_a_denial_was_not_opened(spring, language, text):
    """Catches "did not get the campaign", and another mail that was opened."""
    (read,) = read_sentence(text, language=language).readings
    opened, denied = read.conditions["conditions"]
    campaign = {"attribute": "mail.campaign", "operator": "is", "value": "spring"}
    assert opened == mails("exists", report("opened_at", "is_not_empty"))
    assert denied == mails("not_exists", campaign, report("opened_at", "is_not_empty"))


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no order since they opened the Spring campaign"),
        ("de", "keine Bestellung, seit sie die Kampagne Spring geöffnet haben"),
        ("fr", "aucune commande depuis qu'ils ont ouvert la campagne Spring"),
    ],
)
def test_since_they_opened_is_an_order_of_events(spring, language, text):
    (read,) = read_sentence(text, language=language).readings
    opened, ordered = read.conditions["conditions"][0]["steps"]
    assert (opened["relation"], opened["at"]) == ("mails", "mail.opened_at")
    assert ordered == {"relation": "sales", "not": True}


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in the last 30 days opened 3 mails and ordered twice"),
        ("de", "haben in den letzten 30 Tagen 3 Mails geöffnet und zweimal bestellt"),
        ("fr", "ces 30 derniers jours ont ouvert 3 e-mails et commandé deux fois"),
        ("en", "in the last 30 days ordered twice and opened 3 mails"),
    ],
)
def test_leading_time_of_opening_is_that_of_the_order_too(db, language, text):
    """Catches orders of all time, and mails that were sent, not opened, in these days."""
    first = read_sentence(text, language=language).readings[0].conditions["conditions"]
    times = sorted(one["conditions"][0]["attribute"] for one in first)
    assert times == ["mail.opened_at", "order.created_at"]


@pytest.mark.once
def test_time_of_a_campaign_that_was_got_is_that_of_the_mail(spring):
    """Catches "not opened in these days" offered for "got in these days"."""
    text = "got the Spring campaign in the last 7 days but did not open it"
    assert len(read_sentence(text, language="en").readings) == 1
