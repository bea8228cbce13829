"""The audit log names the fields of every kind of thing as its forms do."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils.translation import override

from core.api.routes.addresses import addresses
from core.audit import SUBJECTS, AuditEntry
from core.resources.resource import Resource


def resources_below(parent: type[Resource]) -> Iterator[type[Resource]]:
    """Yield the subclasses of `parent` at every depth that write entries of the audit log."""
    for one in parent.__subclasses__():
        if hasattr(one, "subject") and not one.__module__.startswith("tests."):
            yield one
        yield from resources_below(one)


def test_every_model_of_a_subject_is_installed() -> None:
    assert all(apps.get_model(one.model) for one in SUBJECTS if one.model)


def test_every_field_of_a_resource_has_a_label() -> None:
    assert list(addresses())  # Imports the modules with resources.
    with override("de"):
        raw = {
            (one.subject, name)
            for one in resources_below(Resource)
            for name in one().known
            if AuditEntry(subject=one.subject).called(name) == name
        }
    assert raw == set()


@pytest.mark.parametrize(
    ("subject", "name", "label"),
    [
        ("campaigns.campaign", "respects_holdout", "lässt die Kontrollgruppe aus"),
        ("override", "kind", "Art"),
        ("login", "kind", "kind"),
        ("price_rules.coupon", "order", "Bestellnummer"),
        ("gone", "name", "name"),
    ],
)
def test_labels_are_those_of_the_model(subject: str, name: str, label: str) -> None:
    with override("de"):
        assert AuditEntry(subject=subject).called(name) == label


def test_number_of_a_customer_is_no_column() -> None:
    """Catches an entry about customer `kind` that the log shows as a field."""
    decided = {"kind": "include", "reason": "asked"}
    entry = AuditEntry(subject="override", after={"kind": decided})
    page = admin.site.get_model_admin(AuditEntry)
    with override("de"):
        assert page.summary(entry) == "kind"
        assert "Art: " in page.differences(entry)
