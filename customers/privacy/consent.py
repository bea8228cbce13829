"""Consent: who refuses what, in Python and in SQL, and how it is noted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from core.audit import record
from core.database.prepared import rows_by_key
from customers.models import (
    AuditAction,
    AuditSubject,
    Consent,
    ConsentState,
    Customer,
    Purpose,
)

OPT_IN, OPT_OUT = "opt_in", "opt_out"
EVIDENCE_CHARACTERS = 10_000


def latest_consent(customer: Customer, purpose: Purpose) -> Consent | None:
    """Return the entry that counts; None where the customer has said nothing."""

    def newest(key: Any) -> QuerySet[Consent]:
        rows = Consent.objects.filter(customer=key, purpose=purpose)
        return rows.order_by("-at", "-pk")[:1]

    name = "latest consent", str(purpose)
    return next(iter(rows_by_key(name, Consent.objects.db, newest, customer.pk)), None)


def refuses(customer: Customer, purpose: Purpose) -> bool:
    """Return whether `customer` has refused, or has said nothing where that counts as refused."""
    latest = latest_consent(customer, purpose)
    return (_unsaid(purpose) if latest is None else latest.state) == ConsentState.REFUSED


def refusing(purpose: Purpose, customer: str = "pk") -> Q:
    """Return the same as a condition of SQL; `customer` is the path to the customer's key."""
    return _is_refusal(purpose, customer, unsaid=_unsaid(purpose))


def has_refused(purpose: Purpose, customer: str = "pk") -> Q:
    """Return the condition of SQL that the customer has said no: who said nothing has not."""
    return _is_refusal(purpose, customer, unsaid="")


def refusal_in_sql(purpose: Purpose, customer: str) -> str:
    """Return what `refusing` says as the text of SQL; `customer` is the SQL of the customer's key.

    Imports write their statements as texts.
    """
    state = (
        f"SELECT c.state FROM {Consent._meta.db_table} AS c WHERE c.customer_id = {customer}"
        f""" AND c.purpose = '{purpose}' ORDER BY c."at" DESC, c.id DESC LIMIT 1"""
    )
    return f"COALESCE(({state}), '{_unsaid(purpose)}') = '{ConsentState.REFUSED}'"


def _is_refusal(purpose: Purpose, customer: str, *, unsaid: str) -> Q:
    said = Consent.objects.filter(customer=OuterRef(customer), purpose=purpose)
    state = Subquery(said.order_by("-at", "-pk").values("state")[:1])
    return Q(Exact(Coalesce(state, Value(unsaid)), Value(str(ConsentState.REFUSED))))


def note_consent(
    customer: Customer,
    states: Mapping[Purpose, ConsentState],
    *,
    source: str,
    author: Any,
    at: datetime,
    evidence: str = "",
) -> None:
    """Add an entry for each purpose, said at `at` (aware); what was said before stays on record.

    The audit log has who noted it (`author`, None: a command or a task), without the evidence.
    """
    said = {purpose.value: state.value for purpose, state in states.items()}
    with transaction.atomic():
        Consent.objects.bulk_create(
            Consent(
                customer=customer,
                purpose=purpose,
                state=state,
                source=source,
                at=at,
                evidence=evidence,
            )
            for purpose, state in said.items()
        )
        record(
            author,
            AuditAction.CHANGED,
            AuditSubject.CUSTOMER,
            customer.external_id,
            after={"consent": said, "source": source},
        )


def _unsaid(purpose: Purpose) -> str:
    """Return what it comes to that somebody has said nothing."""
    rule = {
        Purpose.TRACKING: settings.TRACKING_CONSENT,
        Purpose.PERSONALIZATION: settings.PERSONALIZATION_CONSENT,
    }[purpose]
    return str(ConsentState.REFUSED if rule == OPT_IN else ConsentState.GRANTED)
