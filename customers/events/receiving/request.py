"""Stores the events of a request in one transaction: all or none, or all that have no problems."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from core.access.website_limits import Websites
from core.database.deadlock_retries import tried_again
from core.problems import Invalid, Problem
from customers.events.reading import Event, events_in
from customers.events.receiving.batch import EventBatch, Taken

TRIES = 3


def receive(body: Any, *, partial: bool = False, websites: Websites = None) -> Taken:
    """Store the events of a parsed JSON body, one event or a list, in one transaction.

    Raises `Invalid` with every problem and stores nothing; with `partial`, the events without
    problems are stored and the problems returned. `websites` are those that the sender is limited
    to (None: all): an event about others raises OutsideWebsites, and nothing is stored.
    """
    events, problems = events_in(body)
    if problems and not partial:
        # The response names the problems of the other events, too; this attempt is rolled back.
        problems += _rehearse(events, websites)
        raise Invalid(problems)

    @transaction.atomic
    def take() -> Taken:
        return EventBatch(events, partial=partial, websites=websites).take()

    # A merge may deadlock with a process that waits for this batch.
    taken = tried_again(take, tries=TRIES)
    taken.problems += problems
    return taken


def _rehearse(events: Sequence[Event], websites: Websites) -> list[Problem]:
    if not events:
        return []
    try:
        with transaction.atomic():
            EventBatch(events, partial=False, websites=websites).take()
            transaction.set_rollback(True)
    except Invalid as error:
        return error.problems
    return []
