"""The preview of a template while it is being written."""

import pytest
from django.apps import apps
from django.urls import reverse

from campaigns.admin.templates.names import BY_TYPE, names_written
from campaigns.models import MailTemplate, Message
from campaigns.templates.content import Content, check
from campaigns.templates.rendering import doubts_about
from campaigns.tests.admin.test_campaigns import TEMPLATE, boss
from personalization.experiences.content.kinds import KINDS

__all__ = ["boss"]

pytestmark = pytest.mark.django_db
SAID = reverse("admin:campaigns_mailtemplate_draft")
LINK = {"label": "New", "link": "/new"}
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


ADD = reverse("admin:campaigns_mailtemplate_add")


def test_some_customers_are_offered_to_look_at_a_mail_as(boss, make_customer):
    make_customer("gone", first_name="Gone", is_active=False)
    for number in range(12):
        make_customer(f"C{number}", first_name="Ada", last_name=f"<{number}>")
    page = boss.get(ADD).content.decode()
    assert page.count('<option value="C') == 10
    assert '<option value="C0">Ada &lt;0&gt;</option>' in page
    assert "Gone" not in page


def test_nobody_is_offered_to_who_may_not_see_names(clerk, make_customer):
    # No token of a form has such a text by chance.
    make_customer("number-of-ada", first_name="Ada Byron")
    page = clerk("campaigns.add_mailtemplate").get(ADD).content.decode()
    assert "data-draft" in page
    assert "Ada Byron" not in page
    assert "number-of-ada" not in page


def test_the_form_says_what_may_be_written(boss, make_placement, make_variant):
    default = {"type": "text", "text": "New"}
    placement = make_placement("mail-top", "email", default=default)
    make_variant(placement, "links", {"type": "navigation_items", "items": [LINK, LINK]})
    make_placement("mail-off", "email", default=default, is_active=False)
    make_placement("on-page", "home", default=default)
    make_placement("mail-empty", "email", default={})
    page = boss.get(ADD).content.decode()
    assert "{{ customer.first_name }}" in page
    assert "{{ content.mail_top.text }}" in page
    assert "{% for one in content.mail_top.items %}" in page
    assert "content.mail_top.title" not in page
    assert [name in page for name in ("mail-empty", "mail-off", "on-page")] == [True, False, False]


def test_without_personalization_the_form_names_no_placement(boss, make_placement, monkeypatch):
    make_placement("mail-top", "email")
    installed = apps.is_installed
    monkeypatch.setattr(
        apps, "is_installed", lambda name: name != "personalization" and installed(name)
    )
    assert "mail-top" not in boss.get(ADD).content.decode()


def test_each_line_that_the_form_suggests_is_right():
    assert set(BY_TYPE) == set(KINDS)
    lines = [
        *names_written(),
        *(line % {"name": "x"} for kind in BY_TYPE.values() for line in kind),
    ]
    for line in lines:
        assert check(Content("S", html=line)) == []
        assert not any("writes nothing" in one for one in doubts_about(Content("S", html=line)))
