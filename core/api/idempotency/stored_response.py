"""The responses that repeated calls get again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from json import dumps
from typing import Protocol

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from core.clock import now


class KeptResponse(models.Model):
    """The response of one user's POST with an `Idempotency-Key`, stored in the POST's transaction.

    `call` is the SHA-256 of user, path and key, `request` that of the query string and the body.
    `permissions` are those that the handler has asked for and found: the response may show what
    nobody may see without them. None: the release before has kept the response and noted none.
    """

    call = models.CharField(max_length=64, unique=True)
    request = models.CharField(max_length=64)
    path = models.TextField()
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField(blank=True)
    permissions = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "customers"

    def __str__(self) -> str:
        return f"{self.path} ({self.status})"


class Named(Protocol):
    """A customer's numbers and e-mail address."""

    @property
    def numbers(self) -> tuple[str, ...]: ...

    @property
    def email(self) -> str: ...


def expired_responses(at: datetime) -> "QuerySet[KeptResponse]":
    """Return the responses that are kept no longer at `at` (aware)."""
    return KeptResponse.objects.filter(at__lte=at - timedelta(hours=settings.IDEMPOTENCY_HOURS))


def delete_responses_about(person: Named) -> Iterable[str]:
    """Delete the kept responses that name `person`; nothing is left for others to remove."""
    named = Q()
    for number in person.numbers:
        named |= Q(path__icontains=f"/{number}/") | Q(body__icontains=_json(number))
    if person.email:
        named |= Q(path__icontains=person.email) | Q(body__icontains=_json(person.email)[1:-1])
    KeptResponse.objects.filter(named, at__lte=now()).delete()
    return ()


def _json(text: str) -> str:
    return dumps(text, ensure_ascii=False)
