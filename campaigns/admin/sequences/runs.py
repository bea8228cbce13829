"""The customers in the sequences of a segment and their progress, the newest first, in pages."""

from collections import defaultdict
from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.audit import SEQUENCE
from campaigns.models import HANDED, OPEN, Message, MessageState, Run, RunState, Sequence
from campaigns.words import reason_text
from core.audit import record_look
from core.text.folding import fold
from core.text.formats import number_shown

PAGE_SIZE = 50
LARGEST = BigIntegerField.MAX_BIGINT


@dataclass(frozen=True)
class Place:
    """A customer's progress: the mails they got, the next one, or why there is none."""

    run: Run
    sent: str
    next_mail: str
    next_at: datetime | None
    why_none: str


def places(request: HttpRequest, asked: Sequence, sequences: Many[Sequence]) -> dict[str, Any]:
    """Return the page of runs of `sequences` that `asked` requests; showing them is recorded."""
    search = request.GET.get("q", "").strip()
    after = _number(request.GET.get("after", ""))
    runs = _search_runs(Run.objects.filter(sequence__in=sequences), search)
    if after is not None:
        runs = runs.filter(pk__lt=after)
    ordered = runs.select_related("customer", "sequence").order_by("-pk")
    found = list(ordered[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    seen = [run.customer.external_id for run in found if run.customer is not None]
    if seen:
        record_look(request.user, SEQUENCE, str(asked.pk), "runs", customers=seen)
    messages = _messages(found)
    following = {"q": search, "after": found[-1].pk} if more else {}
    return {
        "places": [_place(run, messages[run.pk]) for run in found],
        "search": search,
        "is_first": after is None,
        "first_url": f"?{urlencode({'q': search})}",
        "next_url": f"?{urlencode(following)}" if following else "",
    }


def _number(text: str) -> int | None:
    """Return the key after which a page begins; None if it is not a valid key."""
    is_ours = text.isascii() and text.isdigit() and len(text) < len(str(LARGEST))
    return int(text) if is_ours else None


def _search_runs(runs: QuerySet[Run], search: str) -> QuerySet[Run]:
    if not search:
        return runs
    if "\0" in search:  # PostgreSQL accepts no NUL, and no customer number contains one.
        return runs.none()
    return runs.filter(customer__external_id_folded=fold(search))


def _messages(runs: Many[Run]) -> dict[int, list[Message]]:
    """Return the messages of `runs` by run, by due time."""
    found: dict[int, list[Message]] = defaultdict(list)
    rows = Message.objects.filter(run__in=[run.pk for run in runs])
    for row in rows.select_related("of_step__template").order_by("due_at", "pk"):
        if row.run_id is not None:
            found[row.run_id].append(row)
    return found


def _place(run: Run, messages: Many[Message]) -> Place:
    number = sum(row.state in HANDED for row in messages) + run.purged_sends
    waiting = next((row for row in messages if row.state in OPEN), None)
    return Place(
        run=run,
        sent=ngettext("%(n)s mail", "%(n)s mails", number) % {"n": number_shown(number)},
        next_mail=_name_of_step(waiting) if waiting else "",
        next_at=waiting.due_at if waiting else None,
        why_none="" if waiting else _why_none(run, messages),
    )


def _name_of_step(message: Message) -> str:
    name = message.of_step.template.name if message.of_step else ""
    return _("step %(number)s: %(mail)s") % {"number": message.step, "mail": name}


def _why_none(run: Run, messages: Many[Message]) -> str:
    if run.state == RunState.NOT_ELIGIBLE:
        return _("may not get mail: %(reason)s") % {"reason": reason_text(run.reason)}
    lost = {
        row.reason: reason_text(row.reason)
        for row in messages
        if row.state in (MessageState.SKIPPED, MessageState.FAILED)
    }
    if lost:
        return _("not sent: %(reasons)s") % {"reasons": ", ".join(lost.values())}
    if not messages and not run.purged_sends:
        return _("none was to be sent")
    return _("all are sent")
