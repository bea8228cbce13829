"""`manage.py check_personalization`: is what is stored of profiles what the rows say?"""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from personalization.profiles.consistency import Drift, drifts
from personalization.profiles.interest_baseline import owed

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Compare the stored figures of all profiles (engagement, sessions, last activity, best "
        "interests and brands) with those of the rows. Changes nothing. Exit 1 where some differ; "
        "they are written again every night."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Name who differs; raises CommandError where anybody does."""
        if owed() is not None:
            self.stdout.write(_("All profiles are yet to be written by a worker."))
        found = drifts()
        count = 0
        for one in islice(found, SHOWN):
            count += 1
            self.stdout.write(_line(one))
        count += sum(1 for _one in found)
        if count:
            text = ngettext("%(count)d profile differs.", "%(count)d profiles differ.", count)
            raise CommandError(text % {"count": count})
        self.stdout.write(_("All profiles are as the rows say."))


def _line(one: Drift) -> str:
    return f"{one.number}: {one.stored} | {one.fresh}"
