"""Turns a merchant's sentence into the tree that it means, or reports its unclear parts."""

from conditions.reading.languages.detection import GRAMMARS
from conditions.reading.sentence import (
    LONGEST,
    Reading,
    TreeRead,
    Unread,
    read_sentence,
)

__all__ = ["GRAMMARS", "LONGEST", "Reading", "TreeRead", "Unread", "read_sentence"]
