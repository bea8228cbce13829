"""Templates by the API: written, tried out, sent as a test, and what is refused with its place."""

import re

import pytest

from campaigns.delivery.test_mail import send_test
from campaigns.models import MailTemplate, Message
from campaigns.tests.conftest import AT  # noqa: F401
from core.clock import now
from customers.models import AuditEntry
from segments.models import Segment

pytestmark = pytest.mark.django_db
BODY = {"name": "Welcome", "subject": "Hello {{ customer.name }}", "html": "<p>Hello</p>"}


def test_written_changed_restored(merchant):
    made = merchant.send("POST", "mail-templates/", {"code": "w", **BODY})
    assert (made.status_code, made.json()["version"], made["ETag"]) == (201, 1, '"1"')
    one = "mail-templates/w/"
    assert merchant.send("PATCH", one, {"subject": "Hi"}).status_code == 428
    changed = merchant.send("PATCH", one, {"subject": "Hi"}, **{"If-Match": '"1"'})
    assert changed.json()["subject"] == "Hi"
    assert merchant.send("PUT", one, BODY, **{"If-Match": '"1"'}).status_code == 412
    back = merchant.send("POST", f"{one}versions/1/restore/", **{"If-Match": '"2"'})
    assert (back.json()["subject"], back.json()["version"]) == (BODY["subject"], 3)
    versions = merchant.send("GET", f"{one}versions/").json()["results"]
    assert [one["number"] for one in versions] == [1, 2, 3]
    assert merchant.send("DELETE", one, **{"If-Match": '"3"'}).status_code == 204


@pytest.mark.parametrize(
    ("html", "code", "line"),
    [
        ("a\n{% if %}", "syntax", 2),
        ("{{ customer.password }}", "unknown_variable", 1),
        ("\n\n{% load static %}", "not_allowed", 3),
        ("{{ customer.name|safe }}", "not_allowed", 1),
        ("{% for one in recommendations %}{{ one.cost }}{% endfor %}", "unknown_variable", 1),
    ],
)
def test_what_is_refused_says_where(merchant, html, code, line):
    answer = merchant.send("POST", "mail-templates/", {"code": "w", **BODY, "html": html})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == ("html", code)
    assert str(line) in error["message"]
    assert not MailTemplate.objects.exists()


def test_one_that_never_renders_is_refused(merchant):
    body = {"code": "w", **BODY, "html": "<div>" * 3000}
    answer = merchant.send("POST", "mail-templates/", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_long")


def test_one_in_use_is_not_deleted(merchant, make_campaign):
    make_campaign("spring")
    answer = merchant.send("DELETE", "mail-templates/of-spring/", **{"If-Match": "*"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "in_use"
    assert answer.json()["used_by"] == ["spring"]


def test_a_preview_stores_nothing(merchant, make_template, make_subscriber, make_segment):
    make_template("w", html="<p>{{ customer.email }} {{ coupon.code }} {{ segment.name }}</p>")
    make_subscriber("1")
    Segment.objects.filter(pk=make_segment("vip").pk).update(name="VIP")
    answer = merchant.send(
        "POST", "mail-templates/w/preview/", {"customer": "1", "segment": "vip", "step": 1}
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert "1@shop.example SAMPLE VIP" in body["text"]
    assert body["size"] == len(body["html"].encode())
    assert set(body) == {"subject", "html", "text", "warnings", "size"}
    assert not Message.objects.exists()
    assert merchant.send("POST", "mail-templates/w/preview/", {"customer": "9"}).status_code == 404


def test_a_preview_for_somebody_needs_the_right_to_see_them(
    client_with, make_template, make_subscriber
):
    make_template("w")
    make_subscriber("1")
    looker = client_with("campaigns.view_mailtemplate")
    assert looker.send("POST", "mail-templates/w/preview/", {}).status_code == 200
    refused = looker.send("POST", "mail-templates/w/preview/", {"customer": "1"})
    assert refused.status_code == 403


def test_test_mail(merchant, make_template, sender, mail):
    make_template("w")
    to = ["a@shop.example", "b@shop.example"]
    answer = merchant.send("POST", "mail-templates/w/test/", {"to": to})
    assert answer.status_code == 200, answer.content
    assert [one["state"] for one in answer.json()["sent"]] == ["sent", "sent"]
    assert [one["To"] for one in mail] == to
    assert all(one["Subject"].startswith("[Test] ") for one in mail)
    assert {one.kind for one in Message.objects.all()} == {"test"}
    assert AuditEntry.objects.filter(action="tested").count() == 1


def test_a_test_in_the_browser(merchant, make_template, sender, mail, client):
    make_template("w", html="<p>Hello</p><a href='{{ view_url }}'>In the browser</a>")
    merchant.send("POST", "mail-templates/w/test/", {"to": ["a@shop.example"]})
    text = mail[0].get_body(("plain",)).get_content()
    link = re.search(r"https://mail\.shop\.example(/m/v/\w+/)", text)[1]
    assert b"Hello" in client.get(link).content


def test_test_of_a_campaign_in_the_browser_names_campaign_and_segment(
    merchant, make_template, make_segment, make_campaign, sender, mail, client
):
    make_segment("Best customers", code="vip")
    html = "<p>{{ campaign.name }}, {{ segment.name }}</p><a href='{{ view_url }}'>Look</a>"
    make_template("w", html=html)
    campaign = make_campaign("spring", template="w", segments=["vip"])
    send_test(campaign.template, ["a@shop.example"], now(), campaign=campaign, author=None)
    text = mail[0].get_body(("plain",)).get_content()
    link, parameter = re.search(
        r"https://mail\.shop\.example(/m/v/\w+/)(\?[\w=%-]+)", text
    ).groups()
    assert f"{campaign.name}, Best customers" in client.get(link + parameter).content.decode()
    forged = parameter.replace(f"={campaign.pk}", f"={campaign.pk + 1}")
    assert forged != parameter
    assert campaign.name not in client.get(link + forged).content.decode()


def test_ten_test_mails_an_hour(merchant, make_template, sender, mail):
    make_template("w")
    five = {"to": [f"{n}@shop.example" for n in range(5)]}
    answers = [merchant.send("POST", "mail-templates/w/test/", five).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert len(mail) == 10


@pytest.mark.parametrize(
    "to", [[], ["a@b.de"] * 6, ["a@b.de, c@d.de"], ["a@b.de\r\nBcc: c@d.de"], ["nobody"]]
)
def test_where_test_mail_may_not_go(merchant, make_template, sender, mail, to):
    make_template("w")
    assert merchant.send("POST", "mail-templates/w/test/", {"to": to}).status_code == 400
    assert not mail


def test_test_mail_needs_a_sender(merchant, make_template):
    make_template("w")
    answer = merchant.send("POST", "mail-templates/w/test/", {"to": ["a@shop.example"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "sender_missing")
