"""Consent: tests for refusals in Python and in SQL, and how consent is recorded."""

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

OPT_IN = "opt_in"
EVIDENCE_CHARACTERS = 10_000


def latest_consent(customer: Customer, purpose: Purpose) -> Consent | None:
    """Return the customer's newest entry for `purpose`, the one that counts; None if none."""

    def newest(key: Any) -> QuerySet[Consent]:
        rows = Consent.objects.filter(customer=key, purpose=purpose)
        return rows.order_by("-at", "-pk")[:1]

    name = "latest consent", str(purpose)
    return next(iter(rows_by_key(name, Consent.objects.db, newest, customer.pk)), None)


def refuses(customer: Customer, purpose: Purpose) -> bool:
    """Return whether `customer` refuses `purpose`: by an entry, or by having none under opt-in."""
    latest = latest_consent(customer, purpose)
    return (_default_state(purpose) if latest is None else latest.state) == ConsentState.REFUSED


def refusing(purpose: Purpose, customer: str = "pk") -> Q:
    """Return `refuses` as a query condition; `customer` is the path to the customer's key."""
    return _is_refusal(purpose, customer, unsaid=_default_state(purpose))


def has_refused(purpose: Purpose, customer: str = "pk") -> Q:
    """Return the query condition that the customer's newest entry is a refusal.

    Customers without an entry do not meet the condition, not even under opt-in. `customer` is the
    path to the customer's key.
    """
    return _is_refusal(purpose, customer, unsaid="")


def refusal_in_sql(purpose: Purpose, customer: str) -> str:
    """Return `refusing` as SQL text, for the statements of imports.

    `customer` is the SQL expression of the customer's key.
    """
    state = (
        f"SELECT c.state FROM {Consent._meta.db_table} AS c WHERE c.customer_id = {customer}"
        f""" AND c.purpose = '{purpose}' ORDER BY c."at" DESC, c.id DESC LIMIT 1"""
    )
    return f"COALESCE(({state}), '{_default_state(purpose)}') = '{ConsentState.REFUSED}'"


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
    """Add an entry, dated `at` (aware), for each purpose; earlier entries stay on record.

    The audit log gets the states and `author` (None: a command or a task), but not the evidence.
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


def _default_state(purpose: Purpose) -> str:
    """Return the state of a customer without an entry: refused under opt-in, else granted."""
    rule = {
        Purpose.TRACKING: settings.TRACKING_CONSENT,
        Purpose.PERSONALIZATION: settings.PERSONALIZATION_CONSENT,
    }[purpose]
    return str(ConsentState.REFUSED if rule == OPT_IN else ConsentState.GRANTED)
