"""A mail that names something which its recipient does not have is held back, and counted."""

import pytest

from campaigns.audience import audience_of
from campaigns.definition import template_definition
from campaigns.doubts import doubts_of
from campaigns.freezing import freeze
from campaigns.models import MailTemplate, Message
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from campaigns.trying import previewed

pytestmark = pytest.mark.django_db

CODE = "Your code: {{ coupon.code }}"


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("html", "empty"),
    [
        (CODE, "coupon.code"),
        ("Hello {{ customer.first_name }},", "customer.first_name"),
        ("Hello {{ customer.first_name|title }},", "customer.first_name|title"),
        ("{% for one in recommendations %}{{ one.name }}{% endfor %}", "recommendations"),
        ("{% with code=coupon.code %}{{ code }}{% endwith %}", "code"),
        ("<a href='{{ coupon.description }}'>x</a>", "coupon.description"),
        ("Hello {{ customer.first_name|default:'friend' }},", ""),
        ("{% if coupon.code %}{{ coupon.code }}{% endif %}", ""),
        ("{% for one in recommendations %}{{ one.name }}{% empty %}Nothing{% endfor %}", ""),
        ("{{ content.mail_top.title }}", ""),
        ("{% with top=content.mail_top %}{{ top.title }}{% endwith %}", ""),
        ("{{ '' }}", ""),
    ],
)
def test_a_name_that_is_empty_holds_the_mail_back(
    html, empty, make_campaign, make_template, make_subscriber, mail
):
    make_template("t", html=html)
    make_subscriber("1")
    freeze(make_campaign(template="t"), AT)
    send_due(as_of=AT)
    message = Message.objects.get()
    found = (message.state, message.reason, message.reply)
    assert found == (("skipped", "empty", empty) if empty else ("sent", "", message.reply))
    assert len(mail) == (0 if empty else 1)


def test_only_who_lacks_it_gets_nothing(make_campaign, make_template, make_subscriber, mail):
    make_template("t", subject="For {{ customer.first_name }}")
    make_subscriber("1", first_name="Ann")
    make_subscriber("2")
    freeze(make_campaign(template="t"), AT)
    send_due(as_of=AT)
    assert [one["Subject"] for one in mail] == ["For Ann"]
    assert Message.objects.get(customer__external_id="2").reason == "empty"


def test_it_is_said_before(make_campaign, make_template, make_customer):
    make_template("t", html=CODE)
    campaign = make_campaign(template="t")
    said = doubts_of(campaign, audience_of(campaign, as_of=AT))
    assert any("shows a coupon, but no price rule" in one for one in said)
    make_template("u", html="{{ customer.first_name }}")
    definition = template_definition(MailTemplate.objects.get(code="u"))
    warned = [
        [
            one
            for one in previewed(definition, customer=customer).warnings
            if "for this customer" in one
        ]
        for customer in (make_customer(), make_customer(first_name="Ann"), None)
    ]
    assert [len(one) for one in warned] == [1, 0, 0]
