"""manage.py send_mail: advances sequences and sends due mail, until it is stopped."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.sending import send_due
from campaigns.sequences import advance

# Seconds between two looks, where nothing is due.
PAUSE = 1.0
# Seconds for which sequences go on before mail is sent again.
ADVANCE = 2.0


class Command(BaseCommand):
    help = _(
        "Advance sequences and send what is due, until stopped; a second beside it sends faster."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help=_("send what is due now, and end then")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write how many messages were sent, failed, were skipped or are uncertain.

        SIGTERM and Ctrl-C end the command after the current message. Raises CommandError where
        MAIL_ENABLED is off.
        """
        if not settings.MAIL_ENABLED:
            raise CommandError(_("MAIL_ENABLED is off: nothing is sent."))
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for one in (signal.SIGTERM, signal.SIGINT):
                signal.signal(one, lambda *_args: stop.set())
        while not stop.is_set():
            advance(seconds=ADVANCE)
            found = send_due(stop=stop)
            if any(vars(found).values()) or options["once"]:
                text = _("sent {sent}, failed {failed}, skipped {skipped}, uncertain {uncertain}")
                self.stdout.write(text.format(**vars(found)))
            if options["once"]:
                return
            stop.wait(PAUSE)
