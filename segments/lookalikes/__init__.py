"""Look-alikes of a segment: the customers whose purchases resemble those of its members most.

Purchases are the only feature: gender, birth date, address, names and attributes have no effect.
"""

from segments.lookalikes.finding import lookalikes
from segments.lookalikes.question import LookalikeQuestion
from segments.lookalikes.result import Lookalikes, LookalikeWarning

__all__ = ["LookalikeQuestion", "LookalikeWarning", "Lookalikes", "lookalikes"]
