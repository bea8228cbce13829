"""The shop that is called, for the tests beside."""

from segmentation_site.tests.access.calls import boss, places

__all__ = ["boss", "places"]
