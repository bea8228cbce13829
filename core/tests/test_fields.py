"""Fields of resources and of their forms."""

import pytest
from rest_framework.exceptions import ValidationError

from core.forms.documents import DocumentField
from core.resources.fields import DayField


def test_days_are_written_with_month_and_day() -> None:
    assert DayField().run_validation("2026-04-10").isoformat() == "2026-04-10"
    for text in ("2026-W15-5", "20260410", "2026-04-1", "2026-02-30", ""):
        with pytest.raises(ValidationError):
            DayField().run_validation(text)


def test_documents_change_where_their_meaning_changes() -> None:
    field = DocumentField(empty=dict)
    for stored, shown in (({}, "{}"), (None, "{}"), ({"a": 1, "b": 2}, '{"b": 2, "a": 1}')):
        assert not field.has_changed(stored, shown)
    for stored, typed in (({"a": 1}, "{}"), (None, '{"a": 1}'), ({}, "{")):
        assert field.has_changed(stored, typed)
