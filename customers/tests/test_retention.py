"""What is no longer kept is deleted, in batches, and counted before."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from core.registries import Registry
from customers.models import Website
from customers.privacy import retention
from customers.privacy.retention import RULES, Rule
from customers.tasks import purge

pytestmark = pytest.mark.django_db


@pytest.fixture
def sites(monkeypatch):
    """A rule by which websites called old are not kept, in batches of two."""
    rules: Registry[Rule] = Registry("rule of retention")
    rules.register(Rule("customers.website", lambda at: Website.objects.filter(name="old")))
    rules.register(Rule("customers.store", lambda at: Website.objects.none()))
    monkeypatch.setattr(retention, "RULES", rules)
    monkeypatch.setattr(retention, "BATCH", 2)
    names = ["old", "new", "old", "old"]
    Website.objects.bulk_create(Website(code=f"s{n}", name=name) for n, name in enumerate(names))
    return Website.objects.exclude(code="default")


def test_it_is_deleted_in_batches(sites):
    assert list(retention.purge()) == [("customers.website", 2), ("customers.website", 1)]
    assert [site.code for site in sites] == ["s1"]
    assert list(retention.purge()) == []


def test_the_command_says_how_many_and_a_dry_run_deletes_nothing(sites, capsys):
    call_command("purge", "--dry-run")
    assert capsys.readouterr().out == "customers.website: 3\ncustomers.store: 0\n"
    assert sites.count() == 4
    call_command("purge")
    assert capsys.readouterr().out == "customers.website: 3\ncustomers.store: 0\n"
    assert sites.count() == 1


def test_the_task_does_the_same(sites):
    purge()
    assert sites.count() == 1


def test_every_rule_can_be_asked():
    for rule in RULES:
        assert not rule.expired(datetime(2026, 1, 1, tzinfo=UTC)).exists()
