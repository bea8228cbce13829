"""The kinds of models, by code: a new one is a file here, and a line below."""

from predictions.kinds.journey import JOURNEY
from predictions.kinds.kind import Kind
from predictions.kinds.rfm import RFM

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, Kind] = {kind.code: kind for kind in (RFM, JOURNEY)}
