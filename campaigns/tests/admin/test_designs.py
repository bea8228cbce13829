"""Mails to begin with, and the way from a segment through a new mail to its campaign."""

import html
import re
from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils.translation import override

from campaigns.content.contents import faults_of
from campaigns.designs.catalogue import DESIGNS, WHAT_IS_NEW, WHY_VISIT
from campaigns.models import Campaign, MailTemplate
from campaigns.templates.content import Content, examine
from campaigns.tests.admin.test_campaigns import boss

__all__ = ["boss"]
ADD = reverse("admin:campaigns_mailtemplate_add")
CAMPAIGN = reverse("admin:campaigns_campaign_add")


def content_of(design):
    return Content(subject=str(design.subject), preheader=str(design.preheader), html=design.html())


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("code", DESIGNS)
def test_a_design_is_right_but_for_its_address(code, language):
    """A translation could break a name, or leave it empty for some recipients."""
    with override(language):
        content = content_of(DESIGNS[code])
        found = examine(content)
        assert found.problems == []
        assert {one.kind for one in found.doubts} == {"no_address"}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("code", ["news", "win-back"])
def test_a_text_of_a_design_that_nobody_replaced_is_a_fault(code, language):
    """The author of the mail may read another language than its recipients."""
    with override(language):
        design = DESIGNS[code]
        mail = content_of(design)
        [asked] = [str(one.words) for one in design.blocks if one.words in (WHAT_IS_NEW, WHY_VISIT)]
    faults = [one for one in faults_of(mail) if asked in one]
    assert len(faults) == 1 and "write your own" in faults[0]
    written = replace(mail, html=mail.html.replace(asked, "Boots!"))
    assert [one for one in faults_of(written) if "write your own" in one] == []


@pytest.mark.parametrize(
    ("address", "is_doubted"),
    [
        ("", True),
        ("#", True),
        ("https://", True),
        (" http:// ", True),
        ("https://a.example", False),
        ("{{ view_url }}", False),
        ("#top", False),
        ("mailto:a@b.example", False),
    ],
)
def test_a_link_without_an_address_is_doubted(address, is_doubted):
    content = Content(subject="A", html=f"<p><a class='x' href=\"{address}\">Go on</a></p>")
    assert [one.written for one in examine(content).doubts] == ["Go on"] * is_doubted


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origins", "href"),
    [
        (["https://a.example/"], "https://a.example/"),
        (["https://a.example", "https://b.example"], "https://"),
    ],
)
def test_a_button_leads_to_the_only_storefront(boss, settings, origins, href):
    """Catches a mail whose button leads to the storefront of another website."""
    settings.TRACK_ALLOWED_ORIGINS = origins
    form = boss.get(f"{ADD}?design=news").context["adminform"].form
    assert f'<a class="button" href="{href}">' in form["html"].value()


@pytest.mark.django_db
def test_a_mail_for_a_segment_leads_back_to_its_campaign(boss, make_segment):
    segment = make_segment(code="vips", name="VIPs")
    begun = boss.get(f"{CAMPAIGN}?segments=vips")
    form = begun.context["adminform"].form
    assert form["name"].value().startswith("VIPs, ")
    assert form["stores"].value() == ["default"]
    link = f"{ADD}?for_segments=vips"
    assert link in begun.content.decode()
    assert "design=win-back&amp;for_segments=vips" in boss.get(link).content.decode()

    chosen = f"{ADD}?design=win-back&for_segments=vips"
    shown = boss.get(chosen).context["adminform"].form
    typed = {name: shown[name].value() or "" for name in shown.fields}
    written = boss.post(chosen, typed | {"_save": "Save"})

    template = MailTemplate.objects.get()
    assert template.html == DESIGNS["win-back"].html()
    assert written.url == f"{CAMPAIGN}?segments={segment.code}&template={template.code}"
    form = boss.get(written.url).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    boss.post(CAMPAIGN, {name: value for name, value in typed.items() if value} | {"_save": "Save"})
    campaign = Campaign.objects.get()
    assert (campaign.segments, campaign.stores) == (["vips"], ["default"])
    assert campaign.template == template


@pytest.mark.django_db
def test_mail_leads_to_a_campaign_with_it(boss, make_template):
    template = make_template("w")
    page = reverse("admin:campaigns_mailtemplate_change", args=[template.pk])
    link = f"{CAMPAIGN}?template=w"
    assert link in boss.get(page).content.decode()
    assert boss.get(link).context["adminform"].form["template"].value() == "w"


@pytest.mark.django_db
def test_first_mail_begins_in_the_empty_list_of_campaigns(boss, make_template):
    shown = boss.get(reverse("admin:campaigns_campaign_changelist")).content.decode()
    link = f"{ADD}?for_segments=&amp;design=news"
    assert link in shown
    body = {"name": "Mail", "subject": "Hello", "html": "<p>A</p>", "format": "html"}
    written = boss.post(html.unescape(link), body | {"_save": "Save"})
    assert written.url == f"{CAMPAIGN}?segments=&template=mail"
    assert boss.get(written.url).context["adminform"].form["template"].value() == "mail"


@pytest.mark.django_db
def test_before_any_mail_the_next_step_is_to_write_one(boss, make_template):
    """The form would ask to choose from nothing, and its button would be refused."""
    shown = boss.get(CAMPAIGN).content.decode()
    (link,) = re.findall(r'class="button default" href="([^"]+)"', shown)
    assert link == f"{ADD}?for_segments=&amp;design=news"
    assert 'name="template"' not in shown and 'name="_save"' not in shown
    make_template("w")
    shown = boss.get(CAMPAIGN).content.decode()
    assert 'name="template"' in shown and 'name="_save"' in shown


@pytest.mark.django_db
def test_stores_and_exclusions_are_folded_until_something_narrows_the_campaign(boss, make_segment):
    """Catches an exclusion that a merchant saves without seeing it."""
    make_segment("Gone", code="gone")

    def folded(response):
        (part,) = [one for one in response.context["adminform"] if "stores" in one.fields]
        return "collapse" in part.classes

    assert folded(boss.get(CAMPAIGN))
    assert not folded(boss.get(f"{CAMPAIGN}?exclude_segments=gone"))
    assert not folded(boss.get(f"{CAMPAIGN}?stores=default"))
    assert not folded(boss.post(CAMPAIGN, {"exclude_segments": "gone"}))


@pytest.mark.django_db
def test_what_is_typed_waits_for_the_mail(boss, make_segment):
    """Catches a campaign to one segment that has become one to everybody."""
    make_segment("vip")
    make_segment("gone")
    typed = {
        "name": "Spring, really",
        "segments": ["gone", "vip"],
        "stores": ["default"],
        "match": "all",
        "send_at": "2030-05-01T10:00",
    }
    refused = boss.post(CAMPAIGN, typed)
    assert "template" in refused.context["adminform"].form.errors
    link = re.search(r'href="([^"]+design=news)"', refused.content.decode())[1]
    waiting = f"{html.unescape(link)}&for_csrfmiddlewaretoken=x"
    assert "for_match=all" in html.unescape(link)
    body = {"name": "Mail", "subject": "Hello", "html": "<p>A</p>", "format": "html"}
    back = boss.post(waiting, body | {"_save": "Save"}).url
    assert "csrf" not in back
    form = boss.get(back).context["adminform"].form
    assert {name: form[name].value() for name in typed} == typed
    assert form["template"].value() == "mail"


@pytest.mark.django_db
def test_without_a_design_the_form_offers_them_until_something_is_typed(boss):
    assert "Begin with a design" in boss.get(ADD).content.decode()
    assert "Begin with a design" in boss.get(f"{ADD}?design=unknown").content.decode()
    assert "Begin with a design" not in boss.post(ADD, {"name": "A"}).content.decode()
