"""Placements, variants and content by the API: written, refused with their place, audited."""

import pytest

from customers.models import AuditEntry
from personalization.models import Placement
from personalization.tests.experiences.conftest import ask
from segments.editing.deletion import delete_segments
from segments.rules.users import uses_of
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
HERO = {"code": "hero", "page_type": "home", "default_content": text("Hello")}
PATH = "personalization/placements/"
VARIANTS = f"{PATH}hero/variants/"


def refused(client, body, path=PATH, method="POST", **headers):
    answer = client.send(method, path, body, **headers)
    assert answer.status_code == 400, answer.content
    return {(one["path"], one["code"]) for one in answer.json()["errors"]}


def test_a_placement_is_shown_as_it_was_written(page):
    made = page.send("POST", PATH, HERO)
    chooses = {"selection": "priority", "goals": None, "explore": 1000}
    body = HERO | chooses | {"website": None, "is_active": True, "version": 1}
    assert made.json() == body | {"warnings": []}
    # The address may lack its last slash.
    put = page.send("PUT", f"{PATH}hero", body | {"website": "default"}, if_match="*")
    assert put.json()["website"] == "default"
    assert refused(page, HERO | {"code": "b", "website": "none"}) == {("website", "unknown_choice")}


def test_a_variant_is_shown_as_it_was_written_in_its_placement(page, make_segment):
    make_segment("VIP", code="vip")
    page.send("POST", PATH, HERO)
    audience = {"operator": "is", "segments": ["vip", "vip"]}
    made = page.send("POST", VARIANTS, {"code": "a", "audience": audience, "content": text("A")})
    assert made.status_code == 201
    body = made.json()
    assert body.pop("warnings") == []
    assert body == {
        "code": "a",
        "audience": {"operator": "is", "segments": ["vip"]},
        "context": {},
        "live": False,
        "priority": 0,
        "starts_at": None,
        "ends_at": None,
        "is_active": True,
        "content": text("A"),
        "version": 1,
    }
    path = f"{VARIANTS}a/"
    when = {"starts_at": "2026-04-10T12:00:00+02:00"}
    changed = page.send("PATCH", path, when, if_match="*")
    assert changed.json()["starts_at"] == "2026-04-10T10:00:00Z"
    # A placement is shown its own variants alone; the audit log names both, and each variant that
    # goes with its placement.
    page.send("POST", PATH, HERO | {"code": "other"})
    assert page.send("GET", f"{PATH}other/variants/").json()["results"] == []
    assert page.send("GET", f"{PATH}other/variants/a/").status_code == 404
    assert page.send("DELETE", f"{PATH}hero/", if_match="*").status_code == 204
    rows = AuditEntry.objects.filter(subject="personalization.variant", name="hero/a")
    assert [row.action for row in rows.order_by("pk")] == ["created", "changed", "deleted"]


def test_what_is_changed_is_served_at_once(page):
    page.send("POST", PATH, HERO)
    assert ask(page)["elements"][0]["content"] == text("Hello")
    page.send("PATCH", f"{PATH}hero", {"default_content": text("Bye")}, if_match="*")
    assert ask(page)["elements"][0]["content"] == text("Bye")
    Placement.objects.get().delete()
    assert ask(page)["elements"] == []


@pytest.mark.parametrize(
    ("content", "path", "code"),
    [
        ({"type": "video"}, "type", "unknown_choice"),
        ({"type": ["text"]}, "type", "unknown_choice"),
        ({"title": "A"}, "type", "unknown_choice"),
        ({"type": "text"}, "text", "required"),
        ({"type": "text", "text": 5}, "text", "invalid"),
        ({"type": "text", "text": "a\0"}, "text", "nul"),
        ({"type": "text", "text": "a\ud800"}, "text", "nul"),
        ({"type": "text", "text": "A" * 10_001}, "text", "max_length"),
        ({"type": "text", "text": "A", "html": "B"}, "html", "unknown_field"),
        ({"type": "text", "text": "Hi {first_name}"}, "text", "no_default"),
        ({"type": "text", "text": "Hi {first_name| }"}, "text", "no_default"),
        ({"type": "text", "text": "Hi {email|you}"}, "text", "unknown_placeholder"),
        ({"type": "text", "text": "Hi {"}, "text", "unknown_placeholder"),
        ({"type": "text", "text": "{{ user }}"}, "text", "unknown_placeholder"),
        ({"type": "hero_banner", "text": "A"}, "title", "required"),
        ({"type": "hero_banner", "title": "A", "link": "//evil"}, "link", "foreign_link"),
        ({"type": "hero_banner", "title": "A", "link": "javascript:1"}, "link", "foreign_link"),
        ({"type": "hero_banner", "title": "A", "link": "https://evil/"}, "link", "foreign_link"),
        ({"type": "hero_banner", "title": "A", "link": "/\\evil"}, "link", "foreign_link"),
        ({"type": "hero_banner", "title": "A", "image": "https://x/a"}, "image", "not_a_path"),
        ({"type": "product_recommendations", "types": "magic:4"}, "types", "unknown_choice"),
        ({"type": "product_recommendations", "types": "similar:0"}, "types", "out_of_range"),
        ({"type": "product_recommendations", "types": "similar"}, "types", "out_of_range"),
        ({"type": "navigation_items", "items": []}, "items", "invalid"),
        ({"type": "navigation_items", "items": [{"link": "/"}]}, "items[0].label", "required"),
        ({"type": "content_blocks", "blocks": {"song": 1}}, "blocks.song", "unknown_choice"),
        ({"type": "content_blocks", "blocks": {"video": True}}, "blocks.video", "out_of_range"),
    ],
)
def test_content_that_is_not_right_is_refused(page, content, path, code):
    wrong = ("code", "x"), ("page_type", "home"), ("default_content", content)
    assert (f"default_content.{path}", code) in refused(page, dict(wrong))
    assert not Placement.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "hero_banner", "title": "A", "text": "B", "image": "/a.jpg", "link": "/?a=b&c"},
        {"type": "hero_banner", "title": "A", "link": "https://shop.example/sale"},
        {"type": "hero_banner", "title": "A", "link": "sale/shoes"},
        {"type": "product_recommendations", "types": "similar:4,personal:5"},
        {"type": "content_blocks", "blocks": {"video": 2}},
        {"type": "promotional_offers", "items": [{"label": "Ten", "link": "/ten"}]},
        {"type": "promotional_offers", "count": 3},
        {"type": "navigation_items", "items": [{"label": "Ten", "link": "/ten"}]},
        text("Hi {first_name|you}, {segment|guest}: {top_interest|shoes}"),
    ],
)
def test_content_of_each_type(page, settings, content):
    settings.TRACK_ALLOWED_ORIGINS = ["https://shop.example"]
    made = page.send("POST", PATH, HERO | {"default_content": content})
    assert (made.status_code, made.json()["default_content"]) == (201, content)


@pytest.mark.parametrize(
    ("values", "path", "code"),
    [
        ({"audience": {"operator": "is"}}, "audience.segments", "required"),
        ({"audience": {"operator": "is", "segments": []}}, "audience.segments", "required"),
        (
            {"audience": {"operator": "is", "segments": ["a"]}},
            "audience.segments[0]",
            "unknown_segment",
        ),
        ({"audience": {"match": "some", "conditions": []}}, "audience.match", None),
        ({"context": {"shoe": ["42"]}}, "context.shoe", "unknown_field"),
        ({"context": {"device": "mobile"}}, "context.device", "invalid"),
        ({"starts_at": "2026-04-10T12:00:00"}, "starts_at", "no_offset"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "starts_at", "out_of_range"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "ends_at", "out_of_range"),
        (
            {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"},
            "ends_at",
            "out_of_range",
        ),
        ({"content": {}}, "content", "required"),
    ],
)
def test_a_variant_that_is_not_right_is_refused(page, values, path, code):
    page.send("POST", PATH, HERO)
    found = refused(page, {"code": "a", "content": text("A")} | values, VARIANTS)
    assert [where for where, _code in found] == [path]
    assert code is None or found == {(path, code)}


def test_an_operator_is_one_of_four(page, make_segment):
    make_segment("VIP", code="vip")
    page.send("POST", PATH, HERO)
    audience = {"operator": "near", "segments": ["vip"]}
    body = {"code": "a", "content": text("A"), "audience": audience}
    assert refused(page, body, VARIANTS) == {("audience.operator", "unknown_choice")}


def test_a_code_is_taken_once_in_a_placement(page):
    page.send("POST", PATH, HERO)
    page.send("POST", PATH, HERO | {"code": "second"})
    body = {"code": "a", "content": text("A")}
    for placement in ("hero", "second"):
        assert page.send("POST", f"{PATH}{placement}/variants/", body).status_code == 201


def test_a_segment_is_named_as_used_and_is_deleted_all_the_same(
    page, make_segment, make_placement, make_variant
):
    segment = make_segment("VIP", code="vip")
    audience = {"operator": "is", "segments": ["vip"]}
    make_variant(make_placement(), "a", audience=audience)
    (uses,) = uses_of(segment, None)
    assert uses.names() == ["hero: a"]
    delete_segments([segment], author=None)
    read = page.send("GET", f"{VARIANTS}a")
    body = read.json() | {"priority": 1}
    saved = page.send("PUT", f"{VARIANTS}a", body, if_match=read["ETag"])
    (warning,) = saved.json()["warnings"]
    assert (warning["path"], warning["code"]) == ("audience.segments[0]", "unknown_segment")


def test_texts_are_filled_and_escaped(page, make_segment, join, make_customer, make_placement,
                                      make_variant):  # fmt: skip
    segment = make_segment("V & P", code="vip")
    join(segment, make_customer("C1", first_name="<b>Eve</b>"))
    words = text("{first_name|you} & {segment|none} {top_interest|shoes}")
    place = make_placement(default=words)
    make_variant(place, "a", words, audience={"operator": "is", "segments": ["vip"]})

    def shown(number):
        return ask(page, customer_id=number)["elements"][0]["content"]["text"]

    assert shown("C1") == "&lt;b&gt;Eve&lt;/b&gt; &amp; V &amp; P shoes"
    assert shown(None) == "you &amp; none shoes"
    # Who only previews, and may not see personal data, does not read what somebody is called.
    (element,) = ask(page, preview={"as": "C1"})["elements"]
    assert element["content"]["text"] == "you &amp; V &amp; P shoes"


def test_content_is_published_now_unless_it_says_when(page, clock):
    path = "personalization/content/"
    made = page.send("POST", path, {"code": "gifts", "type": "blog_article", "months": [12, 1]})
    assert made.status_code == 201, made.content
    assert made.json() == {
        "code": "gifts",
        "type": "blog_article",
        "published_at": "2026-04-10T12:00:00Z",
        "expires_at": None,
        "categories": [],
        "months": [1, 12],
        "body": {},
        "version": 1,
        "warnings": [],
    }
    body = {"body": {"title": "A", "weight": 1.5}}
    changed = page.send("PATCH", f"{path}gifts", body, if_match=made["ETag"])
    assert changed.json()["body"] == {"title": "A", "weight": 1.5}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"months": [13]}, "months[0]"),
        ({"categories": ["none"]}, "categories[0]"),
        ({"body": {"a": "b\0"}}, "body"),
        ('{"code": "a", "type": "video", "body": {"a": 1e99999}}', "body"),
        ({"expires_at": "2000-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_content_that_cannot_be_is_refused(page, values, path):
    body = {"code": "a", "type": "video"} | values if isinstance(values, dict) else values
    found = refused(page, body, "personalization/content/")
    assert [where for where, _code in found] == [path]
