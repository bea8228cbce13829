"""Definitions as files: out and in again, through the same checks as everywhere."""

import json
import re

import pytest
import tablib
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import CustomerGroup, Website
from segments.admin.new_segments.definition_files import SegmentResource
from segments.models import Segment

pytestmark = pytest.mark.django_db

TREE = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "500"}],
}


def imported(*rows):
    dataset = tablib.Dataset(headers=list(rows[0]))
    for row in rows:
        dataset.append(list(row.values()))
    return SegmentResource().import_data(dataset, use_transactions=True)


def test_what_was_exported_is_imported_elsewhere_as_it_was(make_segment):
    Website.objects.create(code="b2b", name="B2B")
    CustomerGroup.objects.create(code="vip", name="VIP")
    make_segment(
        "Élite, 'n' more",
        TREE["conditions"],
        handling={"refresh_mode": "manual", "is_active": False, "priority": -3},
        description="two\nlines",
        websites=("default", "b2b"),
        customer_groups=("vip",),
        applies_to="both",
    )
    before = SegmentResource().export().csv
    Segment.objects.all().delete()

    result = SegmentResource().import_data(tablib.Dataset().load(before, "csv"))

    assert not result.has_errors() and not result.has_validation_errors()
    assert SegmentResource().export().csv == before
    assert Segment.objects.get().versions.count() == 1


def test_sample_file_can_be_imported(admin_client):
    sample = admin_client.get(reverse("admin:segments_segment_import_sample")).content.decode()
    SegmentResource().import_data(tablib.Dataset().load(sample, "csv"), raise_errors=True)
    assert Segment.objects.get().conditions["conditions"]


def test_importing_the_same_again_makes_no_version(make_segment):
    make_segment("Best", TREE["conditions"])
    dataset = SegmentResource().export()

    SegmentResource().import_data(dataset)

    assert Segment.objects.get().version == 1


def test_what_is_stored_just_so_is_skipped(make_segment):
    make_segment("=1+1", TREE["conditions"], description="-x")
    dataset = tablib.Dataset().load(SegmentResource().export().csv, "csv")

    assert dataset["name"] == ["'=1+1"]
    assert SegmentResource().import_data(dataset).totals["skip"] == 1
    assert (Segment.objects.get().name, Segment.objects.get().description) == ("=1+1", "-x")


def test_true_is_not_taken_for_a_stored_1(make_segment):
    condition = {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 1}
    make_segment("Best", [condition], code="best")
    tree = {"match": "all", "conditions": [{**condition, "value": True}]}

    result = imported({"code": "best", "conditions": json.dumps(tree)})

    assert "conditions[0].value" in result.invalid_rows[0].error_dict["conditions"][0]


def test_the_preview_shows_what_would_change_of_conditions_and_scope(make_segment):
    Website.objects.create(code="b2b", name="B2B")
    make_segment("Best", TREE["conditions"], code="best", websites=("default",))

    result = imported({"code": "best", "conditions": '{"match": "any"', "websites": "b2b"})
    assert result.has_validation_errors()
    tree = json.dumps(TREE).replace("500", "600")
    (row,) = imported({"code": "best", "conditions": tree, "websites": "b2b"}).rows

    shown = " ".join(row.diff)
    assert "<del>default</del> <ins>b2b</ins>" in shown
    assert re.search("<del>[^<]*500[^<]*</del> <ins>[^<]*600[^<]*</ins>", shown)


def test_a_field_at_fault_is_named_once():
    result = imported({"code": "best", "name": ""})

    assert result.invalid_rows[0].error_dict["name"] == ["This field cannot be blank."]


def test_an_unknown_column_is_refused_by_name():
    result = imported({"code": "best", "name": "Best", "colour": "red"})

    assert "colour" in str(result.base_errors[0].error)


def test_an_absent_column_leaves_what_is_stored(make_segment):
    make_segment("Best", TREE["conditions"], code="best", description="kept")

    imported({"code": "best", "name": "Better"})

    segment = Segment.objects.get()
    assert (segment.name, segment.description, segment.version) == ("Better", "kept", 2)
    assert segment.conditions == TREE


def test_any_problem_refuses_its_row_with_the_place_and_stores_nothing():
    broken = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is"}]}
    result = imported(
        {"code": "a", "name": "A", "conditions": json.dumps(broken), "is_active": "true"},
        {"code": "b", "name": "B", "conditions": json.dumps(TREE), "is_active": "perhaps"},
        {"code": "C C", "name": "", "conditions": "{", "is_active": ""},
    )

    told = [row.error_dict for row in result.invalid_rows]
    assert "conditions[0].attribute" in told[0]["conditions"][0]
    assert "perhaps" in told[1]["is_active"][0]
    assert {"code", "name", "conditions"} <= set(told[2])
    assert not Segment.objects.exists()


def test_the_pages_take_a_file_and_give_one(client, make_segment):
    client.force_login(User.objects.create_superuser("boss"))
    content = SimpleUploadedFile(
        "segments.csv", b"code,name,conditions\nbest,Best,\n", content_type="text/csv"
    )
    shown = client.post(
        reverse("admin:segments_segment_import"),
        {"import_file": content, "format": "0", "resource": ""},
    )
    confirm = shown.context["confirm_form"].initial
    client.post(reverse("admin:segments_segment_process_import"), confirm)

    assert Segment.objects.get().code == "best"
    assert Segment.objects.get().versions.get().author.username == "boss"
    assert client.get(reverse("admin:segments_segment_export")).status_code == 200


def test_who_may_only_look_does_not_import(client):
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)

    assert client.get(reverse("admin:segments_segment_import")).status_code == 403
