"""Operators of the random parts of a draw."""

from django.utils.translation import gettext_lazy as _

from conditions.language.operators.base import Operator, Takes, negation, table

_IS_IN = Operator("is_in", _("is in"), Takes.PART, test=lambda unit, part: part.has(unit))
PART = table(_IS_IN, negation("is_not_in", _("is not in"), _IS_IN))
