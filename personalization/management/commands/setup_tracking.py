"""The command that gives a website its keys, and prints what to paste into its pages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.text.json_documents import can_be_stored
from customers.models import Website
from personalization.visitors.sites import set_up, snippet_lines


class Command(BaseCommand):
    help = _("Prints the two lines by which a website's pages tell what visitors do.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("website", help=_("the website's code"))
        parser.add_argument(
            "--url",
            default="",
            help=_("where browsers reach this server, such as https://tranche.example"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["website"]
        rows = Website.objects.filter(code=code) if can_be_stored(code) else Website.objects.none()
        website = rows.first()
        if website is None:
            raise CommandError(_("There is no website “%(code)s”.") % {"code": code})
        made = set_up(website)
        for line in snippet_lines(made.site, options["url"]):
            self.stdout.write(line)
        if made.is_new:
            self.stderr.write(f"secret: {made.site.secret}")
