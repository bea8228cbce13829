"""Syncs: checked, stored, run by hand, deleted; each deed is audited."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.audit import RUN, SYNC
from campaigns.covered import segments_to_use
from campaigns.editing.columns import problems_of
from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.running import wake
from campaigns.syncs.sharing import keepers_beside
from core.audit import record
from core.clock import now
from core.problems import Invalid, Problem
from customers.models import AuditAction
from segments.changes import latest_cursor
from segments.models import Segment

# Which list, of whom: another one is another sync.
FIXED = ("segment", "target", "list")


@dataclass(frozen=True)
class SyncDefinition:
    """All that somebody says of a sync; the segment by its code."""

    segment: str
    target: str
    list: str
    key_variable: str
    is_active: bool = True


class InvalidSync(Invalid):
    """A sync that is refused; `problems` holds every finding, each with its field's path."""


class StillActive(ValueError):
    """An active sync is not deleted: it might be at work."""

    def __init__(self) -> None:
        super().__init__(_("Turn the sync off first: it is active."))


def sync_definition(sync: AudienceSync) -> SyncDefinition:
    """Return what `sync` says as it is stored."""
    return SyncDefinition(
        sync.segment.code, sync.target, sync.list, sync.key_variable, sync.is_active
    )


def create_sync(definition: SyncDefinition, *, author: Any) -> AudienceSync:
    """Store a new sync, which begins with all members; raises InvalidSync."""
    return _stored(None, definition, author)


def save_sync(sync: AudienceSync, definition: SyncDefinition, *, author: Any) -> AudienceSync:
    """Store what a sync says from now on; one that is turned on compares everybody once more.

    Raises InvalidSync.
    """
    return _stored(sync.pk, definition, author)


def delete_sync(sync: AudienceSync, *, author: Any) -> None:
    """Forget a sync and whom it knows; its list stays as it is. Raises StillActive."""
    with transaction.atomic():
        stored = lock_sync(sync.pk)
        if stored.is_active:
            raise StillActive
        before = asdict(sync_definition(stored))
        record(author, AuditAction.DELETED, SYNC, str(stored.pk), before=before)
        stored.delete()


def run_now(sync: AudienceSync, *, author: Any) -> None:
    """Have an active sync compare everybody at once, and try those again who were refused."""
    with transaction.atomic():
        stored = lock_sync(sync.pk)
        if not stored.is_active:
            return
        _begin_anew(stored)
        stored.save(update_fields=["round_at", "error", "failures", "not_before"])
        members = SyncMember.objects.filter(sync=stored)
        members.filter(state=SyncMemberState.REFUSED).update(
            state=SyncMemberState.ENTERING, not_before=None
        )
        members.filter(state=SyncMemberState.LEAVING).update(not_before=None)
        record(author, RUN, SYNC, str(stored.pk))
        wake(stored.pk, now())


def lock_sync(pk: int) -> AudienceSync:
    """Return the stored sync, which nobody changes until the transaction is over.

    Raises AudienceSync.DoesNotExist.
    """
    rows = AudienceSync.objects.select_related("segment")
    found: AudienceSync = rows.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    return found


def _begin_anew(sync: AudienceSync) -> None:
    """Have nothing be waited for, and a round begin with the next run."""
    sync.round_at = None
    sync.error, sync.failures, sync.not_before = "", 0, None


def _stored(pk: int | None, wanted: SyncDefinition, author: Any) -> AudienceSync:
    try:
        with transaction.atomic():
            return _store(pk, wanted, author)
    except IntegrityError:
        # Somebody made the same in between: now the check sees it.
        with transaction.atomic():
            return _store(pk, wanted, author)


def _store(pk: int | None, wanted: SyncDefinition, author: Any) -> AudienceSync:
    wanted = replace(wanted, list=wanted.list.strip(), key_variable=wanted.key_variable.strip())
    problems = []
    # Before the sync's own row, as whoever deletes a segment has it.
    segment = segments_to_use([wanted.segment]).get(wanted.segment)
    if segment is None:
        text = _("There is no segment “%(code)s”.") % {"code": wanted.segment}
        problems.append(Problem("segment", "unknown_segment", text))
    sync = AudienceSync() if pk is None else lock_sync(pk)
    before = None if pk is None else sync_definition(sync)
    for name in ("target", "list", "key_variable", "is_active"):
        setattr(sync, name, getattr(wanted, name))
    problems += problems_of(sync, {"target", "list", "key_variable"})
    if before is not None:
        text = _("Another segment, program or list is another sync.")
        problems += [
            Problem(name, "read_only", text)
            for name in FIXED
            if getattr(before, name) != getattr(wanted, name)
        ]
    if not problems and segment is not None:
        problems += _taken(sync, segment)
    if problems or segment is None:
        raise InvalidSync(problems)
    if before == wanted:
        return sync
    sync.segment = segment
    if before is None:
        sync.cursor = latest_cursor()
    if wanted.is_active:
        _begin_anew(sync)
    sync.version += 1
    # What a worker writes meanwhile is not written over.
    own = ["key_variable", "is_active", "round_at", "error", "failures", "not_before", "version"]
    sync.save(update_fields=None if before is None else own)
    action = AuditAction.CREATED if before is None else AuditAction.CHANGED
    said = None if before is None else asdict(before)
    record(author, action, SYNC, str(sync.pk), before=said, after=asdict(wanted))
    if wanted.is_active:
        wake(sync.pk, now())
    return sync


def _taken(sync: AudienceSync, segment: Segment) -> list[Problem]:
    """Return what another sync of the same list stands against it."""
    if not keepers_beside(sync, segment):
        return []
    text = _("Another sync keeps this list already: a list can be of one segment only.")
    return [Problem("list", "list_taken", text)]
