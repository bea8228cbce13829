"""POST conditions/read/: a merchant's words become trees, and nothing is stored."""

import pytest

from conditions.reading.vocabulary.minute_cache import forget
from customers.models import Address
from segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_with):
    return client_with("conditions.preview", "segments.view_members")


def read(client, **body):
    reply = client.send("POST", "conditions/read/", body)
    assert reply.status_code == 200, reply.content
    return reply.json()


def test_a_sentence_becomes_a_tree_and_is_said_again(client):
    said = read(client, text="never ordered, in France or Germany", language="en")

    assert said["unread"] == []
    assert said["readings"][0]["conditions"] == {
        "match": "all",
        "conditions": [
            {"attribute": "lifetime.number_of_orders", "operator": "is", "value": 0},
            {"attribute": "address.country", "operator": "is_one_of", "value": ["FR", "DE"]},
        ],
    }
    assert read(client, text=said["readings"][0]["sentence"], language="en") == said
    assert not Segment.objects.exists()


def test_what_nobody_understands_is_marked_at_its_place_in_the_text_that_was_sent(client):
    text = "  👍 loyal customers,  never ordered "
    (part,) = read(client, text=text, language="en")["unread"][-1:]

    assert text[part["from"] : part["to"]] == part["text"] == "loyal"


def test_the_language_is_that_of_the_request_where_none_is_named(client):
    said = client.send(
        "POST", "conditions/read/", {"text": "nie bestellt"}, **{"Accept-Language": "de"}
    ).json()

    assert said["unread"] == []
    assert said["readings"][0]["sentence"].startswith("Kund")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": "x" * 1_001},
        {"text": "x", "language": "tlh"},
        {"text": "x", "more": 1},
        ["x"],
    ],
)
def test_what_is_no_sentence_is_refused(client, body):
    assert client.send("POST", "conditions/read/", body).status_code == 400


def test_a_segment_made_a_moment_ago_is_known(client):
    assert read(client, text="in Heavy metal", language="en")["unread"]
    Segment.objects.create(code="heavy", name="Heavy metal", conditions={})

    (reading,) = read(client, text="in Heavy metal", language="en")["readings"]
    assert reading["conditions"]["conditions"] == [
        {"attribute": "segment", "operator": "is", "value": "heavy"}
    ]


def test_who_may_not_see_personal_data_is_not_told_which_cities_there_are(
    client_with, make_customer
):
    client = client_with(
        "conditions.preview", "segments.view_members", "customers.view_personal_data"
    )
    Address.objects.create(customer=make_customer(), city="Xanten")
    forget()

    assert read(client, text="in Xanten", language="en")["unread"] == []
    hidden = read(
        client_with("conditions.preview", "segments.view_members"), text="in Xanten", language="en"
    )
    assert hidden["readings"] == []
    assert [part["text"] for part in hidden["unread"]] == ["Xanten"]
    assert hidden["unread"][0]["offers"] == []
