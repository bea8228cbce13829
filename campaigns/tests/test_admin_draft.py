"""The preview of a template while it is being written."""

import pytest
from django.urls import reverse

from campaigns.models import MailTemplate, Message
from campaigns.tests.test_admin import TEMPLATE, boss

__all__ = ["boss"]

pytestmark = pytest.mark.django_db
SAID = reverse("admin:campaigns_mailtemplate_draft")
SHOWN = reverse("admin:campaigns_mailtemplate_draft_html")


def test_what_is_typed_is_shown_and_not_stored(boss):
    typed = TEMPLATE | {"subject": "Hi {{ store.name }}", "html": "<p onclick=x()>New</p>"}
    said = boss.post(SAID, typed).json()
    assert (said["subject"], said["problems"]) == ("Hi Default store", [])
    assert said["text"].startswith("New")
    shown = boss.post(SHOWN, typed)
    assert "<p>New</p>" in shown.content.decode()
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert not MailTemplate.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"html": "\n{% if %}"}, "html: Line 2"),
        ({"subject": "{{ nobody }}"}, "subject: Line 1: The name “nobody” is not known."),
        ({"html": "{% load x %}"}, "The tag “load” is not allowed."),
        ({"format": "pdf"}, "pdf"),
        ({"html": "a\x00b"}, "Null characters are not allowed."),
        ({"customer": "9"}, "There is no customer “9”."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_shown(boss, wrong, expected):
    said = boss.post(SAID, TEMPLATE | wrong).json()
    assert any(expected in one for one in said["problems"]), said
    assert said["subject"] == ""
    assert boss.post(SHOWN, TEMPLATE | wrong).content == b""


def test_what_was_probably_meant_otherwise_is_said(boss):
    typed = TEMPLATE | {"html": "<p>Hello {first_name|there}</p>"}
    said = boss.post(SAID, typed).json()
    assert said["problems"] == []
    assert any('{{ customer.first_name|default:"there" }}' in one for one in said["warnings"])
    saved = boss.post(reverse("admin:campaigns_mailtemplate_add"), typed, follow=True)
    template = MailTemplate.objects.get()
    assert template.html == typed["html"]
    shown = [(one.level_tag, str(one)) for one in saved.context["messages"]]
    assert ("warning", said["warnings"][0]) in shown


def test_as_it_looks_for_a_customer(boss, make_subscriber):
    make_subscriber("7", first_name="Ada")
    typed = TEMPLATE | {"subject": "Hello {{ customer.first_name }}"}
    for called in ("7", "7@shop.example"):
        assert boss.post(SAID, typed | {"customer": called}).json()["subject"] == "Hello Ada"


def test_who_may_not_see_customers_learns_nothing_of_them(clerk, make_subscriber):
    make_subscriber("7", first_name="Ada")
    client = clerk("campaigns.add_mailtemplate")
    typed = TEMPLATE | {"subject": "Hello {{ customer.first_name }}"}
    assert client.post(SAID, typed).json()["subject"] == "Hello"
    for called in ("7", "8"):
        said = client.post(SAID, typed | {"customer": called}).json()
        assert said["problems"] == ["You may not see the personal data of customers."]
        assert b"Ada" not in client.post(SHOWN, typed | {"customer": called}).content


def test_who_may_only_look_writes_no_draft(clerk):
    client = clerk("campaigns.view_mailtemplate")
    assert client.post(SAID, TEMPLATE).status_code == 403
    assert client.post(SHOWN, TEMPLATE).status_code == 403


def test_a_draft_is_never_an_address_to_open(boss):
    assert boss.get(SAID).status_code == 405
    assert boss.get(SHOWN).status_code == 405
