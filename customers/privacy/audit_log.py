"""Removes erased customers from the audit log: their numbers, addresses, and texts about them."""

import json
import re
from collections.abc import Collection
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from core.audit import SUBJECTS
from customers.models import AuditEntry
from customers.privacy.erased import ERASED
from customers.privacy.holdings import Person, Rows


def entries_of(person: Person) -> Rows:
    """Return the entries that name `person`, and those whose text may mention them."""
    named = [subject.name for subject in SUBJECTS if subject.names_customers]
    written = [subject.name for subject in SUBJECTS if subject.texts]
    found = Q(subject__in=named, name__in=person.numbers)
    for number in person.numbers:
        found |= _contains(number, quote='"')
        found |= Q(_contains(number), subject__in=written)
    if person.email:
        found |= _contains(person.email)
    texts = {f"{name}_text": Cast(name, TextField()) for name in ("before", "after")}
    return AuditEntry.objects.alias(**texts).filter(found)


def unname_entries(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Remove `person` from `rows` and empty texts about the person; return how many rows change."""
    changed = []
    for entry in rows:
        subject = SUBJECTS.find(entry.subject)
        is_theirs = bool(
            subject and subject.names_customers and entry.name in person.numbers
        ) or _names(entry.before, entry.after, person=person)
        name = ERASED if is_theirs and subject and subject.names_customers else entry.name
        unnamed = _Unnamed(person, subject.texts if subject else (), empties=is_theirs)
        before, after = unnamed(entry.before), unnamed(entry.after)
        if (name, before, after) != (entry.name, entry.before, entry.after):
            entry.name, entry.before, entry.after = name, before, after
            changed.append(entry)
    AuditEntry.objects.bulk_update(changed, ["name", "before", "after"], batch_size=500)
    return len(changed)


class _Unnamed:
    """Makes JSON values without data about `person`.

    The fields in `texts` are emptied where they mention the person, and always where the entry
    `empties` them: a text about a customer may identify the customer in ways that no search finds.
    """

    def __init__(self, person: Person, texts: Collection[str], *, empties: bool) -> None:
        self._numbers = person.numbers
        self._texts = texts
        self._empties = empties
        self._email = _mention(person.email) if person.email else None
        self._mentions = [_mention(one) for one in (*person.numbers, person.email) if one]

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self(key): self._field(key, one) for key, one in value.items()}
        if isinstance(value, list):
            return [self(one) for one in value]
        if not isinstance(value, str):
            return value
        if value in self._numbers:
            return ERASED
        return self._email.sub(ERASED, value) if self._email else value

    def _field(self, name: str, value: Any) -> Any:
        if name not in self._texts or not isinstance(value, str):
            return self(value)
        is_mentioned = any(mention.search(value) for mention in self._mentions)
        return "" if self._empties or is_mentioned else value


def _contains(text: str, quote: str = "") -> Q:
    """Return the condition that an entry has `text` in its values, in upper or lower case.

    PostgreSQL stores characters beyond ASCII as they are, SQLite stores escapes. `quote` stands
    around a text that is a whole JSON string.
    """
    found = Q()
    for is_ascii in (True, False):
        written = f"{quote}{json.dumps(text, ensure_ascii=is_ascii)[1:-1]}{quote}"
        found |= Q(before_text__icontains=written) | Q(after_text__icontains=written)
    return found


def _mention(name: str) -> re.Pattern[str]:
    """Return the pattern that finds a number or an address in a text, but not in a longer one."""
    return re.compile(rf"(?<![\w.+-]){re.escape(name)}(?![\w-]|\.\w)", re.IGNORECASE)


def _names(*values: Any, person: Person) -> bool:
    """Return whether a number of `person` is a whole string or key of JSON `values`."""
    return any(
        _names(*value, *value.values(), person=person)
        if isinstance(value, dict)
        else _names(*value, person=person)
        if isinstance(value, list)
        else value in person.numbers
        for value in values
    )
