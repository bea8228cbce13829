"""`content.<placement>`: what personalization chooses stands in the mail; noted once it is sent."""

import re

import pytest
from django.apps import apps

from campaigns.audience.freezing import freeze
from campaigns.content.contents import content_of
from campaigns.content.links import token_of
from campaigns.content.placements import placed_for
from campaigns.delivery.test_mail import preview_content
from campaigns.models import MailTemplate, Message
from campaigns.sending import send_due
from campaigns.templates.content import Content
from campaigns.templates.rendering import placements_in
from campaigns.tests.conftest import AT
from campaigns.transports.outcome import Outcome
from customers.models import Website
from personalization.models import ContentItem, Exposure, ExposureCount
from tests.factories.experiences import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nobody_held_out")]

HTML = "<p>{{ content.mail_hero.text }}</p><p>{{ postal_address }}</p>"


@pytest.fixture
def vip(make_placement, make_variant, make_segment):
    """A placement for mail, with another content for the members of `vip`."""
    segment = make_segment(code="vip")
    placement = make_placement("mail-hero", "email", default=text("For everybody"))
    make_variant(
        placement,
        "for-vips",
        text("For you, {first_name|friend}"),
        audience={"operator": "is", "segments": ["vip"]},
    )
    return segment


@pytest.fixture
def on_its_way(make_template, make_campaign, make_subscriber, vip, join):
    """A campaign to a member of `vip` and to somebody else."""
    join(vip, make_subscriber("member", first_name="Ada"))
    make_subscriber("other")
    make_template("hero", html=HTML)
    return freeze(make_campaign(template="hero"), AT).campaign


def bodies(mail):
    return {one["To"]: one.get_body(("plain",)).get_content() for one in mail}


def test_each_gets_what_is_chosen_for_them(on_its_way, mail):
    send_due(as_of=AT)
    found = bodies(mail)
    assert "For you, Ada" in found["member@shop.example"]
    assert "For everybody" in found["other@shop.example"]


def test_what_was_shown_is_noted_once_it_is_sent(on_its_way, server, say):
    for message in Message.objects.all():
        say(message.customer, "tracking", "granted")
    server.moods[:] = [Outcome.PASSING]
    send_due(as_of=AT)
    assert not Exposure.objects.exists()
    server.moods[:] = [Outcome.SENT]
    Message.objects.update(due_at=AT)
    send_due(as_of=AT)
    shown = Exposure.objects.order_by("variant").values_list(
        "customer__external_id", "element", "variant", "page_type"
    )
    assert list(shown) == [
        ("other", "mail-hero", "", "email"),
        ("member", "mail-hero", "for-vips", "email"),
    ]


def test_who_is_not_tracked_is_only_counted(on_its_way, mail, say):
    say(Message.objects.get(customer__external_id="other").customer, "tracking", "granted")
    send_due(as_of=AT)
    assert list(Exposure.objects.values_list("customer__external_id", flat=True)) == ["other"]
    assert list(ExposureCount.objects.values_list("variant", "shown")) == [("for-vips", 1)]


def test_who_refuses_personalization_gets_the_default(on_its_way, mail, say):
    member = Message.objects.get(customer__external_id="member").customer
    say(member, "personalization", "refused")
    send_due(as_of=AT)
    assert "For everybody" in bodies(mail)["member@shop.example"]


def test_the_hold_out_gets_the_default(on_its_way, mail, settings):
    settings.HOLDOUT_BASIS_POINTS = 10_000
    send_due(as_of=AT)
    assert "For everybody" in bodies(mail)["member@shop.example"]


def test_the_mail_in_the_browser_notes_nothing(on_its_way, mail, client):
    send_due(as_of=AT)
    before = Exposure.objects.count()
    message = Message.objects.get(customer__external_id="member")
    page = client.get(f"/m/v/{token_of(message.message_id)}/")
    assert "For you, Ada" in page.content.decode()
    assert Exposure.objects.count() == before


def test_a_preview_shows_a_customers_and_notes_nothing(
    vip, join, make_subscriber, make_template, merchant, client_with
):
    join(vip, make_subscriber("member", first_name="Ada"))
    make_template("hero", html=HTML)
    answer = merchant.send("POST", "mail-templates/hero/preview/", {})
    assert answer.status_code == 200, answer.content
    assert "For everybody" in answer.json()["html"]
    merchant = client_with("campaigns.view_mailtemplate", "customers.view_personal_data")
    answer = merchant.send("POST", "mail-templates/hero/preview/", {"customer": "member"})
    assert "For you, Ada" in answer.json()["html"]
    assert answer.json()["warnings"] == []
    assert not Exposure.objects.exists()


@pytest.mark.parametrize(
    ("values", "warned"),
    [
        ({}, False),
        ({"page_type": "home"}, True),
        ({"is_active": False}, True),
        ({"website": "other"}, True),
    ],
)
@pytest.mark.once
def test_the_author_is_warned_of_a_placement_that_is_not_there(
    make_placement, make_template, values, warned
):
    Website.objects.create(code="other", name="Other")
    default = text("These words")
    make_placement("mail-hero", default=default, **{"page_type": "email"} | values)
    template = make_template("hero", html=HTML)
    found = preview_content(content_of(template))
    assert ("These words" in found.html) is not warned
    assert any("content.mail_hero" in one for one in found.warnings) is warned


def test_a_code_as_it_is_goes_before_one_that_looks_alike(make_placement, make_template):
    make_placement("mail-hero", "email", default=text("With a hyphen"))
    make_placement("mail_hero", "email", default=text("As it is"))
    template = make_template("hero", html=HTML)
    assert "As it is" in preview_content(content_of(template)).html


def test_without_personalization_it_is_empty_and_that_is_said(make_template, monkeypatch):
    template = make_template("hero", html=HTML)
    installed = apps.is_installed
    monkeypatch.setattr(
        apps, "is_installed", lambda name: name != "personalization" and installed(name)
    )
    found = preview_content(content_of(template))
    assert any("content.mail_hero" in one and "personalization" in one for one in found.warnings)


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("Our content. Is here", set()),
        ("{{ content.a }}{{ content.b.title|default:content.c.text }}", {"a", "b", "c"}),
        ("{% with all=content %}{% if all.a.items %}x{% endif %}{% endwith %}", {"a"}),
        ("{% for one in content.a.items %}{{ one.title }}{% endfor %}", {"a"}),
        ("{% for content in recommendations %}{{ content.name }}{% endfor %}", set()),
        ("{% comment %}{{ content.a }}{% endcomment %}", set()),
    ],
)
@pytest.mark.once
def test_only_what_a_template_names_is_chosen(html, names):
    assert placements_in(Content(subject="", html=html)) == names


def test_content_is_escaped(make_placement, make_template):
    make_placement("mail-hero", "email", default=text("<b>5 < 6</b> & more"))
    template = MailTemplate.objects.get(pk=make_template("hero", html=HTML).pk)
    found = preview_content(content_of(template))
    assert "&lt;b&gt;5 &lt; 6&lt;/b&gt; &amp; more" in found.html


def test_prices_of_a_placements_products_are_said_as_people_say_them(
    make_placement, make_template, monkeypatch
):
    items = [{"name": "Shoe", "price": "20.9500"}, {"name": "Hat", "price": None}]
    monkeypatch.setattr(
        "personalization.experiences.content.rendering.lists_of",
        lambda *asked, **how: [{"type": "popular", "items": items}],
    )
    shows = {"type": "product_recommendations", "types": "popular:2"}
    make_placement("mail-hero", "email", default=shows)
    html = (
        "{% for list in content.mail_hero.lists %}{% for one in list.items %}"
        "<p>{{ one.name }}: {{ one.price }}</p>{% endfor %}{% endfor %}"
    )
    found = preview_content(content_of(make_template("hero", html=html)))
    assert found.text.startswith("Shoe: €20.95\n\nHat:")


@pytest.mark.parametrize(
    ("origins", "websites", "is_known"),
    [
        (["https://shop.example"], 1, True),
        (["https://shop.example/", "https://shop.example"], 1, True),
        ([], 1, False),
        (["https://shop.example", "https://shop.test"], 1, False),
        (["https://shop.example"], 2, False),
        (["null"], 1, False),
    ],
)
@pytest.mark.once
def test_a_path_leads_to_the_one_storefront_of_the_shop(
    make_placement, make_template, settings, origins, websites, is_known
):
    settings.TRACK_ALLOWED_ORIGINS = origins
    for number in range(1, websites):
        Website.objects.create(code=f"w{number}", name="Other")
    make_placement(
        "mail-hero", "email", default={"type": "hero_banner", "title": "A", "link": "/s"}
    )
    html = '<a href="{{ content.mail_hero.link }}">{{ content.mail_hero.title }}</a>'
    found = preview_content(content_of(make_template("hero", html=html)))
    assert ('href="https://shop.example/s"' in found.html) is is_known
    assert any("“/s” (content.mail_hero.link)" in one for one in found.warnings) is not is_known


@pytest.mark.parametrize("link", ["@evil.example/x", ".evil.example", "sale", "/sale", "?page=2"])
@pytest.mark.once
def test_a_link_stays_with_the_shop_whose_address_stands_before_it(
    make_placement, make_template, link
):
    make_placement(
        "mail-hero", "email", default={"type": "hero_banner", "title": "A", "link": link}
    )
    html = '<a href="https://shop.example{{ content.mail_hero.link }}">A</a>'
    found = preview_content(content_of(make_template("hero", html=html)))
    (address,) = re.findall(r'href="(https://shop.example[^"]*)"', found.html)
    assert address == f"https://shop.example/{link.removeprefix('/')}"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("x.evil.example://y", "/x.evil.example://y"),
        (".evil.example/a.png", "/.evil.example/a.png"),
        ("mailto:x@evil.example", "/mailto:x@evil.example"),
        ("http://[", "http://["),
        ("HTTPS://blog.example/a", "HTTPS://blog.example/a"),
        ("/sale", "/sale"),
        (" https://blog.example/a", " https://blog.example/a"),
        ("\t@evil.example", "/\t@evil.example"),
    ],
)
@pytest.mark.once
def test_links_and_images_of_pieces_of_content_stay_with_the_shop_too(
    make_placement, given, written
):
    """Their bodies are given out as they are: nothing has looked at them."""
    body = {"link": given, "image": given}
    ContentItem.objects.create(code="film", type="video", published_at=AT, body=body)
    make_placement("mail-hero", "email", default={"type": "content_blocks", "blocks": {"video": 1}})
    shown = placed_for({"mail_hero"}, None, None, AT).values["mail_hero"]
    assert shown["items"][0]["body"] == {"link": written, "image": written}
