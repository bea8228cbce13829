"""manage.py sync_audiences: works on syncs until it is stopped, as a worker does."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.models import AudienceSync
from campaigns.syncs.counts import counts_of
from campaigns.syncs.sync_runs import run_sync

# Seconds between two checks while there is nothing to send.
PAUSE = 10.0
# Seconds after which the next sync has its turn.
TURN = 20.0


class Command(BaseCommand):
    help = _("Keep the lists of other mail programs like their segments, until it is stopped.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "sync",
            nargs="?",
            type=int,
            help=_("the number of one sync; all active ones if left out"),
        )
        parser.add_argument(
            "--once", action="store_true", help=_("tell what there is now, and end then")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write how each sync stands at the end; CommandError where there is no such sync.

        SIGTERM and Ctrl-C end after the turn under way.
        """
        number = options["sync"]
        if number is not None and not AudienceSync.objects.filter(pk=number).exists():
            raise CommandError(_("There is no sync %(number)d.") % {"number": number})
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for one in (signal.SIGTERM, signal.SIGINT):
                signal.signal(one, lambda *_args: stop.set())
        while not stop.is_set():
            is_more = [run_sync(pk, seconds=TURN) for pk in _active(number) if not stop.is_set()]
            if any(is_more):
                continue
            if options["once"]:
                break
            stop.wait(PAUSE)
        self._tell(number)

    def _tell(self, number: int | None) -> None:
        rows = AudienceSync.objects.order_by("pk")
        rows = rows if number is None else rows.filter(pk=number)
        counts = counts_of([one.pk for one in rows])
        for one in rows:
            text = _(
                "{number} {name}: {state}, {there} there, {waiting} waiting, {refused} refused"
            )
            found = counts[one.pk]
            line = text.format(
                number=one.pk,
                name=one,
                state=one.state.label,
                there=found["there"],
                waiting=found["entering"] + found["leaving"],
                refused=found["refused"],
            )
            self.stdout.write(f"{line}. {one.error}".strip())


def _active(number: int | None) -> list[int]:
    rows = AudienceSync.objects.filter(is_active=True).order_by("pk")
    if number is not None:
        rows = rows.filter(pk=number)
    return list(rows.values_list("pk", flat=True))
