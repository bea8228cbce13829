"""The best hour and recommendations: of who allows it, and where there is personalization."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.audience.freezing import freeze
from campaigns.content import composing
from campaigns.content.contents import content_of
from campaigns.content.personal import best_time, recommendations_for
from campaigns.delivery.test_mail import preview_content
from campaigns.models import Message
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
    assert recommendations_for(early) == []


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
    monkeypatch.setattr("campaigns.content.composing.recommendations_for", lambda customer: found)
    make_template("r", html="{% for one in recommendations %}<p>{{ one.name }}</p>{% endfor %}")
    freeze(make_campaign(template="r"), AT)
    send_due(as_of=AT)
    assert "Shoe" in mail[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("written", "decimals", "expected"),
    [
        ("{{ one.price }}", 2, "$20.95"),
        ("{{ one.price }}", 0, "$21"),
        ("{{ one.price|default:'?' }}", 2, "$20.95"),
        ("{{ one.price|floatformat:2 }}", 2, "20.95"),
        ("{% if one.price > 20 %}dear{% endif %}", 2, "dear"),
        ("{% with all=one.price %}{{ all }}{% endwith %}", 2, "$20.95"),
    ],
)
@pytest.mark.once
def test_prices_are_said_as_people_say_them(
    make_customer, make_template, settings, written, decimals, expected, monkeypatch
):
    settings.PRICE_DECIMALS, settings.BASE_CURRENCY = decimals, "USD"
    items = [
        {"name": "Shoe", "price": "20.9500", "sku": "A", "score": "1", "rank": 1},
        {"name": "Hat", "price": None, "sku": "B", "score": "1", "rank": 2},
    ]
    monkeypatch.setattr(
        "personalization.experiences.content.recommended.lists_of",
        lambda *asked, **how: [{"type": "personal", "items": items}],
    )
    html = "{% for one in recommendations %}[" + written + "]{% endfor %}"
    template = make_template("r", html=html)
    found = preview_content(content_of(template), customer=make_customer("1"))
    nothing = "[?]" if "default" in written else "[]"
    assert found.text.startswith(f"[{expected}]{nothing}")


def test_a_preheader_may_show_recommendations(make_customer, make_template, monkeypatch):
    monkeypatch.setattr(composing, "recommendations_for", lambda *asked: [{"name": "Shoe"}])
    preheader = "{% for one in recommendations %}{{ one.name }}{% endfor %}"
    template = make_template("r", preheader=preheader)
    found = preview_content(content_of(template), customer=make_customer("1"))
    assert "Shoe" in found.html


def test_nobody_has_recommendations(early):
    assert recommendations_for(None) == []
    assert isinstance(recommendations_for(early), list)
