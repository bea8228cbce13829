"""The laws of every resource, for scheduled exports, which have no address of the API."""

import pytest

from core.tests.row_laws import RIGHTS, RowLaws
from segments.export.background.scheduled_exports import SCHEDULED_EXPORTS


@pytest.mark.django_db
class TestScheduledExports(RowLaws):
    """Written, refused, audited and deleted as every resource, in the name of who may export."""

    resource = SCHEDULED_EXPORTS
    least = {"name": "Nightly", "segment": "vip", "schedule": "0 5 * * *", "destination": "archive"}
    change = {"is_delta": True, "columns": ["id"], "folder": "daily"}
    wrong = ({"format": "xml", "bom": True}, "bom", "no_bom")
    more_rights = ("segments.export_members",)

    @pytest.fixture(autouse=True)
    def _place(self, make_segment, settings, tmp_path, _client):
        settings.EXPORT_DESTINATIONS = {"archive": tmp_path.as_uri()}
        make_segment("vip")
        self.author = self.client.user

    def other(self, number):
        return {**self.least, "name": f"Nightly {number}"}

    def test_only_users_who_may_export_members_write_one(self):
        self.author = self.client_with(*map(self.right, RIGHTS)).user
        assert self.refused(self.least) == {"": {"forbidden"}}
