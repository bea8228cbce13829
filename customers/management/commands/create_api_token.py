"""Makes an API token and prints its key, once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.access.tokens import codename, create_token
from core.clock import now
from customers.models import Website

MOST_DAYS = 36_500


class Command(BaseCommand):
    help = "Prints a new key for the API, by which a program may do what the user may."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--expires", type=int, metavar="DAYS", help="ends after so many days")
        parser.add_argument("--name", default="", help="what it is for, such as checkout")
        parser.add_argument(
            "--only",
            nargs="+",
            default=[],
            metavar="PERMISSION",
            help="no more than these, such as segments.view_members",
        )

        parser.add_argument(
            "--website",
            nargs="+",
            action="extend",
            default=[],
            metavar="CODE",
            help="sees and changes customers of these websites alone, such as de",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username, days, name = options["username"], options["expires"], options["name"]
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        if not user.is_active:
            raise CommandError(_("The user “%(name)s” is not active.") % {"name": username})
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(_("--expires: from 1 to %(most)d days.") % {"most": MOST_DAYS})
        if len(name) > 100 or "\0" in name:
            raise CommandError(_("--name: at most 100 characters."))
        made = create_token(
            user,
            author=None,
            name=name,
            expires_at=None if days is None else now() + timedelta(days=days),
            permissions=_permissions(options["only"]),
            websites=_websites(options["website"]),
        )
        self.stdout.write(made.key)


def _websites(codes: list[str]) -> list[Website]:
    known = {one.code: one for one in Website.objects.filter(code__in=codes)}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise CommandError(_("There is no website “%(code)s”.") % {"code": unknown[0]})
    return list(known.values())


def _permissions(wanted: list[str]) -> list[Permission]:
    known = {codename(one): one for one in Permission.objects.select_related("content_type")}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise CommandError(_("There is no permission “%(name)s”.") % {"name": unknown[0]})
    return [known[one] for one in wanted]
