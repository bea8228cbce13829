"""The shop with secrets, for the tests beside."""

from segmentation_site.tests.personal_data.shop import secrets, segment

__all__ = ["secrets", "segment"]
