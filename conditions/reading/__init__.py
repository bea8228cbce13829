"""A merchant's sentence becomes the tree that it means, or is given back with what is not clear."""

from conditions.reading.grammars import GRAMMARS
from conditions.reading.sentence import (
    LONGEST,
    Reading,
    TreeRead,
    Unread,
    read_sentence,
)

__all__ = ["GRAMMARS", "LONGEST", "Reading", "TreeRead", "Unread", "read_sentence"]
