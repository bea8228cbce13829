"""What merchants are told on the pages of placements, variants and content."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.urls import reverse

from core.text.json_documents import json_in_words
from customers.models import AuditEntry, Category
from personalization.admin.numbers import WholeField
from personalization.models import ContentItem, ExperienceVariant, Placement
from personalization.tests.experiences.test_admin import variant
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
HERO = {"content_type": "hero_banner", "content_title": "A"}
PRODUCTS = {
    "content_type": "product_recommendations",
    "content_lists_list": ["similar"],
    "content_lists_count": ["3"],
}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def at(name, *arguments):
    return reverse(f"admin:personalization_{name}", args=arguments)


def told(answer):
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return [str(one) for one in get_messages(answer.wsgi_request) if one.level_tag == "warning"]


def wrong(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


# Forms ------------------------------------------------------------------------------------------


def test_a_new_placement_says_what_may_be_typed(boss, make_placement):
    make_placement(page_type="landing")
    shown = boss.get(at("placement_add")).content.decode()
    assert shown.count("Small letters, digits, “_” and “-” only") == 2
    assert "its developers know" in shown
    for one in ("email", "next_action", "home", "landing"):
        assert f'<option value="{one}"></option>' in shown


@pytest.mark.parametrize(
    ("name", "values", "fields"),
    [
        ("placement_add", {"code": "A b", "page_type": ""}, {"code", "page_type"}),
        (
            "placement_add",
            {"code": "A b", "page_type": "home", **HERO, "content_link": "//x"},
            {"code", "content_link"},
        ),
        ("contentitem_add", {"code": "A b", "type": "film"}, {"code", "type", "published_at"}),
        (
            "experiencevariant_add",
            {
                "placement": "", "code": "A b", "priority": "x", "audience_kind": "is",
                "conditions": "{}", "content_type": "text", "content_text": "Hi {name}",
                "starts_at": "never",
            },
            {"placement", "code", "priority", "segment_codes", "content_text", "starts_at"},
        ),
        (
            "experiencevariant_add",
            {
                "code": "a", "priority": "0", "audience_kind": "conditions", "conditions": "{",
                "content_type": "content_blocks", "content_blocks_video": "x",
            },
            {"placement", "conditions", "content_blocks_video"},
        ),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_said_at_once(boss, name, values, fields):
    assert set(wrong(boss.post(at(name), values))) == fields


def test_a_taken_code_is_said_with_the_rest(boss, make_placement):
    place = make_placement()
    assert boss.post(at("experiencevariant_add"), variant(place)).status_code == 302
    again = wrong(boss.post(at("experiencevariant_add"), variant(place, content_text="")))
    assert set(again) == {"code", "content_text"}


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"priority": "1,000", "content_text": "A"}, "priority", "“1,000” could mean 1 or 1000"),
        (
            {"content_type": "content_blocks"},
            "content_blocks_blog_article",
            "Say how many of at least one kind.",
        ),
        ({"content_type": "content_blocks", "content_blocks_video": "0"}, "content_blocks_video",
         "From 1 to 50."),
        ({"content_type": "content_blocks", "content_blocks_video": "-1"}, "content_blocks_video",
         "From 1 to 50."),
        ({"content_type": "content_blocks", "content_blocks_video": "1,000"},
         "content_blocks_video", "“1,000” could mean 1 or 1000"),
        ({"content_type": "promotional_offers", "content_count": "6"}, "content_count",
         "From 0 to 5."),
        ({"content_type": "product_recommendations"}, "content_lists", "Choose at least one list."),
        ({**PRODUCTS, "content_lists_count": ["0"]}, "content_lists",
         "Row 1, How many: From 1 to 50."),
        ({**PRODUCTS, "content_lists_count": ["-1"]}, "content_lists",
         "Row 1, How many: From 1 to 50."),
        ({**PRODUCTS, "content_lists_list": ["similar"] * 2, "content_lists_count": ["1", "2"]},
         "content_lists", "Row 2, List: This list stands there twice."),
        ({"content_type": "navigation_items"}, "content_items", "Add at least one entry."),
        ({**HERO, "content_text": "x" * 11_234}, "content_text",
         "At most 10,000 characters: this is 1,234 more."),
    ],
)  # fmt: skip
def test_merchants_are_told_in_their_words(boss, make_placement, values, field, said):
    body = variant(make_placement())
    body.pop("content_text")
    errors = wrong(boss.post(at("experiencevariant_add"), body | values))
    assert set(errors) == {field}
    assert errors[field][0].startswith(said)


def test_numbers_are_kept_as_they_are_meant(boss, make_placement):
    body = variant(make_placement(), priority="1000", **PRODUCTS)
    body |= {"content_lists_count": ["05"]}
    body.pop("content_text")
    assert boss.post(at("experiencevariant_add"), body).status_code == 302
    row = ExperienceVariant.objects.get()
    assert (row.priority, row.content["types"]) == (1000, "similar:5")
    assert WholeField.__module__ == "personalization.admin.numbers"


def test_a_foreign_link_is_refused_with_the_hosts_that_are_not(boss, make_placement, settings):
    settings.TRACK_ALLOWED_ORIGINS = ["https://shop.example"]
    body = variant(make_placement(), **HERO, content_link="https://elsewhere.example/")
    body.pop("content_text")
    (said,) = wrong(boss.post(at("experiencevariant_add"), body))["content_link"]
    assert "leads to a storefront of this shop: shop.example." in said
    settings.TRACK_ALLOWED_ORIGINS = []
    (said,) = wrong(boss.post(at("experiencevariant_add"), body))["content_link"]
    assert "no address of the shop is allowed" in said


def test_the_form_of_a_variant_says_things_once_and_offers_what_others_have(
    boss, make_placement, make_variant
):
    make_variant(make_placement(), "a", context={"time_of_day": ["breakfast"]})
    shown = boss.get(at("experiencevariant_add")).content.decode()
    assert shown.count("{first_name|there}") == 1
    assert '<option value="breakfast"></option>' in shown
    assert 'list="id_only_time_of_day_value_options"' in shown
    for words in ("members of any of these segments", "customers outside all these segments"):
        assert words in shown
    assert shown.count('data-attribute="order_item.sku"') == 1
    assert shown.count('data-attribute="order_item.category"') == 1


# Warnings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({**HERO, "content_link": "sale"}, ["Do you mean /sale?"]),
        ({**HERO, "content_link": "/sale"}, []),
        ({**HERO, "content_link": "?page=2"}, []),
        (
            {"content_type": "navigation_items", "content_items_label": ["A"],
             "content_items_link": ["new/in"]},
            ["Do you mean /new/in?"],
        ),
        (
            {**PRODUCTS, "content_sku": "tea", "content_category": "teas"},
            ["There is no product with the SKU “tea”", "There is no category with the code “teas”"],
        ),
    ],
)  # fmt: skip
def test_doubts_are_said_and_it_is_saved(boss, make_placement, values, said):
    place = {"code": "other", "page_type": "home", "is_active": "on"}
    found = told(boss.post(at("placement_add"), place | values))
    assert len(found) == len(said)
    assert all(part in one for part, one in zip(said, found, strict=True))
    assert Placement.objects.filter(code="other").exists()
    body = variant(make_placement())
    body.pop("content_text")
    # What was said before has not been shown yet.
    assert told(boss.post(at("experiencevariant_add"), body | values)) == found * 2


def test_what_the_shop_has_is_not_doubted(boss, make_product):
    make_product("tea")
    Category.objects.create(code="teas", name="Teas")
    body = {"code": "hero", "page_type": "home", **PRODUCTS}
    body |= {"content_sku": "tea", "content_category": "teas"}
    assert told(boss.post(at("placement_add"), body)) == []


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("video", {}, ["neither a title nor a link"]),
        ("video", {"title": "A", "image": "hero.jpg"}, ["“hero.jpg” is no path"]),
        ("video", {"link": "https://films.example/1"}, []),
        ("blog_article", {"link": "javascript:alert"}, ["“javascript:alert” is no link"]),
        ("blog_article", {"link": "blog/1"}, ["Do you mean /blog/1?"]),
        ("social_proof", {}, ["Social proof without a product is never shown"]),
        ("social_proof", {"sku": "tea"}, ["There is no product with the SKU “tea”"]),
    ],
)
def test_doubts_about_a_piece_of_content(boss, kind, body, said):
    sent = {"code": "piece", "type": kind, "published_at": "2026-04-10T12:00"}
    sent |= {f"body_{name}": value for name, value in body.items()}
    found = told(boss.post(at("contentitem_add"), sent))
    assert len(found) == len(said)
    assert all(part in one for part, one in zip(said, found, strict=True))
    assert ContentItem.objects.exists()


def test_a_category_that_is_gone_is_said(boss, clock):
    row = ContentItem.objects.create(
        code="a", type="video", published_at=clock.at, body={"title": "A"}, categories=["gone"]
    )
    sent = {"type": "video", "published_at": "2026-04-10T12:00", "body_title": "B"}
    answer = boss.post(at("contentitem_change", row.pk), sent | {"categories": ["gone"]})
    assert told(answer) == ["There is no “gone”."]


# Pages ------------------------------------------------------------------------------------------


def test_the_history_says_what_was_really_changed(boss, make_placement):
    place = make_placement("hero", default={"type": "hero_banner", "title": "A", "link": "/old"})
    body = {"page_type": "home", "is_active": "on", **HERO, "content_link": "/new"}
    assert boss.post(at("placement_change", place.pk), body).status_code == 302
    boss.post(at("placement_change", place.pk), body | {"page_type": "cart"})
    answer = boss.get(at("placement_history", place.pk))
    changes = [
        [(one.label, one.before, one.after) for one in found]
        for _entry, found in answer.context["entries"]
    ]
    assert changes == [[("Page type", "home", "cart")], [("Link", "/old", "/new")], []]
    assert boss.get(at("placement_history", 99)).status_code == 404


def test_the_history_of_a_variant_speaks_in_words(boss, make_placement, make_variant):
    row = make_variant(make_placement(), "a", {"type": "product_recommendations",
                                               "types": "personal:5"})  # fmt: skip
    body = variant(row.placement, **PRODUCTS, priority="3", only_device=["mobile"])
    body.pop("content_text")
    assert boss.post(at("experiencevariant_change", row.pk), body).status_code == 302
    shown = boss.get(at("experiencevariant_history", row.pk)).content.decode()
    assert "Lists of products: <del>personal: 5</del> → <ins>similar to the product: 3" in shown
    assert "Priority: <del>0</del> → <ins>3</ins>" in shown
    assert "Only on: <del>–</del> → <ins>mobile</ins>" in shown
    assert AuditEntry.objects.filter(name="hero/a").count() == 2


def test_json_is_shown_in_words():
    tree = {"operator": "is", "segments": ["vip", "new"], "live": True, "none": None}
    assert json_in_words(tree) == "operator: is, segments: (vip, new), live: yes, none: –"
    assert json_in_words([tree | {"segments": []}, 5]) == (
        "(operator: is, segments: –, live: yes, none: –), 5"
    )


def test_who_may_not_look_has_no_history(client_with, make_placement):
    client = client_with()
    client.user.is_staff = True
    client.user.save()
    assert client.get(at("placement_history", make_placement().pk)).status_code == 403


def preview(client, **values):
    return client.get(at("placement_preview"), {"page_type": "home", **values})


def test_the_preview_takes_an_address_from_who_may_read_it(
    boss, client_with, make_customer, make_placement
):
    make_placement()
    make_customer("C1", email="ada@shop.example")
    assert preview(boss, customer="Ada@shop.example").context["form"].is_valid()
    other = client_with("personalization.change_placement")
    other.user.is_staff = True
    other.user.save()
    assert preview(other, customer="C1").context["form"].is_valid()
    answer = preview(other, customer="ada@shop.example")
    assert "There is no customer “ada@shop.example”." in answer.content.decode()
    assert "e-mail" not in str(answer.context["form"]["customer"].help_text)


def test_the_preview_names_segments_and_offers_what_variants_have(
    boss, make_segment, join, make_customer, make_placement, make_variant
):
    make_segment("VIP", code="vip")
    old = make_segment("Old hands", code="old")
    join(old, make_customer("C1"))
    place = make_placement()
    for code, operator, segments in (
        ("in", "is", ["vip"]),
        ("out", "is_not_one_of", ["vip", "old"]),
    ):
        make_variant(place, code, audience={"operator": operator, "segments": segments})
    make_variant(place, "phone", context={"device": ["fridge"], "time_of_day": ["breakfast"]})
    answer = preview(boss, customer="C1")
    (element,) = answer.context["answer"].elements
    said = {one.variant: one.reason for one in element.losers}
    assert said["in"].sentence == "Is not a member of VIP."
    assert (said["out"].sentence, said["out"].segments) == (
        "Is a member of Old hands.",
        ("old",),
    )
    assert '<option value="breakfast"></option>' in answer.content.decode()
    devices = dict(answer.context["form"].fields["device"].choices)
    assert {"", "mobile", "fridge"} <= set(devices)
    assert preview(boss, device="toaster").context["form"].errors.keys() == {"device"}


def test_the_preview_shows_a_banner_as_a_card_and_what_is_unknown(boss, make_placement):
    make_placement("one", default={"type": "hero_banner", "title": "A & B", "link": "/sale"})
    make_placement(
        "two", default={"type": "product_recommendations", "types": "trending:1", "sku": "tea"}
    )
    answer = preview(boss)
    shown = {one.element: content for one, content in answer.context["shown"]}
    assert (shown["one"].card, shown["one"].fields) == ({"title": "A & B", "link": "/sale"}, [])
    assert shown["two"].doubts == [
        "There is no product with the SKU “tea”: look whether it is spelled so."
    ]
    assert '<p class="experience-link">/sale</p>' in answer.content.decode()


def test_the_list_of_variants_calls_segments_by_name(
    boss, make_segment, make_placement, make_variant
):
    make_segment("Very important people", code="vip")
    row = make_variant(make_placement(), "a", audience={"operator": "is", "segments": ["vip"]})
    shown = boss.get(at("experiencevariant_changelist")).content.decode()
    assert "members of Very important people" in shown
    make_variant(row.placement, "b", audience={"operator": "is_not_one_of", "segments": ["vip"]})
    shown = boss.get(at("experiencevariant_changelist")).content.decode()
    assert "customers outside Very important people" in shown


def test_the_calendar_says_who_hides_whom(
    boss, client_with, clock, make_segment, make_placement, make_variant
):
    make_segment("VIP", code="vip")
    place, week = make_placement(), timedelta(days=7)
    begin = clock.at + week
    make_variant(place, "late-hero", text("A"), starts_at=begin, ends_at=begin + 2 * week)
    audience = {"operator": "is", "segments": ["vip"]}
    row = make_variant(place, "vip", priority=1, audience=audience)
    make_variant(place, "first", priority=-1)
    ExperienceVariant.objects.filter(code="first").update(context={"device": ["mobile"]})
    answer = boss.get(at("placement_calendar"))
    found = {one.code: (said, cells) for one, said, cells in answer.context["rows"]}
    said, cells = found["vip"]
    assert said == "members of VIP"
    planner = client_with("personalization.view_placement", is_staff=True)
    assert "members of VIP" not in planner.get(at("placement_calendar")).content.decode()
    assert [cell.hider.code if cell.hider else "" for cell in cells[:5]] == [
        "", "late-hero", "late-hero", "late-hero", "",
    ]  # fmt: skip
    assert [cell.is_hidden for cell in cells[:5]] == [False, False, True, False, False]
    assert all(cell.hider is None for cell in found["late-hero"][1])
    shown = answer.content.decode()
    assert at("experiencevariant_change", row.pk) in shown
    assert "hidden by late-hero" in shown
    later = boss.get(at("placement_calendar"), {"from": answer.context["later"].isoformat()})
    assert later.context["earlier"].isoformat() == answer.context["weeks"][0].date().isoformat()
    for odd in ("soon", "0001-01-01", "9999-12-31"):
        assert boss.get(at("placement_calendar"), {"from": odd}).status_code == 404


def test_an_api_warns_as_well(page, make_placement):
    make_placement()
    body = {"code": "a", "content": {"type": "hero_banner", "title": "A", "link": "sale"}}
    answer = page.send("POST", "personalization/placements/hero/variants/", body)
    (warning,) = json.loads(answer.content)["warnings"]
    assert (warning["path"], warning["code"]) == ("content.link", "relative_link")
