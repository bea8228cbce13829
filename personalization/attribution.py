"""Attribution under this app's name; the engine is that of `predictions`, and there is one."""

from predictions.attribution import Journey, Touch, attribute

__all__ = ["Journey", "Touch", "attribute"]
