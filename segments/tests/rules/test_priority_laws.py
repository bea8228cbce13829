"""The laws of every resource, for priority lists."""

import pytest

from core.tests.contract import ResourceLaws
from segments.api.segments import PRIORITY_LISTS_API


@pytest.mark.django_db
class TestPriorityLists(ResourceLaws):
    """Read, written, refused, restored, audited and deleted as every resource."""

    api = PRIORITY_LISTS_API
    least = {"code": "offers", "name": "Offers", "segments": ["vip", "new"]}
    change = {"segments": ["new", "vip"]}
    wrong = ({"segments": ["vip", "nobody"]}, "segments[1]", "unknown_segment")

    @pytest.fixture(autouse=True)
    def _segments(self, make_segment):
        for code in ("vip", "new"):
            make_segment(code)
