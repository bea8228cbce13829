"""The best hour and recommendations: of who allows it, and where there is personalization."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.freezing import freeze
from campaigns.models import Message
from campaigns.personal import best_time, recommendations_for
from campaigns.sending import Sent, send_due
from campaigns.tests.conftest import AT
from customers.models import Consent, Login, Product, Website

pytestmark = pytest.mark.django_db


@pytest.fixture
def early(make_subscriber):
    """Somebody who is there at six in the morning, in Berlin."""
    Website.objects.update(timezone="Europe/Berlin")
    customer = make_subscriber("1")
    for day in range(1, 30):
        at = datetime(2026, 4, 1, 5, 30, tzinfo=UTC) - timedelta(days=day)
        Login.objects.create(customer=customer, logged_in_at=at, occurrence=1)
    return customer


def test_the_next_start_of_the_hour(early):
    # Six in Berlin is 4:00 in UTC since the 29th of March, and was 5:00 before.
    assert best_time(early, AT) == datetime(2026, 4, 11, 4, tzinfo=UTC)
    four = datetime(2026, 4, 11, 4, tzinfo=UTC)
    assert best_time(early, four) == four
    assert best_time(early, four + timedelta(minutes=1)) == four + timedelta(days=1)


def test_who_refuses_gets_it_at_once(early):
    Consent.objects.create(
        customer=early, purpose="personalization", state="refused", source="api", at=AT
    )
    assert best_time(early, AT) == AT
    assert recommendations_for(early, AT) == []


def test_a_campaign_waits_for_the_hour(early, make_campaign, mail):
    freeze(make_campaign(send_time="best_hour"), AT)
    assert send_due(as_of=AT) == Sent()
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("scheduled", 0)
    assert message.due_at == datetime(2026, 4, 11, 4, tzinfo=UTC)
    assert send_due(as_of=message.due_at) == Sent(sent=1)


def test_recommendations_stand_in_a_mail(early, make_template, make_campaign, mail, monkeypatch):
    Product.objects.create(sku="A", name="Shoe", price=10)
    found = [{"name": "Shoe", "price": "10.0000", "sku": "A"}]
    monkeypatch.setattr("campaigns.composing.recommendations_for", lambda customer, at: found)
    make_template("r", html="{% for one in recommendations %}<p>{{ one.name }}</p>{% endfor %}")
    freeze(make_campaign(template="r"), AT)
    send_due(as_of=AT)
    assert "Shoe" in mail[0].get_body(("plain",)).get_content()


def test_nobody_has_recommendations(early):
    assert recommendations_for(None, AT) == []
    assert isinstance(recommendations_for(early, AT), list)
