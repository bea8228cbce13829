"""The operators, one row each, in a table for each type.

A row has the value that it takes, its words, and two implementations of the same meaning: `lookup`
or `ranges` for the compiler, `test` for the evaluator. Negative operators have neither: they are
the complement of their twin, formed in `tree.py` alone.
"""

from conditions.language.operators.base import Operator, Operators, Takes
from conditions.language.operators.dates import DATE, DATETIME, TAKES_INSTANTS, DateOperator
from conditions.language.operators.numbers import NUMBER
from conditions.language.operators.sets import CATEGORY, PART, SET
from conditions.language.operators.texts import BOOLEAN, CHOICE, SEGMENT, TEXT
from core.registries import Words

__all__ = [
    "BOOLEAN",
    "CATEGORY",
    "CHOICE",
    "DATE",
    "DATETIME",
    "NUMBER",
    "PART",
    "SEGMENT",
    "SET",
    "TAKES_INSTANTS",
    "TEXT",
    "DateOperator",
    "Operator",
    "Operators",
    "Takes",
    "Words",
]
