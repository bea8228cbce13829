"""The laws of every resource, for segments."""

import pytest

from core.tests.contract import ResourceLaws
from core.tests.row_laws import fail
from segments.api.segments import SEGMENTS_API
from segments.editing import saving


@pytest.mark.django_db
class TestSegments(ResourceLaws):
    """Read, written, refused, restored, audited and deleted as every resource."""

    api = SEGMENTS_API
    least = {"code": "vip", "name": "VIP"}
    change = {"name": "Best", "description": "Who buys often"}
    wrong = ({"priority": 2**31}, "priority", "max_value")
    # A segment is named by all that uses it, of each kind to those who may see that kind:
    # `test_segments.py`, `test_dependents.py`.
    test_what_is_in_use_is_not_deleted = test_the_admin_deletes_what_is_not_in_use = None

    def tag(self, version):
        return f'"{version}-auto-on-0"'

    def judges(self):
        """The form does not ask the resource."""
        return [*super().judges(), (saving, "_store")]

    def lock_of(self, row):
        return "definitions"

    def rows_locked(self, monkeypatch):
        locked = []
        for module in ("segments.rules.users", "segments.editing.saving"):
            monkeypatch.setattr(f"{module}.lock_definitions", lambda: locked.append("definitions"))
        return locked

    def break_saving(self, monkeypatch):
        monkeypatch.setattr("segments.editing.saving.leave_to_refresh", fail)

    def test_a_new_row_needs_a_code(self):
        """A segment without a code gets one that is made of its name."""
        answer = self.send("POST", self.path, {"name": "Best of all"})
        assert (answer.status_code, answer.json()["code"]) == (201, "best-of-all")
