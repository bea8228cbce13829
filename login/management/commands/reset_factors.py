"""Removes the second factors of a user who has lost them."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from login.factors.stored import reset_factors
from login.pages.required_factor import end_sessions


class Command(BaseCommand):
    help = "Removes the second factors of a user, whose sessions end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": options["username"]})
        count = reset_factors(user)
        end_sessions(user)
        text = ngettext("%(count)d factor is removed.", "%(count)d factors are removed.", count)
        self.stdout.write(text % {"count": count})
