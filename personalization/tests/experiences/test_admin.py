"""Placements, variants and content in the admin: forms, preview, calendar."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from core.text.formats import day_shown
from personalization.models import (
    ContentItem,
    ExperienceVariant,
    Exposure,
    ExposureCount,
    Placement,
)
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
EMPTY = {"match": "all", "conditions": []}
ADAS = {
    "match": "all",
    "conditions": [{"attribute": "customer.first_name", "operator": "is", "value": "Ada"}],
}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def variant(place, **values):
    return {
        "placement": place.pk, "code": "a", "priority": "0", "is_active": "on",
        "audience_kind": "", "conditions": json.dumps(EMPTY),
        "content_type": "text", "content_text": "A", **values,
    }  # fmt: skip


ADD = "admin:personalization_experiencevariant_add"


def test_a_placement_is_made_and_changed(boss):
    body = {"code": "hero", "page_type": "home", "is_active": "on", "content_type": ""}
    assert boss.post(reverse("admin:personalization_placement_add"), body).status_code == 302
    row = Placement.objects.get()
    change = reverse("admin:personalization_placement_change", args=[row.pk])
    assert boss.get(change).status_code == 200
    wrong = body | {"content_type": "text", "opened_version": "1"}
    answer = boss.post(change, wrong)
    assert answer.context["adminform"].form.errors == {"content_text": ["This is needed here."]}
    right = body | {"content_type": "text", "content_text": "Hello", "opened_version": "1"}
    assert boss.post(change, right).status_code == 302
    row.refresh_from_db()
    assert (row.default_content, row.version) == (text("Hello"), 2)
    assert "Somebody else has changed it" in boss.post(change, right).content.decode()


def test_several_segments_are_not_meant_by_words_for_one(boss, make_segment, make_placement):
    make_segment("A", code="a")
    make_segment("B", code="b")
    place = make_placement()
    for kind, several in (
        ("is", "members of any of these segments"),
        ("is_not", "customers outside all these segments"),
    ):
        body = variant(place, audience_kind=kind, segment_codes=["a", "b"])
        errors = boss.post(reverse(ADD), body).context["adminform"].form.errors
        assert errors["audience_kind"][0].endswith(f"choose one below, or “{several}”.")
    assert not ExperienceVariant.objects.exists()


def test_a_variant_for_segments_and_for_conditions(boss, make_segment, make_placement):
    make_segment("VIP", code="vip")
    place = make_placement()
    body = variant(place, audience_kind="is_one_of", segment_codes=["vip"])
    assert boss.post(reverse(ADD), body).status_code == 302
    row = ExperienceVariant.objects.get()
    assert row.audience == {"operator": "is_one_of", "segments": ["vip"]}
    change = reverse("admin:personalization_experiencevariant_change", args=[row.pk])
    assert boss.get(change).status_code == 200
    body |= {"audience_kind": "conditions", "conditions": json.dumps(ADAS), "priority": "4"}
    assert boss.post(change, body | {"opened_version": "1"}).status_code == 302
    row.refresh_from_db()
    assert (row.audience["conditions"][0]["value"], row.priority) == ("Ada", 4)
    shown = boss.get(reverse("admin:personalization_experiencevariant_changelist"))
    assert "customers who fit conditions" in shown.content.decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"content_type": "", "content_text": ""}, "A variant shows something."),
        ({"content_type": "poem"}, "Select a valid choice."),
        ({"content_text": "Hello {name}"}, "“{name}” is no placeholder"),
        ({"content_title": "A title"}, "The chosen type has no such field"),
        ({"audience_kind": "is"}, "Choose at least one segment."),
        ({"audience_kind": "conditions", "conditions": "{"}, "This is not JSON"),
        ({"only_device": ["fridge"]}, "Select a valid choice. fridge"),
        ({"only_traffic_source_value": ["a" * 256]}, "A list of 1 to 50 texts is needed here."),
        ({"priority": "99999999999"}, "priority"),
    ],
)
def test_what_is_not_right_is_said_in_the_form(boss, make_placement, values, said):
    answer = boss.post(reverse(ADD), variant(make_placement(), **values))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ExperienceVariant.objects.exists()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("placement", {"code": "a", "page_type": "home", "content_type": ""}),
        ("experiencevariant", None),
        ("contentitem", {"code": "a", "type": "video", "published_at": "2026-04-10T12:00"}),
    ],
)
def test_a_code_that_is_taken_is_said_at_its_field(boss, make_placement, name, body):
    add = reverse(f"admin:personalization_{name}_add")
    place = make_placement()
    body = variant(place) if body is None else body
    assert boss.post(add, body).status_code == 302
    answer = boss.post(add, body)
    assert answer.context["adminform"].form.errors == {"code": ["This code is taken."]}
    if name == "experiencevariant":
        # Another placement may have a variant of the same code.
        assert boss.post(add, variant(make_placement("other"))).status_code == 302


def test_content_is_made_and_changed(boss):
    body = {"code": "gifts", "type": "video", "published_at": "2026-04-10T12:00", "months": ["12"]}
    body |= {"body_title": "A", "body_more_name": "colour", "body_more_value": "red"}
    assert boss.post(reverse("admin:personalization_contentitem_add"), body).status_code == 302
    row = ContentItem.objects.get()
    assert (row.months, row.body) == ([12], {"title": "A", "colour": "red"})
    change = reverse("admin:personalization_contentitem_change", args=[row.pk])
    assert boss.get(change).status_code == 200
    assert boss.post(change, body | {"months": []}).status_code == 302
    row.refresh_from_db()
    assert row.months == []


def test_the_preview_says_who_outranks_whom(
    boss, clock, make_segment, join, make_customer, make_placement, make_variant
):
    segment = make_segment("VIP", code="vip")
    join(segment, make_customer("C1"))
    place = make_placement()
    make_variant(place, "vip", audience={"operator": "is", "segments": ["vip"]})
    make_variant(place, "all", priority=1)
    address = reverse("admin:personalization_placement_preview")
    assert boss.get(address).status_code == 200
    shown = boss.get(address, {"page_type": "home", "customer": "C1"}).content.decode()
    assert "Is a member of VIP." in shown
    assert "“vip” comes before it." in shown
    shown = boss.get(address, {"page_type": "home", "customer": "nobody"}).content.decode()
    assert "There is no customer “nobody”." in shown
    assert not Exposure.objects.exists()


@pytest.mark.both
def test_preview_of_a_place_with_a_nul_opens(boss):
    address = reverse("admin:personalization_placement_preview")
    assert boss.get(address, {"page_type": "home", "place": "a\0"}).status_code == 200


def test_the_preview_shows_content_in_words(
    boss, clock, make_customer, make_placement, make_variant, make_product, recommender
):
    product = make_product("a")
    product.name = "Tea <b>"
    product.save()
    recommender.found["trending"] = [("a", 3)]
    links = [{"label": "Sale & more", "link": "/sale"}]
    make_variant(
        make_placement("one"), "r", {"type": "product_recommendations", "types": "trending:2"}
    )
    make_variant(make_placement("two"), "n", {"type": "navigation_items", "items": links})
    make_placement("three", default=text("1 < 2\nthree"))
    ContentItem.objects.create(
        code="film", type="video", published_at=clock.at, body={"title": "How <i>"}
    )
    blocks = {"type": "content_blocks", "blocks": {"video": 2, "blog_article": 1}}
    make_placement("four", default=blocks)
    make_placement("five", default={})
    page = boss.get(reverse("admin:personalization_placement_preview"), {"page_type": "home"})
    shown = {one.element: content for one, content in page.context["shown"]}
    assert shown["one"].lists == [("Trending", ["Tea <b> (a), €10.00"])]
    assert shown["two"].lists == [("Entries", ["Sale & more → /sale"])]
    assert shown["three"].fields == [("Text", "1 < 2\nthree")]
    assert shown["four"].lists == [("Articles", []), ("Videos", ["How <i>"])]
    assert shown["five"].kind == ""
    text_of_page = page.content.decode()
    assert "1 &lt; 2<br>three" in text_of_page
    assert "How &lt;i&gt;" in text_of_page


def test_the_calendar_has_the_weeks_of_each_variant(boss, clock, make_placement, make_variant):
    place = make_placement()
    make_variant(place, "always")
    week = timedelta(days=7)
    make_variant(place, "soon", starts_at=clock.at + week, ends_at=clock.at + 2 * week)
    make_variant(place, "off", is_active=False)
    answer = boss.get(reverse("admin:personalization_placement_calendar"))
    found = {
        variant.code: [cell.is_on for cell in cells]
        for variant, _audience, cells in answer.context["rows"]
    }
    assert found["always"] == [True] * 8
    assert found["soon"] == [False, True, True] + [False] * 5
    assert "off" not in found


def listed(boss, place):
    page = boss.get(reverse("admin:personalization_placement_change", args=[place.pk]))
    return [
        (one.row.code, one.audience, one.state, one.is_live) for one in page.context["variants"]
    ]


def test_place_lists_its_variants_in_their_order(
    boss, clock, make_segment, make_placement, make_variant
):
    make_segment("Very important", code="vip")
    place = make_placement()
    day = timedelta(days=1)
    make_variant(place, "all", priority=2, is_active=False)
    make_variant(
        place, "vip", audience={"operator": "is", "segments": ["vip"]}, starts_at=clock.at + day
    )
    make_variant(place, "past", priority=1, ends_at=clock.at - day, context={"device": ["mobile"]})
    soon, gone = (day_shown((clock.at + step).date()) for step in (day, -day))
    assert listed(boss, place) == [
        ("vip", "members of Very important", f"from {soon}", False),
        ("past", "everybody, only on certain visits", f"over since {gone}", False),
        ("all", "everybody", "off", False),
    ]


def test_place_says_when_it_was_last_asked_for(boss, clock, make_placement, make_customer):
    place = make_placement()
    change = reverse("admin:personalization_placement_change", args=[place.pk])
    assert "has not asked for this place yet" in boss.get(change).content.decode()
    Exposure.objects.create(
        served_id="1", element="hero", customer=make_customer("C1"), at=clock.at, why="default"
    )
    assert "asked for this place last on" in boss.get(change).content.decode()
    day = clock.at.date() + timedelta(days=1)
    ExposureCount.objects.create(element="hero", day=day, shown=1)
    assert f"last on {day_shown(day)}" in boss.get(change).content.decode()


def test_place_shows_variants_and_segment_names_by_permission(
    client_with, make_segment, make_placement, make_variant
):
    make_segment("Very important", code="vip")
    place = make_placement()
    audience = {"operator": "is", "segments": ["vip"]}
    row = make_variant(place, "secret", text("SECRET"), audience=audience)
    page = reverse("admin:personalization_placement_change", args=[place.pk])
    client = client_with("personalization.view_placement")
    User.objects.update(is_staff=True)
    shown = client.get(page).content.decode()
    assert "SECRET" not in shown and "secret" not in shown and "Very important" not in shown
    rights = Permission.objects.filter(codename="view_experiencevariant")
    client.user.user_permissions.add(*rights)
    shown = client.get(page).content.decode()
    assert "SECRET" in shown and "Very important" not in shown
    variants = "admin:personalization_experiencevariant"
    for address in (
        reverse(f"{variants}_changelist"),
        reverse(f"{variants}_change", args=[row.pk]),
    ):
        shown = client.get(address).content.decode()
        assert "members of vip" in shown and "Very important" not in shown


def test_variant_moves_in_the_order(boss, make_placement, make_variant):
    place = make_placement()
    rows = {code: make_variant(place, code) for code in "abc"}
    move = reverse("admin:personalization_placement_move", args=[place.pk])

    def order():
        return "".join(one[0] for one in listed(boss, place))

    for code, step, wanted in (("c", "-1", "acb"), ("a", "1", "cab"), ("c", "-1", "cab")):
        assert boss.post(move, {"variant": rows[code].pk, "step": step}).status_code == 302
        assert order() == wanted
    assert boss.post(move, {"variant": rows["a"].pk, "step": "2"}).status_code == 404
    assert boss.post(move, {"variant": "9" * 5_000, "step": "1"}).status_code == 404
    assert boss.get(move).status_code == 403


def test_unused_settings_of_a_variant_are_folded(boss, make_placement, make_variant, clock):
    place = make_placement("hero")
    used = make_variant(place, "a", starts_at=clock.at)
    new = f"{reverse(ADD)}?placement={place.pk}"
    changed = reverse("admin:personalization_experiencevariant_change", args=[used.pk])
    for page, are_dates_folded in ((new, True), (changed, False)):
        html = boss.get(page).content.decode()
        folded = " ".join(re.findall(r"<summary>(.*?)</summary>", html, re.DOTALL))
        assert ("When" in folded) is are_dates_folded
        assert "Order among the variants" in folded


def test_saved_variant_leads_to_its_place(boss, make_placement):
    place = make_placement()
    answer = boss.post(reverse(ADD), variant(place))
    assert answer.url == reverse("admin:personalization_placement_change", args=[place.pk])


def test_who_only_looks_changes_nothing(client_with, make_placement, make_variant):
    names = ("placement", "experiencevariant", "contentitem")
    client = client_with(*(f"personalization.view_{name}" for name in names))
    client.user.is_staff = True
    client.user.save()
    row = make_variant(make_placement(), "a")
    for name, pk in (("placement", row.placement_id), ("experiencevariant", row.pk)):
        assert client.get(reverse(f"admin:personalization_{name}_changelist")).status_code == 200
        assert (
            client.get(reverse(f"admin:personalization_{name}_change", args=[pk])).status_code
            == 200
        )
    assert client.get(reverse("admin:personalization_placement_preview")).status_code == 403
    assert client.get(reverse("admin:personalization_placement_calendar")).status_code == 200
