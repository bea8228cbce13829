"""Every column is decided, and no row is named by what is personal."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry

from core.access.personal import Kind, kind_of
from customers.models import (
    AuditEntry,
)
from segmentation_site.tests.personal_data import decided
from segmentation_site.tests.personal_data.asking import stands_in
from segmentation_site.tests.personal_data.shop import columns, personal_columns
from segments.models import ExportAudit, Segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_every_column_is_decided() -> None:
    undecided = [
        f"{model._meta.label}.{field.name}"
        for model, field in columns()
        if (kind_of(model, field.name) is Kind.OPEN)
        != (field.name in decided.OPEN.get(model._meta.label, "").split())
    ]
    assert undecided == []


def test_what_is_declared_personal_is_there() -> None:
    for app in decided.APPS:
        for model in apps.get_app_config(app).get_models():
            declared = getattr(model, "personal", None)
            for name in (*declared.names, *declared.private) if declared else ():
                assert model._meta.get_field(name), name


def test_rows_are_not_named_by_what_is_personal(
    segment: Segment, secrets: dict[tuple[str, str], str]
) -> None:
    for model in {model for model, _field in personal_columns()}:
        for row in model._default_manager.all():
            said = f"{row} {row!r}".lower()
            assert not any(stands_in(said, secret) for secret in secrets.values()), said


def test_logs_of_deeds_name_nobody(segment: Segment, secrets: dict[tuple[str, str], str]) -> None:
    assert AuditEntry.objects.exists()
    assert ExportAudit.objects.exists()
    said = [f"{one.object_repr} {one.change_message}" for one in LogEntry.objects.all()]
    said += [f"{one.name} {one.before} {one.after}" for one in AuditEntry.objects.all()]
    assert said
    assert not any(stands_in(line.lower(), secret) for secret in secrets.values() for line in said)
