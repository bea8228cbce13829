"""What the columns of a row say against its values."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import Model

from core.problems import Problem


def problems_of(row: Model, names: Collection[str]) -> list[Problem]:
    """Return what is wrong with the columns `names` of a row that is not stored yet."""
    problems = []
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - set(names))
    except ValidationError as error:
        for name, found in error.error_dict.items():
            problems += [
                Problem(name, str(one.code or "invalid"), str(one.messages[0])) for one in found
            ]
    return problems
