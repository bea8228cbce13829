"""The menu: who sees which of its pages, in which order, and to which of them a page belongs."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import resolve, reverse
from django.utils.translation import override

from core.admin.menu import ENTRIES, MENU, cards_of, current_of, mark_open_entry, sections_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss")


def asked(rf, user: User, address: str = "/admin/"):
    request = rf.get(address)
    # A user as the next request loads it: Django keeps permissions with the object.
    request.user = User.objects.get(pk=user.pk)
    request.resolver_match = resolve(address)
    return request


def menu(rf, user: User) -> dict[str, list[str]]:
    sections = admin.site.each_context(asked(rf, user))["menu"]
    return {section.entry.name: [one.label for one in section.links] for section in sections}


def test_each_person_has_the_menu_of_their_permissions_in_their_language(rf, boss):
    seer = User.objects.create_user("seer")
    assert list(menu(rf, boss)) == [entry.name for entry in ENTRIES]
    assert menu(rf, seer) == {"home": []}

    seer.user_permissions.add(Permission.objects.get(codename="view_order"))

    assert menu(rf, seer) == {"home": [], "customers": ["Orders"]}
    with override("de"):
        assert menu(rf, seer) == {"home": [], "customers": ["Bestellungen"]}
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert menu(rf, boss) == {"home": []}


def test_an_entry_leads_to_the_first_page_that_one_may_see(rf):
    seer = User.objects.create_user("seer")
    seer.user_permissions.add(Permission.objects.get(codename="view_coupon"))
    offers = sections_of(admin.site, asked(rf, seer))[-1]
    assert (offers.entry.name, offers.url) == ("offers", "/admin/price_rules/coupon/")


def test_every_list_of_the_admin_has_one_place(rf, boss):
    """A page of an app that declares none would be found by nobody."""
    sections = sections_of(admin.site, asked(rf, boss))
    found = [one.url for section in sections for one in section.links]
    assert len(found) == len(set(found))
    lists = {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }
    # The former address of four pages, which redirects.
    lists.remove(reverse("admin:predictions_analyticstable_changelist"))
    assert lists <= set(found)
    assert all(card.name for card, _links in cards_of(sections))
    # The lists of segments, of exports by the clock and the like stand in the order of the design.
    assert [one.label for one in sections[1].links[:3]] == ["All segments", "Templates", "Compare"]


def test_insights_has_the_pages_of_the_design_and_models_has_tabs(client, boss):
    client.force_login(boss)
    page = client.get("/admin/predictions/driftreading/")
    (insights,) = [one for one in page.context["menu"] if one.is_current]
    assert [one.label for one in insights.column] == [
        *("Value", "Churn", "RFM", "Cohorts", "Journey", "Attribution", "Segment reports"),
        *("Plans", "Alerts", "Models"),
    ]
    assert [one.label for one in insights.column if one.is_current] == ["Models"]
    tabs = [(one.label, one.is_current) for one in page.context["page_tabs"]]
    assert tabs == [("Models", False), ("Changes in the data", True), ("Monitoring", False)]
    assert not client.get("/admin/predictions/analyticstable/rfm/").context["page_tabs"]


def test_storefront_has_the_four_pages_of_the_design(rf, boss):
    (storefront,) = (
        one for one in sections_of(admin.site, asked(rf, boss)) if one.entry.name == "storefront"
    )
    assert [one.label for one in storefront.column] == [
        *("Experiences", "Experiments", "Recommendations", "What it earns"),
    ]


def test_pages_with_tabs_load_the_style_of_tabs(client, rf, boss):
    client.force_login(boss)
    for section in sections_of(admin.site, asked(rf, boss)):
        names = {link.page.tab_of for link in section.links if link.page.tab_of}
        for link in section.links:
            if names & {link.page.name, link.page.tab_of}:
                assert "segments/admin.css" in client.get(link.url).content.decode(), link.url


def test_the_pages_of_other_entries_unfold_in_the_menu(client, boss):
    client.force_login(boss)
    html = client.get("/admin/").content.decode()
    unfolds = html.split("Pages under Segments")[1].split("</details>")[0]
    assert 'href="/admin/segments/exportaudit/"' in unfolds
    # Settings has cards instead, and Home no pages.
    assert "Pages under Settings" not in html and "Pages under Home" not in html


def test_what_no_page_names_is_a_card_of_its_app(rf, boss, monkeypatch):
    monkeypatch.delitem(MENU._found, "price_rules.coupons")
    cards = cards_of(sections_of(admin.site, asked(rf, boss)))
    card, links = cards[-1]
    assert [(str(card.label), one.label) for one in links] == [("Price rules", "Coupons")]


@pytest.mark.parametrize(
    ("address", "entry", "page"),
    [
        ("index", "home", None),
        ("settings", "settings", None),
        ("segments_segment_changelist", "segments", "segments.all"),
        ("segments_segment_history", "segments", "segments.all"),
        ("segments_segment_templates", "segments", "segments.templates"),
        ("segments_segment_report", "insights", "segments.reports"),
        ("predictions_analyticstable_journey", "insights", "predictions.journey"),
        ("campaigns_mailtemplate_preview", "campaigns", "campaigns.templates"),
        ("campaigns_mailsender_change", "settings", "campaigns.senders"),
        # Its model's name begins like another's.
        ("customers_customergroup_change", "settings", "customers.groups"),
        ("password_change", None, None),
    ],
)
def test_a_page_belongs_to_the_list_of_what_it_is_about(rf, boss, address, entry, page):
    sections = mark_open_entry(sections_of(admin.site, asked(rf, boss)), address)
    assert [one.entry.name for one in sections if one.is_current] == ([entry] if entry else [])
    current = current_of(sections)
    assert (current.page.name if current else None) == page


def test_above_a_page_stands_its_name_or_the_way_back(client, rf, boss, make_segment):
    segment = make_segment("Buyers")
    client.force_login(boss)
    found = client.get("/admin/segments/segment/").content.decode()
    assert "<h1>Segments</h1>" in found and "breadcrumbs" not in found

    history = reverse("admin:segments_segment_history", args=[segment.pk])
    found = client.get(history).content.decode()
    row = f'<a href="{segment_url(segment)}">Buyers</a>'
    assert f'<a href="/admin/segments/segment/">Segments</a> › {row} › History' in found
    found = client.get(segment_url(segment)).content.decode()
    assert '<a href="/admin/segments/segment/">Segments</a> › Buyers</div>' in found


def segment_url(segment) -> str:
    return reverse("admin:segments_segment_change", args=[segment.pk])


def test_the_settings_show_what_one_may_see(client):
    seer = User.objects.create_user("seer", is_staff=True)
    client.force_login(seer)
    assert "You may see none of the settings." in client.get("/admin/settings/").content.decode()
    seer.user_permissions.add(Permission.objects.get(codename="view_store"))
    found = client.get("/admin/settings/").content.decode()
    assert "/admin/customers/store/" in found
    assert "/admin/customers/website/" not in found


def test_the_first_page_is_the_admin(client):
    assert client.get("/").url == "/admin/"


def test_every_page_forbids_what_is_not_the_sites_own(client):
    response = client.get("/admin/login/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
