"""Previews: what a refresh would find, within a time, without writing."""

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL

from conditions.errors import InvalidTree
from customers.models import Customer
from segments.editing.overrides import set_override
from segments.insight.previews import preview as preview_module
from segments.insight.previews.preview import PreviewFailed, preview
from segments.models import RefreshRun

pytestmark = pytest.mark.django_db

AT_SHOP = {
    "match": "all",
    "conditions": [
        {"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}
    ],
}


def test_it_counts_and_shows_the_first(make_customer):
    for number in ("b", "a", "c"):
        make_customer(number, email=f"{number}@shop.example")
    make_customer("d", email="d@elsewhere.example")

    found = preview(AT_SHOP, limit=2)

    assert (found.count, found.exact, found.scope_count, found.share) == (3, True, 4, 0.75)
    assert [customer.external_id for customer in found.customers] == ["b", "a"]
    assert found.sentence
    assert found.estimate is None
    assert not RefreshRun.objects.exists()


def test_the_scope_narrows_it(make_customer):
    make_customer("a", email="a@shop.example")
    make_customer("g", email="g@shop.example", kind="guest")

    assert preview(AT_SHOP, applies_to="guest").count == 1
    assert preview(AT_SHOP, applies_to="both").count == 2


def test_for_a_segment_its_includes_and_excludes_count(make_customer, make_segment):
    matching = make_customer("a", email="a@shop.example")
    other = make_customer("b", email="b@elsewhere.example")
    segment = make_segment()
    set_override(segment, matching, "exclude", author=None)
    set_override(segment, other, "include", author=None)

    found = preview(AT_SHOP, segment=segment)

    assert [customer.external_id for customer in found.customers] == ["b"]
    assert found.count == 1


def test_an_invalid_tree_is_refused():
    with pytest.raises(InvalidTree):
        preview({"match": "sometimes"})


def test_warnings_are_passed_on():
    assert preview({"match": "all", "conditions": []}).warnings[0].code


def test_without_anybody_in_scope_there_is_no_share():
    assert preview(AT_SHOP).share is None


def test_past_the_time_limit_there_is_an_estimate_or_nothing_and_the_transaction_goes_on(
    make_customer, settings, monkeypatch
):
    make_customer("a", email="a@shop.example")
    settings.PREVIEW_TIMEOUT_SECONDS = 0

    found = preview(AT_SHOP)

    assert (found.count, found.exact, found.scope_count, found.customers) == (None, False, None, ())
    assert isinstance(found.estimate, int) == (connection.vendor == "postgresql")


def test_a_query_that_runs_past_the_limit_is_cancelled_in_the_database(
    make_customer, settings, monkeypatch
):
    make_customer("a")
    settings.PREVIEW_TIMEOUT_SECONDS = 0.05
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 - i FROM n) SELECT count(*) FROM n"
    )
    choose(monkeypatch, endless)
    monkeypatch.setattr(preview_module, "planned_rows", lambda customers: 7)

    found = preview(AT_SHOP)

    assert (found.count, found.estimate) == (None, 7)


def test_an_answer_that_the_database_cannot_give_is_an_error_of_its_own(make_customer, monkeypatch):
    make_customer("a")
    too_big = (
        "SELECT abs(-9223372036854775807 - 1)"
        if connection.vendor == "sqlite"
        else "SELECT 9223372036854775807 + 1"
    )
    choose(monkeypatch, too_big)

    with pytest.raises(PreviewFailed):
        preview(AT_SHOP)


def choose(monkeypatch, sql):
    """Let every rule choose the customers with a higher number than `sql` says."""
    chosen = Customer.objects.filter(pk__gt=RawSQL(sql, ()))
    monkeypatch.setattr(preview_module.Rule, "customers", lambda *args, **_: chosen)
