"""The brand of a sender: the same in previews, test mail and mail that is sent; nothing without."""

import pytest

from campaigns.audience.freezing import freeze
from campaigns.content.brand import BLACK, MAIN_COLOR, WHITE, contrast_of, readable_on
from campaigns.content.contents import content_of
from campaigns.delivery.test_mail import preview_content, send_test
from campaigns.designs.catalogue import DESIGNS
from campaigns.editing.senders import SENDERS
from campaigns.models import MailSender
from campaigns.sending import send_due
from campaigns.tests.conftest import AT
from core.problems import Invalid
from customers.models import Store

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LOGO = "https://shop.example/logo.png"
BRAND = {"logo_url": LOGO, "main_color": "#FFDD00"}


def html_of(message) -> str:
    return str(message.get_body(("html",)).get_content())


def branded(html: str) -> bool:
    """Return whether a mail shows the whole brand; raises AssertionError for a part of it."""
    parts = (f'src="{LOGO}"', 'alt="Shop"', "background: #FFDD00", "color: #000000")
    found = {one in html for one in parts}
    assert len(found) == 1, html
    return found == {True}


def test_preview_test_and_sent_mail_show_the_same_brand(
    sender, mail, make_template, make_campaign, make_subscriber
):
    design = DESIGNS["news"]
    template = make_template("branded", subject=str(design.subject), html=design.html())
    SENDERS.change(sender, BRAND, author=None)
    assert branded(preview_content(content_of(template)).html)

    send_test(template, ["me@shop.example"], AT, author=None)
    make_subscriber("1")
    freeze(make_campaign(template="branded"), AT)
    send_due(as_of=AT)

    assert [one["To"] for one in mail] == ["me@shop.example", "1@shop.example"]
    assert [branded(html_of(one)) for one in mail] == [True, True]


def test_preview_shows_the_brand_that_sends_test_mail(sender, make_template):
    SENDERS.change(sender, BRAND, author=None)
    later = Store.objects.create(code="later", name="Later", website=sender.store.website)
    MailSender.objects.filter(pk=sender.pk).update(store=later)
    template = make_template("branded", html=DESIGNS["news"].html())
    assert branded(preview_content(content_of(template)).html)


def test_designs_without_a_brand_look_as_before_there_were_brands(sender, make_template):
    html = preview_content(content_of(make_template("plain", html=DESIGNS["news"].html()))).html
    assert "background: #4350d6" in html and "color: #ffffff" in html and "<img" not in html


def test_mail_goes_out_after_the_logo_is_removed(
    sender, mail, make_template, make_campaign, make_subscriber
):
    make_template("logo", html='<p>Hello</p><img src="{{ brand.logo_url }}" alt="Shop">')
    make_subscriber("1")
    freeze(make_campaign(template="logo"), AT)
    assert send_due(as_of=AT).sent == 1


@pytest.mark.parametrize(
    ("color", "other", "ratio"),
    # By the contrast checker of the W3C's working group (WCAG 2.2).
    [
        (WHITE, BLACK, 21),
        ("#777777", WHITE, 4.48),
        (MAIN_COLOR, WHITE, 6.26),
        ("#ff0000", WHITE, 4),
    ],
)
def test_contrast_is_that_of_wcag(color, other, ratio):
    assert contrast_of(color, other) == contrast_of(other, color) == pytest.approx(ratio, abs=0.01)


def test_text_of_buttons_is_white_where_that_can_be_read():
    assert [readable_on(one) for one in (MAIN_COLOR, "#757575", "#777777", "#ffdd00")] == [
        *(WHITE, WHITE, BLACK, BLACK),
    ]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"logo_url": "http://shop.example/logo.png"}, "logo_url", "invalid"),
        ({"logo_url": "javascript:alert(1)"}, "logo_url", "invalid"),
        ({"main_color": "red"}, "main_color", "invalid"),
        ({"main_color": "#fff;}a"}, "main_color", "invalid"),
        ({"button_text_color": "#12345"}, "button_text_color", "invalid"),
        # Against the main colour that is used where none is chosen.
        ({"button_text_color": "#000000"}, "button_text_color", "contrast"),
        ({"main_color": "#777777", "button_text_color": WHITE}, "button_text_color", "contrast"),
    ],
)
def test_brand_that_cannot_be_shown_is_refused(sender, values, field, code):
    with pytest.raises(Invalid) as refused:
        SENDERS.change(sender, values, author=None)
    assert [(one.field, one.code) for one in refused.value.problems] == [(field, code)]


def test_a_contrast_that_is_too_low_is_not_rounded_up_to_enough(sender):
    with pytest.raises(Invalid, match="is 4.4, and at least 4.5"):
        values = {"main_color": "#777777", "button_text_color": WHITE}
        SENDERS.change(sender, values, author=None)


def test_mails_that_change_with_the_brand_are_named(sender, make_template):
    make_template("old", html="<p>Our brand.</p>")
    make_template("new", html=DESIGNS["news"].html())
    saved = SENDERS.change(sender, {"logo_url": "https://shop.example/LOGO.SVG"}, author=None)
    assert [one.code for one in saved.warnings] == ["svg", "brand_shown"]
    assert "1 mail template shows the brand" in saved.warnings[1].message
    # Nothing looks different.
    again = SENDERS.change(saved.row, {"from_name": "Town shop"}, author=None)
    assert [one.code for one in again.warnings] == ["svg"]


def test_callers_who_do_not_know_the_brand_leave_it(sender, merchant):
    SENDERS.change(sender, BRAND, author=None)
    body = {"from_email": "news@shop.example", "postal_address": "Town"}
    answer = merchant.send("PUT", "mail-senders/default/", body, if_match="*")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in BRAND} == BRAND
