"""The kinds of models, by code: a new one is a file here, and a line below."""

from predictions.kinds.churn import CHURN
from predictions.kinds.clv import CLV
from predictions.kinds.journey import JOURNEY
from predictions.kinds.kind import Kind, as_of_column, version_column
from predictions.kinds.next_order import NEXT_ORDER
from predictions.kinds.rfm import RFM

__all__ = ["KINDS", "Kind", "as_of_column", "version_column"]

KINDS: dict[str, Kind] = {kind.code: kind for kind in (RFM, JOURNEY, CLV, CHURN, NEXT_ORDER)}
