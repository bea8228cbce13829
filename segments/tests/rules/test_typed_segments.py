"""Typed sentences that name segments: populations of ranks, stays, and lists of priority."""

import pytest

from conditions.reading import read_sentence
from segments.models import PriorityList, Segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]

IN_CLUB = {"attribute": "stay.segment", "operator": "is", "value": "club"}


@pytest.fixture(autouse=True)
def club(db):
    Segment.objects.create(code="club", name="VIP club")
    PriorityList.objects.create(code="offers", name="Offers", segments=["club"])


def first_of(text, language):
    """Return the conditions of the first reading; all of the text is understood."""
    read = read_sentence(text, language=language)
    assert not read.unread
    return read.readings[0].conditions["conditions"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "top 20 by orders among the segment VIP club"),
        ("en", "the first 20 of the segment VIP club by orders"),
        ("fr", "les 20 premiers du segment VIP club par nombre de commandes"),
    ],
)
def test_segment_after_a_rank_is_its_population(language, text):
    (node,) = first_of(text, language)
    assert node == {
        "attribute": "lifetime.number_of_orders",
        "operator": "in_top",
        "value": 20,
        "among": {"segment": "club"},
    }


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "were in VIP club at least twice"),
        ("de", "waren mindestens zweimal im Segment VIP club"),
        ("fr", "étaient au moins deux fois dans VIP club"),
    ],
)
def test_number_of_times_in_a_segment_counts_stays(language, text):
    (node,) = first_of(text, language)
    counted = {"aggregate": "count", "operator": "gte", "value": 2}
    assert node == {"relation": "stays", "match": "all", "conditions": [IN_CLUB], **counted}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'Customers for whom "VIP club" is the first of the list "Offers" that fits'),
        ("de", 'Kunden, für die "VIP club" als Erstes der Liste "Offers" passt'),
        ("fr", "Clients pour qui « VIP club » est le premier de la liste « Offers »"),
    ],
)
def test_sentence_is_read_with_the_quotes_of_a_keyboard(language, text):
    """Catches quotation marks without the spaces that French prints, read as other words."""
    (node,) = first_of(text, language)
    assert node == {"attribute": "priority_list.offers", "operator": "is", "value": "club"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "VIP club is the first matching segment of the list Offers"),
        ("de", "für die VIP club das erste passende Segment der Liste Offers ist"),
        ("fr", "pour qui VIP club est le premier segment qui convient de la liste Offers"),
    ],
)
def test_first_segment_of_a_list_is_its_priority(language, text):
    (node,) = first_of(text, language)
    assert node == {"attribute": "priority_list.offers", "operator": "is", "value": "club"}


def test_verb_of_entering_is_not_corrected_to_a_name():
    """Catches "entrés" read as "enters" of a segment's name, so that the month was lost."""
    Segment.objects.create(code="other", name="Customer enters")
    (node,) = first_of("sont entrés dans VIP club ce mois-ci", "fr")
    entered = {"attribute": "stay.entered_at", "operator": "in_period", "value": "this_month"}
    assert node["conditions"] == [IN_CLUB, entered]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in VIP club for less than 20 days"),
        ("de", "seit weniger als 20 Tagen in VIP club"),
        ("fr", "dans VIP club depuis moins de 20 jours"),
    ],
)
def test_less_than_some_days_in_a_segment_is_of_that_stay(language, text):
    """Catches a short stay in any segment beside the membership."""
    (node,) = first_of(text, language)
    still = {"attribute": "stay.left_at", "operator": "is_empty"}
    short = {"attribute": "stay.days", "operator": "lt", "value": 20}
    assert node["conditions"] == [IN_CLUB, still, short]


def test_days_alone_are_no_stay():
    """Catches a stay of less than 20 days in some segment."""
    (node,) = first_of("registered for less than 20 days", "en")
    assert node["attribute"] == "customer.registered_at"


def test_longer_than_some_days_in_a_segment_lasts_until_now():
    (node,) = first_of("länger als 45 Tage in VIP club", "de")
    long = {"attribute": "stay.days", "operator": "gt", "value": 45}
    assert node["conditions"][-1] == long


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "not in the segment VIP club for less than 20 days"),
        ("fr", "pas dans VIP club depuis moins de 20 jours"),
    ],
)
def test_denied_stay_of_less_than_some_days_is_marked(language, text):
    """Catches customers who are members for longer."""
    assert not read_sentence(text, language=language).readings
