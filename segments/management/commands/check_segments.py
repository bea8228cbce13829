"""`manage.py check_segments`: checks whether the stored state of segments is right."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.insight.consistency import Checked, Customers, check_segment
from segments.management.arguments import segments_by_code
from segments.models import Segment

# More than the customers of any shop, and a number that every database accepts.
EVERYBODY = 2**31 - 1


class Command(BaseCommand):
    help = (
        "Check the segments CODE..., or all: stored trees are valid, stored members are those of a "
        "fresh evaluation, by the database and, for a sample, by the evaluator, and the change log "
        "tells the same. Changes nothing. Exit 1 where there is any drift; refresh_segments puts "
        "members right."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("codes", metavar="CODE", nargs="*")
        parser.add_argument(
            "--sample",
            type=int,
            default=200,
            metavar="N",
            help="of each segment, so many members and so many others are judged by the evaluator",
        )
        parser.add_argument(
            "--seed",
            type=int,
            metavar="S",
            help="chooses the sample; drawn and printed unless given",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sample"] < 0:
            raise CommandError(_("--sample must not be negative."))
        seed = secrets.randbelow(1_000_000) if options["seed"] is None else abs(options["seed"])
        codes = options["codes"]
        segments = segments_by_code(codes) if codes else list(Segment.objects.order_by("code"))
        self.stdout.write(_("Sample chosen by --seed %(seed)d") % {"seed": seed})
        drifted = []
        for number, segment in enumerate(segments, start=1):
            if self.stderr.isatty():
                self.stderr.write(f"{number}/{len(segments)} {segment.code} ...")
            checked = check_segment(segment, sample=min(options["sample"], EVERYBODY), seed=seed)
            self.stdout.write("\n".join(_lines(checked)))
            if checked.has_drift:
                drifted.append(segment.code)
        if drifted:
            raise CommandError(_("Drift: %(codes)s") % {"codes": ", ".join(drifted)})


def _lines(checked: Checked) -> list[str]:
    """Return the report lines of a segment, with indented details."""
    findings = [
        (checked.missing, _("should be members")),
        (checked.surplus, _("should not be members")),
        (checked.disputed, _("are judged otherwise by the evaluator")),
        (checked.unlogged, _("are members, or not, otherwise than the change log says")),
        (checked.logged_twice, _("entered or left twice in a row in the change log")),
    ]
    lines = [_head(checked)]
    if checked.invalid:
        lines.append("  " + _("not valid: %(problems)s") % {"problems": checked.invalid})
    lines += [f"  {_named(customers)} {what}" for customers, what in findings if customers.count]
    if checked.rows != checked.segment.members_count:
        lines.append(
            "  "
            + _("members_count is %(count)d, the stored members are %(rows)d")
            % {"count": checked.segment.members_count, "rows": checked.rows}
        )
    return lines


def _head(checked: Checked) -> str:
    members = ngettext("%(rows)d member", "%(rows)d members", checked.rows) % {"rows": checked.rows}
    parts = [members, _("DRIFT") if checked.has_drift else _("no drift")]
    if checked.as_of is not None:
        parts.append(_("as of %(as_of)s") % {"as_of": checked.as_of.isoformat()})
    if checked.asked:
        parts.append(_("%(asked)d asked of the evaluator") % {"asked": checked.asked})
    if checked.remark:
        parts.append(checked.remark)
    return f"{checked.segment.code}: {', '.join(parts)}"


def _named(customers: Customers) -> str:
    more = ", ..." if customers.count > len(customers.numbers) else ""
    return f"{customers.count} ({', '.join(customers.numbers)}{more})"
