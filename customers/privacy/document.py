"""All that is held about one customer, as one JSON document."""

import json
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.database.fields import FoldedTextField
from core.database.snapshot import snapshot
from customers.privacy.elsewhere import SHARES
from customers.privacy.holdings import HOLDINGS, Holding, Person

CHUNK = 1_000


def document_of(person: Person, *, as_of: datetime) -> IO[bytes]:
    """Return the document as an unnamed temporary file, which is deleted when it is closed.

    With a file, memory does not grow with the document, and the database transaction ends before
    the reader has read everything. Rows are grouped by their model's label and ordered by key; a
    reference to another row has the shop's name for that row. All data is from one snapshot.
    """
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with snapshot():
        for piece in _pieces(person, as_of):
            file.write(piece.encode())
    file.seek(0)
    return file


def _pieces(person: Person, as_of: datetime) -> Iterator[str]:
    yield f'{{"id": {_json(person.numbers[0])}, "as_of": {_json(as_of)}, "tables": {{'
    for number, holding in enumerate(HOLDINGS):
        yield f"{', ' if number else ''}{_json(holding.name)}: "
        yield from _list(_rows(holding, person))
    yield '}, "shared_with": '
    yield from _list(share for shares in SHARES for share in shares(person))
    yield "}"


def _list(values: Iterator[Any]) -> Iterator[str]:
    yield "["
    for number, value in enumerate(values):
        yield f"{', ' if number else ''}{_json(value)}"
    yield "]"


def _rows(holding: Holding, person: Person) -> Iterator[dict[str, Any]]:
    paths = {
        field.name: _named(field)
        for field in holding.model._meta.concrete_fields
        # A folded copy says nothing that its source does not say.
        if not isinstance(field, FoldedTextField)
    }
    rows = holding.rows_of(person).order_by("pk").values_list(*paths.values())
    for row in rows.iterator(chunk_size=CHUNK):
        yield dict(zip(paths, row, strict=True))


def _named(field: models.Field[Any, Any]) -> str:
    """Return the path to the value of a column; of a foreign key to what the other is called."""
    if isinstance(field, models.ForeignKey):
        for other in field.related_model._meta.concrete_fields:
            if other.unique and isinstance(other, models.CharField):
                return f"{field.name}__{other.name}"
    return field.attname


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
