"""The columns with personal data, and the permissions to see them.

Each model declares its personal columns once (`personal`). All code that shows, searches, sorts,
suggests or exports values uses this module: no page or file has a rule of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.db.models.constants import LOOKUP_SEP

from core.database.fields import FoldedTextField

if TYPE_CHECKING:  # The models are made with this module, before there are users.
    from django.contrib.auth.models import AnonymousUser, User

PERMISSION = "customers.view_personal_data"


class Kind(IntEnum):
    """How personal a column is; a greater value is stricter."""

    # The column identifies nobody, so everybody who may see the row may see the column.
    OPEN = 0
    # E-mail and name, which lists and exports of members show as well, to those who may see these.
    NAME = 1
    # Only for those with `PERMISSION`.
    PRIVATE = 2


@dataclass(frozen=True)
class Personal:
    """The columns of a model that are personal; all others are open."""

    names: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    def kind(self, column: str) -> Kind:
        """Return the kind of the column with this name."""
        if column in self.private:
            return Kind.PRIVATE
        return Kind.NAME if column in self.names else Kind.OPEN


def kind_of(model: type[Model], path: str) -> Kind:
    """Return the strictest kind of the columns on `path` (`customer__email__startswith`).

    A part that is no column, such as a look-up at the end, does not count.
    """
    strictest = Kind.OPEN
    for part in path.split(LOOKUP_SEP):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            break
        strictest = max(strictest, _kind(model, field) if isinstance(field, Field) else Kind.OPEN)
        if not field.is_relation or field.related_model is None:
            break
        model = field.related_model
    return strictest


def strictest_of(model: type[Model], paths: Iterable[str] | None = None) -> Kind:
    """Return the strictest kind of `paths`, by default of all columns of `model`."""
    names = (field.name for field in model._meta.concrete_fields) if paths is None else paths
    return max((kind_of(model, name) for name in names), default=Kind.OPEN)


def may_see(user: "User | AnonymousUser", kind: Kind, *, names: str = "") -> bool:
    """Return whether `user` may see columns of this kind.

    `names` is the permission that is enough for e-mail and name where the contract shows them:
    `segments.view_members` in lists of members, `segments.export_members` in their exports.
    """
    if kind is Kind.OPEN or user.has_perm(PERMISSION):
        return True
    return kind is Kind.NAME and bool(names) and user.has_perm(names)


def _kind(model: type[Model], field: Field) -> Kind:  # type: ignore[type-arg]
    # A folded copy is as personal as its source.
    name = field.source if isinstance(field, FoldedTextField) else field.name
    declared: Personal = getattr(model, "personal", Personal())
    return declared.kind(name)
