"""The shop with secrets, for the tests beside."""

from segmentation_site.tests.personal_data.shop import secrets, segment
from segments.tests.conftest import sent

__all__ = ["secrets", "segment", "sent"]
