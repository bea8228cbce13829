"""The command that reads the shop's live events from Kafka."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.processes import show_process
from customers.events.kafka.configuration import NotReady
from customers.events.kafka.reading import Broken, Job, Reader, Refused
from customers.events.kafka.refused import RefusedTopic
from customers.events.reading import MOST_EVENTS

# Kafka's own rule; what begins with ^ would be an expression.
IS_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}").fullmatch


class Command(BaseCommand):
    help = _("Reads the shop's live events from Kafka and stores them, until it is stopped.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--topic",
            action="append",
            help=_("a topic to read, again for each (default: those of KAFKA_TOPICS)"),
        )
        parser.add_argument(
            "--group",
            default=settings.KAFKA_GROUP,
            help=_("the consumer group (default: %(default)s)"),
        )
        parser.add_argument(
            "--batch",
            type=int,
            default=MOST_EVENTS,
            metavar="N",
            help=_("at most so many events in one transaction (default: %(default)s)"),
        )
        parser.add_argument(
            "--once", action="store_true", help=_("read what is there now, and end then")
        )
        parser.add_argument(
            "--from-beginning",
            action="store_true",
            help=_("begin with the oldest message that is kept, also of what was read before"),
        )
        parser.add_argument(
            "--skip-refused",
            action="store_true",
            help=_("without KAFKA_REFUSED_TOPIC: only log what is refused, and go on"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the counts at the end; SIGTERM and Ctrl-C end the command after the current batch.

        Raises CommandError where Kafka is not configured, returns an error that no retry resolves,
        or a refused message ends the reading.
        """
        stop = threading.Event()
        if not options["once"]:
            show_process("events")
        try:
            reader = Reader(_job(options), stop)
            with _ending_by_signals(stop):
                reader.run()
        except NotReady as error:
            raise CommandError(str(error)) from error
        except Broken as error:
            raise CommandError(_("Kafka: %(error)s") % {"error": error}) from error
        except Refused as error:
            text = _(
                "%(place)s is refused: %(problems)s. Name a KAFKA_REFUSED_TOPIC that keeps what is "
                "refused, or pass over it by --skip-refused."
            )
            found = {"place": error.place, "problems": error.problems}
            raise CommandError(text % found) from error
        self.stdout.write(str(reader.progress))


@contextmanager
def _ending_by_signals(stop: threading.Event) -> Iterator[None]:
    """Have SIGTERM and Ctrl-C set `stop`, as long as the block lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGTERM, signal.SIGINT)
    usual = [signal.signal(one, lambda *_args: stop.set()) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, usual, strict=True):
            signal.signal(one, handler)


def _job(options: dict[str, Any]) -> Job:
    """Return what the options ask for; raises CommandError for what cannot be."""
    topics = options["topic"] or settings.KAFKA_TOPICS
    refused = settings.KAFKA_REFUSED_TOPIC
    if not topics:
        raise CommandError(_("Which topics? Say --topic, or KAFKA_TOPICS."))
    for topic in [*topics, *filter(None, [refused])]:
        if not IS_TOPIC(topic):
            raise CommandError(_("“%(topic)s” is not the name of a topic.") % {"topic": topic})
    if not options["group"].strip():
        raise CommandError(_("Which group? Say --group, or KAFKA_GROUP."))
    if not 1 <= options["batch"] <= MOST_EVENTS:
        most = f"{MOST_EVENTS:,}"
        raise CommandError(_("--batch: from 1 to %(most)s events.") % {"most": most})
    if refused in topics and not options["once"]:
        # A message that is refused again would be written to and read from the topic for ever.
        raise CommandError(_("KAFKA_REFUSED_TOPIC itself is read with --once only."))
    return Job(
        topics=topics,
        group=options["group"],
        most=options["batch"],
        once=options["once"],
        from_beginning=options["from_beginning"],
        refused=RefusedTopic(refused) if refused else None,
        skip_refused=options["skip_refused"],
    )
