"""`manage.py export_features`: export features of the population, one row per customer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.clock import now
from core.commands import clock, write_out
from core.figures.table import csv_text
from core.text.formulas import guard_formula
from predictions.features.feature import Feature
from predictions.features.parquet import parquet_of, require_pyarrow
from predictions.features.table import SETS, columns_of, features_of
from predictions.history.columns import Column
from predictions.refusals import Refused
from segments.models import Segment

# The numbers of a batch of customers, and their features.
Part = tuple[Sequence[str], Sequence[Column]]


class Command(BaseCommand):
    help = _("Write features of all customers of the population.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set",
            action="append",
            metavar="SET",
            help=_("one of %(sets)s; may stand several times (default: all)")
            % {"sets": ", ".join(SETS)},
        )
        parser.add_argument("--as-of", type=clock, metavar="T", help=_("default: now"))
        parser.add_argument("--segment", metavar="CODE", help=_("only its stored members"))
        parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
        parser.add_argument("--output", metavar="FILE", help=_("default: standard output"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the features. Raises CommandError (exit 1) with the code of a refusal."""
        sets = list(dict.fromkeys(options["set"] or SETS))
        is_parquet = options["format"] == "parquet"
        try:
            features = features_of(sets)
            if is_parquet:
                require_pyarrow()
            segment = _segment(options["segment"])
            found = columns_of(as_of=options["as_of"] or now(), sets=sets, segment=segment)
        except Refused as error:
            raise CommandError(f"{error.code}: {error}") from error
        pieces = parquet_of(features, found) if is_parquet else _csv(features, found)
        write_out(pieces, options["output"], self.stdout)


def _segment(code: str | None) -> Segment | None:
    if code is None:
        return None
    segment: Segment | None = Segment.objects.filter(code=code).first()
    if segment is None:
        raise Refused("unknown_segment", _("There is no segment %(codes)s.") % {"codes": code})
    return segment


def _csv(features: Sequence[Feature], found: Iterable[Part]) -> Iterator[bytes]:
    head = ["id", *(one.name for one in features)]
    return chain([_lines([head])], _beside(_piece, found))


def _piece(part: Part) -> bytes:
    numbers, columns = part
    ids = [guard_formula(number) for number in numbers]
    return _lines(zip(ids, *(column.cells() for column in columns), strict=True))


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    return csv_text(rows, end="\n").encode()


def _beside(written: Callable[[Part], bytes], parts: Iterable[Part]) -> Iterator[bytes]:
    """Yield each part as bytes, formatted in a thread while the next part is read."""
    with ThreadPoolExecutor(1) as beside:
        ahead: Future[bytes] | None = None
        for part in parts:
            coming = beside.submit(written, part)
            if ahead is not None:
                yield ahead.result()
            ahead = coming
        if ahead is not None:
            yield ahead.result()
