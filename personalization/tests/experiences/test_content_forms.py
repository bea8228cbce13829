"""Content as fields of a form: what they come to, what is wrong with them, and what is kept."""

import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from core.clock import now
from personalization.admin.experiences.content.stored_fields import content_of, fields_of
from personalization.models import ContentItem, ExperienceVariant
from personalization.tests.experiences.test_admin import EMPTY
from tests.factories.experiences import text

pytestmark = pytest.mark.django_db
CONTENTS = [
    {"type": "hero_banner", "title": "Hello {first_name|there}", "text": "a\n\n b ", "link": "/x"},
    {"type": "product_recommendations", "types": "trending:3,personal:5", "category": "shoes"},
    {"type": "content_blocks", "blocks": {"video": 2, "social_proof": 1}},
    {"type": "promotional_offers", "items": [{"label": "A", "link": "/a"}]},
    {"type": "promotional_offers", "count": 0, "items": [{"label": "A", "link": "/a"}]},
    {"type": "promotional_offers"},
    {
        "type": "navigation_items",
        "items": [{"label": "B", "link": "/b"}, {"label": " A", "link": "/a"}],
    },
    {"type": "text", "text": "Hello"},
]
# What the API takes, and no field of one line holds.
ODD = [
    {"type": "hero_banner", "title": "one\ntwo"},
    {"type": "text", "text": "one\r\ntwo"},
    {"type": "navigation_items", "items": [{"label": "a\nb", "link": "/"}]},
]


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def body_of(form):
    """Return what a browser sends of a form as it was shown."""
    sent = {}
    for bound in form:
        value = bound.value()
        columns = getattr(bound.field.widget, "columns", ())
        for column in columns:
            sent[f"{bound.name}_{column.name}"] = [row[column.name] for row in value or ()]
        if not columns and value is not None and value is not False:
            sent[bound.name] = value
    return sent


def sent_again(boss, row, model, **changed):
    """Return the answer to the stored row's form, sent as it is but for what is `changed`."""
    address = reverse(f"admin:personalization_{model}_change", args=[row.pk])
    form = boss.get(address).context["adminform"].form
    answer = boss.post(address, body_of(form) | changed)
    row.refresh_from_db()
    return answer


@pytest.mark.parametrize("content", CONTENTS, ids=lambda one: one["type"])
def test_what_a_form_shows_it_stores(boss, make_placement, make_variant, content):
    row = make_variant(make_placement(), "a", content)
    assert fields_of(content)["type"] == content["type"]
    assert sent_again(boss, row, "experiencevariant", priority="7").status_code == 302
    assert (row.content, row.priority) == (content, 7)


@pytest.mark.parametrize("content", ODD)
def test_what_has_no_field_is_kept_as_json(boss, make_placement, make_variant, content):
    row = make_variant(make_placement(), "a", content)
    address = reverse("admin:personalization_experiencevariant_change", args=[row.pk])
    form = boss.get(address).context["adminform"].form
    assert form["content_type"].value() == "json"
    body = body_of(form) | {"content_json": json.dumps(content), "priority": "7"}
    assert boss.post(address, body).status_code == 302
    row.refresh_from_db()
    assert (row.content, row.priority) == (content, 7)
    wrong = body | {"content_json": '{"type": "text"}', "opened_version": row.version}
    assert "text: This is needed here." in boss.post(address, wrong).content.decode()


def test_another_type_is_chosen(boss, make_placement, make_variant):
    row = make_variant(make_placement(), "a", ODD[0])
    assert sent_again(boss, row, "experiencevariant", content_type="text").status_code == 200
    changed = {"content_type": "text", "content_text": "New", "content_json": ""}
    assert sent_again(boss, row, "experiencevariant", **changed).status_code == 302
    assert row.content == text("New")


def new_variant(boss, place, **values):
    body = {
        "placement": place.pk, "code": "a", "priority": "0", "is_active": "on",
        "audience_kind": "", "conditions": json.dumps(EMPTY), **values,
    }  # fmt: skip
    return boss.post(reverse("admin:personalization_experiencevariant_add"), body)


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        (
            {
                "content_type": "navigation_items",
                "content_items_label": ["A", "", "B"],
                "content_items_link": ["/a", "", "https://elsewhere.example/"],
            },
            "content_items",
            "Row 2, Link: A link is a path such as /sale: no address of the shop is allowed to "
            "which it could lead (Storefront connection).",
        ),
        (
            {
                "content_type": "product_recommendations",
                "content_lists_list": ["personal"],
                "content_lists_count": ["5,trending:3"],
            },
            "content_lists",
            "Row 1, How many: A number is needed here.",
        ),
        (
            {
                "content_type": "product_recommendations",
                "content_lists_list": ["personal", "personal"],
                "content_lists_count": ["5", "99"],
            },
            "content_lists",
            "Row 2, How many: From 1 to 50.",
        ),
        (
            {"content_type": "content_blocks", "content_blocks_video": "51"},
            "content_blocks_video",
            "From 1 to 50.",
        ),
        (
            {"content_type": "content_blocks", "content_blocks_video": "1" * 5_000},
            "content_blocks_video",
            "A number is needed here.",
        ),
        (
            {"content_type": "hero_banner", "content_title": "Hello {first_name}"},
            "content_title",
            "“{first_name}” needs a default for whom it is not known: {first_name|…}.",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(boss, make_placement, values, field, said):
    answer = new_variant(boss, make_placement(), **values)
    form = answer.context["adminform"].form
    assert form.errors[field][0] == said
    assert not ExperienceVariant.objects.exists()
    # Nothing is lost of what was typed.
    shown = answer.content.decode()
    for typed in values.values():
        assert all(one in shown for one in ([typed] if isinstance(typed, str) else typed))


def test_a_wrong_row_is_marked(boss, make_placement):
    values = {"content_items_label": ["A"], "content_items_link": ["//elsewhere"]}
    answer = new_variant(boss, make_placement(), content_type="navigation_items", **values)
    assert 'aria-describedby="id_content_items_link_0_problem"' in answer.content.decode()
    fresh = boss.get(reverse("admin:personalization_experiencevariant_add"))
    assert "aria-invalid" not in fresh.content.decode()


def test_a_variant_is_limited_to_visits(boss, make_placement):
    limits = {"only_device": ["mobile", "tablet"], "only_time_of_day_value": ["morning", ""]}
    shown = {"content_type": "text", "content_text": "A"}
    assert new_variant(boss, make_placement(), **limits, **shown).status_code == 302
    row = ExperienceVariant.objects.get()
    assert row.context == {"device": ["mobile", "tablet"], "time_of_day": ["morning"]}
    sent_again(boss, row, "experiencevariant", priority="1")
    assert row.context == {"device": ["mobile", "tablet"], "time_of_day": ["morning"]}


@pytest.mark.parametrize(
    "limits", [{"device": ["fridge"], "traffic_source": [" a "]}, {"session_type": ["a\nb"]}]
)
def test_limits_of_other_systems_are_kept(boss, make_placement, make_variant, limits):
    row = make_variant(make_placement(), "a", context=limits)
    changed = {"priority": "1"}
    if "session_type" in limits:
        changed["only_json"] = json.dumps(limits)
    assert sent_again(boss, row, "experiencevariant", **changed).status_code == 302
    assert (row.context, row.priority) == (limits, 1)


def test_a_body_keeps_what_is_no_text(boss):
    body = {"title": "A", "colour": "red", "size": {"width": 3}, "link": "", "text": "a\nb"}
    row = ContentItem.objects.create(code="gifts", type="video", published_at=now(), body=body)
    kept = json.dumps({"size": {"width": 3}, "link": ""})
    assert sent_again(boss, row, "contentitem", months=["12"], body_json=kept).status_code == 302
    assert (row.body, row.months) == (body, [12])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["title"], "Row 1, Name: There is a field of this name above."),
        (["a", "a"], "Row 2, Name: This name stands there twice."),
        ([""], "Row 1, Name: It needs a name."),
    ],
)
def test_names_in_a_body(boss, names, said):
    body = {"code": "gifts", "type": "video", "published_at": "2026-04-10T12:00"}
    body |= {"body_more_name": names, "body_more_value": ["x"] * len(names)}
    answer = boss.post(reverse("admin:personalization_contentitem_add"), body)
    assert answer.context["adminform"].form.errors == {"body_more": [said]}


def test_nothing_is_shown_by_nothing():
    assert content_of("", {"title": "A"}) == {}
    assert fields_of({}) == {"type": ""}
