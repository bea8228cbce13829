"""Receives visitors' consent and behaviours from a storefront; the response reveals no result."""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from core.clock import now
from core.problems import Invalid
from core.text.json_documents import read_document
from customers.events.reading import moment_of
from customers.merging import MergeRefused, customer_known_as, merge_guest
from customers.models import Customer
from customers.models.identity.customer import CustomerKind
from customers.privacy.erased import erased_among
from personalization.intake.call_counts import count
from personalization.intake.privacy_signals import refuse_for
from personalization.intake.reading import MOST, wrong_moment
from personalization.intake.receiving import UNKNOWN, Caller, receive
from personalization.models import TrackingSite
from personalization.visitors.consent import store_consent
from personalization.visitors.last_requests import note_request
from personalization.visitors.sites import site_with
from personalization.visitors.token import customer_named

# The id of a visitor: `v-` and 128 random bits.
BEGINNING = "v-"
VISITOR = f"{BEGINNING}[0-9a-f]{{32}}"
_is_visitor = re.compile(VISITOR).fullmatch

logger = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024
EVENTS, SAID = {"visitor", "customer", "events", "gpc"}, {"visitor", "consent", "at", "gpc"}


def collect(body: bytes, site_key: str, caller: Caller) -> None:
    """Process the `body` of a request for the site with this key; the outcome is not returned.

    Invalid entries are skipped and counted. If the database is busy, as during an import, the
    request is lost: a storefront does not retry.
    """
    at = now()
    try:
        outcomes = _collect(body, site_key, caller, at)
    except Invalid as error:
        outcomes = {"invalid": max(len(error.problems), 1)}
    except OperationalError as error:
        logger.warning("What a storefront sent is lost: %s", type(error).__name__)
        return
    count(outcomes, at)


def _collect(body: bytes, site_key: str, caller: Caller, at: datetime) -> dict[str, int]:
    """Return what became of it, as far as `receive` has not counted it."""
    site = site_with(site_key)
    if site is None:
        return {"unknown_site": 1}
    document = read_document(body, limit=MOST_BYTES)
    if not isinstance(document, Mapping) or not is_visitor(document.get("visitor")):
        return {"invalid": 1}
    if not isinstance(document.get("gpc", False), bool):
        return {"invalid": 1}
    note_request(site.pk, at)
    caller = replace(caller, gpc=caller.gpc or document.get("gpc") is True)
    if "events" in document and set(document) <= EVENTS:
        return _events(document, site, caller, at)
    if isinstance(document.get("consent"), bool) and set(document) <= SAID:
        return _consent(document, site, caller, at)
    return {"invalid": 1}


def _consent(
    document: Mapping[str, Any], site: TrackingSite, caller: Caller, at: datetime
) -> dict[str, int]:
    visitor = document["visitor"]
    said_at = moment_of(document["at"]) if "at" in document else at
    if said_at is None or wrong_moment(said_at, at):
        return {"invalid": 1}
    if erased_among({visitor}):
        return {"erased": 1}
    if caller.gpc:
        _refuse_known(visitor, at)
        return {"gpc": 1}
    if caller.is_crawler:
        return {"bot": 1}
    is_somebody = store_consent(visitor, site.website, is_granted=document["consent"], at=said_at)
    return {} if is_somebody else {"unknown_visitor": 1}


def _refuse_known(number: str, at: datetime) -> None:
    """Note the privacy signals of the browser for a known customer or guest; creates none."""
    with transaction.atomic():
        known = customer_known_as(number)
        if known is not None:
            rows = Customer.objects.select_for_update(no_key=True).filter(pk=known.pk)
            refuse_for(list(rows), author=None, at=at)


def _events(
    document: Mapping[str, Any], site: TrackingSite, caller: Caller, at: datetime
) -> dict[str, int]:
    events, visitor, whose = document["events"], document["visitor"], document["visitor"]
    if not isinstance(events, list) or not 1 <= len(events) <= MOST:
        return {"invalid": 1}
    if document.get("customer") is not None:
        named = customer_named(document["customer"], site.secret, at)
        if named is None:
            return {"bad_token": len(events)}
        whose = named
        if not caller.gpc and not caller.is_crawler:
            _merge(visitor, named)
    try:
        taken = receive(events, caller, customer=whose, at=at)
        problems = taken.problems
    except Invalid as error:
        problems = error.problems
    # One event may have several.
    wrong = {problem.path.partition(".")[0]: problem.code for problem in problems}
    unknown = sum(code == UNKNOWN for code in wrong.values())
    return {"unknown_visitor": unknown, "invalid": len(wrong) - unknown}


def _merge(visitor: str, number: str) -> None:
    """Merge the visitor's guest into the customer who has logged in there."""
    rows = Customer.objects.filter(external_id=visitor, kind=CustomerKind.GUEST)
    customer = customer_known_as(number) if rows.exists() else None
    if customer is None:
        return
    # Refused if the customer is a guest as well, or if one of them has just been deleted.
    with suppress(MergeRefused):
        merge_guest(visitor, customer)


def is_visitor(number: object) -> bool:
    """Return whether `number` is the id of a visitor."""
    return isinstance(number, str) and _is_visitor(number) is not None
