"""The command that refuses migrations which are declared as less than they are."""

import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.commands import write_out
from core.database.upgrades.judging import Judge

RELEASED = Path("segmentation_site") / "released_migrations.txt"
WRONG_USAGE = 2


class Command(BaseCommand):
    help = _(
        "Reads the SQL of every migration that the release before had not, as PostgreSQL gets it, "
        "and refuses what is declared as less than it is. Needs no server. Exit 1 where something "
        "is refused, 2 for wrong usage."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("apps", metavar="APP", nargs="*", help=_("only of these apps"))
        parser.add_argument("--json", metavar="FILE", help=_("also write what is refused as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = set(options["apps"])
        unknown = sorted(wanted - set(apps.app_configs))
        if unknown:
            raise CommandError(
                _("There is no app “%s”.") % "”, “".join(unknown), returncode=WRONG_USAGE
            )
        judge = Judge(_released())
        try:
            found = [
                one
                for one in judge.refusals()
                if not wanted or one.migration.split(".")[0] in wanted
            ]
        except ValueError as error:
            raise CommandError(str(error)) from error
        judged = [one for one in judge.judged if not wanted or one.split(".")[0] in wanted]
        if options["json"]:
            document = {"judged": judged, "refused": [one.document() for one in found]}
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            write_out([text.encode()], options["json"], self.stdout)
        for one in found:
            self.stdout.write(str(one))
        if found:
            raise CommandError(
                ngettext(
                    "%d operation is more than its migration declares.",
                    "%d operations are more than their migrations declare.",
                    len(found),
                )
                % len(found)
            )
        self.stdout.write(
            ngettext(
                "%d new migration is what it declares.",
                "%d new migrations are what they declare.",
                len(judged),
            )
            % len(judged)
        )


def _released() -> list[str]:
    """Return the migrations of the release before, as `app.name`; # begins a comment."""
    path = settings.BASE_DIR / RELEASED
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CommandError(str(error), returncode=WRONG_USAGE) from error
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
