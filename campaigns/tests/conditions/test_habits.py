"""The last mails, in conditions, sentences and typed phrases."""

import pytest
from django.utils.translation import override

from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading import read_sentence
from conditions.reading.exact import exact
from conditions.reading.vocabulary.minute_cache import forget

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOT_CLICKED = {"attribute": "mail.clicked_at", "operator": "is_empty"}
UNCLICKED = {"relation": "mails", "aggregate": "every", "last": 5, "match": "all"} | {
    "conditions": [NOT_CLICKED]
}
CLICKED = {"relation": "mails", "aggregate": "stopped", "at": "mail.clicked_at"} | {
    "periods": {"unit": "week", "count": 2}
}
SENTENCES = [
    ("en", UNCLICKED, "Customers who have clicked none of their last 5 mails."),
    ("de", UNCLICKED, "Kunden, die keine ihrer letzten 5 Mails geklickt haben."),
    ("fr", UNCLICKED, "Clients qui n’ont cliqué dans aucun de leurs 5 derniers e-mails."),
    (
        "en",
        CLICKED,
        "Customers who (going by “First clicked”) (in each of 2 weeks and not since the beginning "
        "of last week) got a mail.",
    ),
]


def all_of(node):
    return {"match": "all", "conditions": [node]}


@pytest.mark.parametrize(("language", "node", "said"), SENTENCES)
def test_the_last_mails_are_said_in_words_of_their_own(language, node, said):
    """Each sentence is read back to its tree."""
    with override(language):
        assert parse_tree(all_of(node)).sentence(exact=True) == said
        assert exact(said) == normal(all_of(node))


def test_the_absence_among_first_rows_is_warned_of():
    """Who refuses tracking has no clicks, so that all their mails are "not clicked"."""
    unclicked = {"rows": 1, "conditions": [NOT_CLICKED]}
    tree = parse_tree(all_of({"relation": "mails", "last": unclicked, "aggregate": "exists"}))
    assert [(one.path, one.code) for one in tree.warnings] == [
        ("conditions[0].last.conditions[0].operator", "not_tracked")
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "haven’t clicked the last 5 mails"),
        ("de", "die letzten 5 Mails nicht geklickt"),
        ("fr", "n’ont pas cliqué dans les 5 derniers e-mails"),
        ("de", "keine der letzten 5 Mails geklickt"),
        ("fr", "n’ont cliqué dans aucun de leurs 5 derniers mails"),
        ("fr", "aucun des cinq derniers mails cliqué"),
    ],
)
def test_nothing_clicked_of_the_last_mails_is_read(language, text):
    """Who got no mail is not meant."""
    read = read_sentence(text, language=language)
    assert read.unread == []
    (found,) = [one.conditions["conditions"] for one in read.readings]
    assert found == [UNCLICKED]


def mails(date, aggregate="exists", **more):
    is_there = {"attribute": f"mail.{date}", "operator": "is_not_empty"}
    return {"relation": "mails", "aggregate": aggregate, "match": "all"} | {
        "conditions": [is_there],
        **more,
    }


@pytest.mark.parametrize(
    ("language", "text", "node"),
    [
        ("de", "mindestens drei Mails geklickt", mails("clicked_at", "count", operator="gte")),
        ("en", "marked our mails as spam", mails("complained_at")),
        ("fr", "ont marqué nos e-mails comme spam", mails("complained_at")),
        ("fr", "se sont désabonnés par un e-mail", mails("unsubscribed_at")),
    ],
)
def test_what_became_of_mails_is_read(language, text, node):
    """Catches words of which only "mails" is read, or "unsubscribed" as one of the newsletter."""
    node |= {"value": 3} if "operator" in node else {}
    read = read_sentence(text, language=language)
    assert [one.conditions["conditions"] for one in read.readings] == [[node]]
    assert not read.unread


def test_no_open_of_the_last_mails_is_read():
    """Catches "open" that is known only in the past."""
    read = read_sentence("didn't open any of their last 10 mails", language="en")
    (found,) = [one.conditions["conditions"] for one in read.readings]
    not_opened = {"attribute": "mail.opened_at", "operator": "is_empty"}
    assert found == [{**UNCLICKED, "last": 10, "conditions": [not_opened]}]


@pytest.mark.parametrize(
    ("language", "text", "date", "denied"),
    [
        ("en", "opened the Spring campaign", "opened_at", None),
        ("de", "die Kampagne Spring bekommen und geöffnet", "opened_at", None),
        ("fr", "ont reçu la campagne Spring et l'ont ouverte", "opened_at", None),
        ("de", "haben Spring geklickt, aber Autumn nicht", "clicked_at", "autumn"),
        ("fr", "ont cliqué dans Spring mais pas dans Autumn", "clicked_at", "autumn"),
    ],
)
def test_a_campaign_and_what_became_of_it_are_said_of_one_mail(
    make_campaign, language, text, date, denied
):
    """Catches the mail of a campaign and another mail, which was opened or clicked."""
    for code in ("spring", "autumn"):
        make_campaign(code, name=code.title())
    forget()

    def of(campaign, aggregate):
        chosen = [
            {"attribute": "mail.campaign", "operator": "is", "value": campaign},
            {"attribute": f"mail.{date}", "operator": "is_not_empty"},
        ]
        return sorted(chosen, key=str), aggregate

    read = read_sentence(text, language=language)
    assert read.unread == []
    found = [
        (sorted(one["conditions"], key=str), one["aggregate"])
        for one in read.readings[0].conditions["conditions"]
    ]
    assert found == [of("spring", "exists"), *([of(denied, "not_exists")] if denied else [])]
