"""Saving: what it changes, two people at once, drafts, refusals, and a form without JavaScript."""

import json
from dataclasses import replace

import pytest
from django.urls import reverse

from customers.models import Customer
from segments.editing.saving import save_segment
from segments.models import RefreshMode, Segment
from segments.rules.definition import definition_of
from tests.lazy import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPENT = {"attribute": "lifetime.sales", "operator": "gte", "value": "500"}


@pytest.fixture
def segment(make_segment, shop):
    return make_segment(conditions=[SPENT])


def test_saving_says_first_what_changes(builder, segment):
    builder.open(segment)
    builder.textbox("Condition 1: Lifetime sales, value").fill("700")
    builder.save()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog.locator("li")).to_have_text(
        ["Gone: have spent at least 500 EUR in all", "New: have spent at least 700 EUR in all"]
    )
    expect(dialog).to_contain_text("0 → 0 (0 enter, 0 leave)")
    builder.answer_dialog("Go on editing")
    segment.refresh_from_db()
    assert segment.version == 1

    builder.save()
    dialog.get_by_role("button", name="Save", exact=True).click()
    builder.saved()
    segment.refresh_from_db()
    assert segment.conditions["conditions"] == [{**SPENT, "value": "700"}]


def test_the_first_change_of_a_copy_is_saved_without_a_question(builder, segment):
    builder.open(segment)
    builder.page.locator(".menu-rare > summary").click()
    builder.button("Duplicate").click()
    builder.page.wait_for_url("**?copied")
    builder.settled()
    builder.textbox("Condition 1: Lifetime sales, value").fill("700")
    builder.save()
    expect(builder.page.locator(".messagelist")).to_contain_text("changed successfully")
    copy = Segment.objects.get(code__startswith="copy-of")
    assert copy.conditions["conditions"] == [{**SPENT, "value": "700"}]


def test_save_and_refresh_does_both(builder, make_segment, shop, sent):
    # Where saving alone refreshes, the button is not there.
    segment = make_segment(conditions=[SPENT], handling={"refresh_mode": RefreshMode.MANUAL})
    builder.open(segment)
    builder.add("number of orders", "1")
    builder.save("Save and refresh")
    dialog = builder.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(builder.page.locator(".messagelist")).to_contain_text("is being refreshed")
    assert segment.runs.exists()


def test_two_versions_stand_side_by_side_and_none_is_lost(builder, segment):
    builder.open(segment)
    theirs = {"attribute": "customer.email", "operator": "contains", "value": "shop"}
    conditions = {"match": "all", "conditions": [theirs]}
    save_segment(segment, replace(definition_of(segment), conditions=conditions), author=None)
    builder.add("number of orders", "1")
    builder.save()
    dialog = builder.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()

    versions = builder.page.get_by_role("region", name="Two versions of this segment")
    expect(versions).to_contain_text("e-mail address contains “shop”")
    expect(versions).to_contain_text("have ordered at least 1 time")
    builder.settled()
    assert len(builder.conditions) == 2
    builder.button("Take theirs instead").click()
    assert builder.conditions == [theirs]
    builder.button("Undo").click()
    assert len(builder.conditions) == 2


def test_a_refused_tree_comes_back_with_its_problems_marked(builder):
    builder.open()
    builder.page.fill("#id_name", "Refused")
    builder.add("lifetime sales", "500")
    builder.add("number of orders")
    builder.save()

    problems = builder.page.locator(".sb-problems")
    expect(problems).to_contain_text("Condition 2: Number of orders")
    assert builder.conditions[0] == SPENT
    problems.get_by_role("button").click()
    assert builder.focused == "Condition 2: Number of orders, value"
    assert not Segment.objects.exists()


def test_a_draft_is_offered_after_a_reload_and_brings_all_of_the_form_back(builder):
    builder.open()
    builder.page.fill("#id_name", "Half done")
    builder.unfold()
    builder.page.select_option("#id_applies_to", "guest")
    builder.page.get_by_label("Default website").check()
    builder.page.get_by_label("Active").uncheck()
    builder.add("lifetime sales", "500")
    questions = []
    builder.page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    builder.page.reload()
    assert questions == ["beforeunload"]

    builder.button("Restore the draft").click()
    assert builder.conditions == [SPENT]
    assert builder.page.input_value("#id_name") == "Half done"
    assert builder.page.input_value("#id_applies_to") == "guest"
    assert builder.page.get_by_label("Default website").is_checked()
    assert not builder.page.get_by_label("Active").is_checked()
    builder.page.reload()
    builder.button("No, thanks").click()
    builder.page.reload()
    builder.settled()
    expect(builder.button("Restore the draft")).to_have_count(0)
    assert builder.conditions == []


def test_a_draft_of_an_older_version_does_not_overwrite_the_newer_one(builder, segment):
    builder.open(segment)
    builder.add("number of orders", "1")
    save_segment(segment, replace(definition_of(segment), name="Renamed"), author=None)
    builder.page.on("dialog", lambda dialog: dialog.accept())
    builder.page.reload()

    builder.button("Restore the draft").click()
    builder.count_is("6 customers")
    builder.save()
    builder.page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()

    versions = builder.page.get_by_role("region", name="Two versions of this segment")
    expect(versions).to_contain_text("Renamed")
    segment.refresh_from_db()
    assert segment.name == "Renamed"


def test_what_was_saved_is_no_draft(builder):
    builder.open()
    builder.page.fill("#id_name", "Done")
    builder.add("lifetime sales", "500")
    builder.count_is("6 customers")
    builder.save()
    builder.saved()
    builder.open()

    expect(builder.button("Restore the draft")).to_have_count(0)


def test_customers_of_an_unsaved_tree_are_listed_and_its_draft_is_kept(builder):
    builder.open()
    builder.add("lifetime sales", "500")
    builder.count_is("6 customers")
    builder.button("Show these customers").click()

    table = builder.page.locator("#preview tbody tr")
    expect(table).to_have_count(6)
    assert builder.conditions == [SPENT]
    builder.open()
    builder.button("Restore the draft").click()
    assert builder.conditions == [SPENT]
    name = builder.page.locator(".sb-sample a").first
    customer = Customer.objects.order_by("pk").first()
    assert name.get_attribute("href").endswith(f"?number={customer.external_id}")


@pytest.mark.parametrize("builder", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_the_tree_is_json_and_checked_all_the_same(builder):
    page = builder.page
    page.goto(builder.root + reverse("admin:segments_segment_add"))
    page.fill("#id_name", "By hand")
    page.fill("#id_conditions", json.dumps({"match": "all", "conditions": [{"attribute": "x"}]}))
    builder.save()
    expect(page.locator(".segment-marked")).to_be_visible()
    page.fill("#id_conditions", json.dumps({"match": "all", "conditions": [SPENT]}))
    builder.save("Show these customers")
    expect(page.locator("#preview")).to_contain_text("6 customers")
    builder.save()
    builder.saved()

    assert Segment.objects.get().conditions["conditions"] == [SPENT]


def test_what_is_turned_off_is_left_out_after_asking(builder, segment):
    builder.open(segment)
    builder.add("number of orders", "1")
    builder.choose("Condition 1: Lifetime sales", "Turn off")
    builder.save()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 is turned off and will be left out.")
    expect(dialog.locator("li").first).to_have_text("Gone: have spent at least 500 EUR in all")
    dialog.get_by_role("button", name="Save", exact=True).click()
    builder.saved()

    segment.refresh_from_db()
    assert [one["attribute"] for one in segment.conditions["conditions"]] == [
        "lifetime.number_of_orders"
    ]


def test_a_new_segment_asks_as_well(builder):
    builder.open()
    builder.page.fill("#id_name", "New")
    builder.add("number of orders", "1")
    builder.add("lifetime sales", "500")
    builder.choose("Condition 2: Lifetime sales", "Turn off")
    builder.save()
    dialog = builder.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 is turned off and will be left out.")
    dialog.get_by_role("button", name="Save", exact=True).click()
    builder.saved()

    assert len(Segment.objects.get().conditions["conditions"]) == 1


def test_a_draft_keeps_what_is_turned_off(builder, segment):
    builder.open(segment)
    builder.choose("Condition 1: Lifetime sales", "Turn off")
    builder.page.on("dialog", lambda dialog: dialog.accept())
    builder.page.reload()
    builder.settled()
    builder.button("Restore the draft").click()

    assert builder.conditions == []
    expect(builder.page.locator(".sb-condition")).to_contain_text("Turned off")


def test_no_json_is_seen_while_the_builder_loads(builder, segment):
    held = []
    builder.page.route("**/api/v1/conditions/", lambda route: held.append(route))
    builder.page.goto(builder.root + reverse("admin:segments_segment_change", args=[segment.pk]))
    field = builder.page.locator("#id_conditions")
    expect(field).to_be_attached()

    assert field.evaluate("one => getComputedStyle(one).visibility") == "hidden"
    while not held:
        builder.page.wait_for_timeout(20)
    held.pop().continue_()
    builder.settled()
    expect(builder.page.locator(".sb-condition")).to_be_visible()


def test_figures_that_come_before_the_builder_are_shown(builder, segment):
    held = []
    builder.page.route("**/api/v1/conditions/", lambda route: held.append(route))
    with builder.page.expect_response(
        lambda reply: '"figures":true' in (reply.request.post_data or "")
    ):
        builder.page.goto(
            builder.root + reverse("admin:segments_segment_change", args=[segment.pk])
        )
    builder.page.wait_for_timeout(100)
    held.pop().continue_()

    builder.settled()
    expect(builder.page.locator(".sb-figures [data-figure=orders]")).to_be_visible()


def test_where_the_builder_fails_the_field_is_there(builder, segment):
    builder.page.route("**/api/v1/conditions/", lambda route: route.abort())
    builder.page.goto(builder.root + reverse("admin:segments_segment_change", args=[segment.pk]))

    expect(builder.page.locator("#id_conditions")).to_be_visible()
    builder.complaints.clear()
