"""Typed sentences about mail: what a denial, a number, a time and a name belong to."""

import pytest

from campaigns.models import Campaign
from campaigns.tests.conditions.test_read_deeds import nodes_of
from campaigns.tests.conditions.test_reading import mails, report
from conditions.reading import read_sentence

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SPRING, SUMMER = (
    {"attribute": "mail.campaign", "operator": "is", "value": code} for code in ("spring", "summer")
)
OPENED, CLICKED = (report(name, "is_not_empty") for name in ("opened_at", "clicked_at"))
NOT_OPENED = report("opened_at", "is_empty")


@pytest.fixture(autouse=True)
def campaigns(make_template):
    """Two campaigns with the names of seasons, which sentences may mean."""
    template = make_template()
    for name in ("Spring", "Summer"):
        Campaign.objects.create(code=name.lower(), name=name, template=template)


def of_last(rows, operator, value, *conditions):
    """Return a number of the last mails."""
    return mails("count", *conditions, last=rows, operator=operator, value=value)


def test_month_before_a_denial_is_no_verb():
    """Catches "may not get mail" in "in May not get mail"."""
    (nodes,) = nodes_of("did in May 2026 not get mail", "en")
    days = ["2026-05-01", "2026-05-31"]
    assert nodes == [mails("not_exists", report("sent_at", "between", days))]
    (nodes,) = nodes_of("did in May not get mail", "en")
    assert nodes[0]["aggregate"] == "not_exists"


@pytest.mark.parametrize(
    ("language", "text", "name", "gap", "absent"),
    [
        ("en", "didn't click Spring within 3 days", "clicked_at", {"within_days": 3}, True),
        ("en", "opened Spring within 2 hours", "opened_at", {"within_hours": 2}, False),
        (
            "de",
            "haben Spring innerhalb von 3 Tagen nicht geöffnet",
            "opened_at",
            {"within_days": 3},
            True,
        ),
        (
            "fr",
            "n'ont pas cliqué sur Spring dans les 3 jours",
            "clicked_at",
            {"within_days": 3},
            True,
        ),
        (
            "de",
            "haben Spring bekommen, aber innerhalb von 3 Tagen nicht geöffnet",
            "opened_at",
            {"within_days": 3},
            True,
        ),
    ],
)
def test_days_of_an_answer_begin_with_the_mail(language, text, name, gap, absent):
    """Catches the last 3 days, and an opening of another mail."""
    rows = {"relation": "mails", "match": "all", "conditions": [SPRING]}
    answer = {**rows, "at": f"mail.{name}", **gap, **({"not": True} if absent else {})}
    assert nodes_of(text, language)[0] == [{"steps": [rows, answer]}]


def test_denied_deed_with_a_time_was_not_done_to_any_such_mail():
    """Catches "got a mail of Spring that was not opened since June" as the first meaning."""
    first, second = nodes_of("not opened Spring since 1 June 2026", "en")
    since = report("opened_at", "on_or_after", "2026-06-01")
    assert first == [mails("not_exists", SPRING, since)]
    assert second[0]["aggregate"] == "exists"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did not open Spring"),
        ("de", "haben die Kampagne Spring nicht geöffnet"),
        ("fr", "n'ont pas ouvert la campagne Spring"),
    ],
)
def test_not_opened_may_include_customers_who_did_not_get_it(language, text):
    """Catches one of the two meanings taken without a word."""
    meanings = [mails("exists", SPRING, NOT_OPENED), mails("not_exists", SPRING, OPENED)]
    assert nodes_of(text, language) == [[one] for one in meanings]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "clicked more than 5 times in the last 30 days"),
        ("de", "in den letzten 30 Tagen mehr als 5-mal geklickt"),
        ("fr", "ont cliqué plus de 5 fois au cours des 30 derniers jours"),
    ],
)
def test_number_of_clicks_in_some_days_is_not_guessed(language, text):
    """Catches the number of mails that were first clicked in these days."""
    read = read_sentence(text, language=language)
    assert not read.readings
    assert read.unread


@pytest.mark.parametrize(
    ("language", "text", "nodes"),
    [
        ("en", "clicked at most 2 of their last 10 mails", [of_last(10, "lte", 2, CLICKED)]),
        (
            "de",
            "haben mindestens 2 der letzten 5 Mails geöffnet",
            [of_last(5, "gte", 2, OPENED)],
        ),
        (
            "fr",
            "ont cliqué dans au moins 2 de leurs 5 derniers e-mails",
            [of_last(5, "gte", 2, CLICKED)],
        ),
        ("en", "never opened more than 2 of their last 5 mails", [of_last(5, "lte", 2, OPENED)]),
        (
            "en",
            "haven't opened 3 of their last 5 mails",
            [
                of_last(5, "gte", 3, NOT_OPENED),
                of_last(5, "is", 3, NOT_OPENED),
                of_last(5, "lt", 3, OPENED),
            ],
        ),
        ("en", "opened the last mail", [mails("every", OPENED, last=1)]),
        ("de", "die letzte Mail nicht geöffnet", [mails("every", NOT_OPENED, last=1)]),
        ("fr", "n'ont pas ouvert le dernier e-mail", [mails("every", NOT_OPENED, last=1)]),
        ("en", "clicked one of the last 3 mails", [mails("exists", CLICKED, last=3)]),
    ],
)
def test_some_of_the_last_mails_are_counted(language, text, nodes):
    """Catches a number before "of the last 5" that is lost or read as all of them."""
    assert nodes_of(text, language) == [[one] for one in nodes]


def test_name_alone_after_a_denied_deed_has_the_deed():
    """Catches "got Summer" in "did not open Spring in these days or Summer"."""
    (nodes,) = nodes_of("did not open Spring in the last 45 days or Summer", "en")
    lately = report("opened_at", "in_last_days", 45)
    assert nodes == [mails("not_exists", SPRING, lately), mails("not_exists", SUMMER, OPENED)]


def test_it_is_the_campaign_named_before_another_clause():
    """Catches an opening of any mail."""
    first = nodes_of("got Spring and ordered in May 2026 but did not open it", "en")[0]
    assert first[2] == mails("exists", SPRING, NOT_OPENED)


def test_time_of_the_first_of_two_deeds_stays_its_own():
    """Catches "since 2024", dropped by the deed that names the campaign."""
    (nodes,) = nodes_of("opened since 2024 and clicked Spring", "en")
    since = report("opened_at", "on_or_after", "2024-01-01")
    assert nodes == [mails("exists", SPRING, since), mails("exists", SPRING, CLICKED)]


def test_campaign_needs_a_word_for_mail():
    """Catches women who got the campaign Summer."""
    read = read_sentence("women Summer", language="en")
    assert [one.text for one in read.unread] == ["Summer"]


def test_number_of_a_step_is_exact():
    """Catches step 2 or a later one."""
    (nodes,) = nodes_of("got step 2 but not step 3", "en")
    steps = [{"attribute": "mail.step", "operator": "is", "value": number} for number in (2, 3)]
    assert nodes == [mails("exists", steps[0]), mails("not_exists", steps[1])]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ordered within 2 days of clicking Spring"),
        ("de", "nach Klick auf Spring innerhalb von 2 Tagen bestellt"),
        ("en", "ordered within 2 days of getting Spring"),
        ("de", "haben innerhalb von 2 Tagen nach Spring bestellt"),
    ],
)
def test_order_comes_after_the_mail_or_its_click(language, text):
    """Catches a mail that was sent in the last 2 days, and a name that is marked in an event."""
    (nodes,) = nodes_of(text, language)
    rows = {"relation": "mails", "match": "all", "conditions": [SPRING]}
    event = rows | ({"at": "mail.clicked_at"} if "lick" in text else {})
    assert nodes == [{"steps": [event, {"relation": "sales", "within_days": 2}]}]


def test_mail_that_was_got_and_not_opened_was_got():
    """Catches customers who got neither campaign."""
    (nodes,) = nodes_of("ont reçu Spring ou Summer sans ouvrir", "fr")
    either = {"attribute": "mail.campaign", "operator": "is_one_of", "value": ["spring", "summer"]}
    assert nodes == [mails("exists", either, NOT_OPENED)]


def test_never_opened_is_first_about_everybody():
    """Catches "got it and did not open it" as the first meaning."""
    assert nodes_of("never opened Spring", "en")[0] == [mails("not_exists", SPRING, OPENED)]
