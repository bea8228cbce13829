"""manage.py freeze_campaign CODE: settles the recipients of a campaign; sends nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from campaigns.audience.freezing import WAITING, NotSent, freeze
from campaigns.models import Campaign
from campaigns.words import refusal_text
from core.clock import now


class Command(BaseCommand):
    help = _("Settle the recipients of a campaign that is scheduled or being settled.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help=_("the campaign's code"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Write how many recipients there are; CommandError where it is not possible."""
        campaign = Campaign.objects.filter(code=options["code"]).first()
        if campaign is None:
            raise CommandError(_("There is no campaign “%(code)s”.") % {"code": options["code"]})
        if campaign.state not in WAITING:
            text = _("Somebody has to send it first: its state is “%(state)s”.")
            raise CommandError(text % {"state": campaign.state})
        try:
            frozen = freeze(campaign, now()).campaign
        except NotSent as error:
            raise CommandError(refusal_text(error.code)) from error
        self.stdout.write(_("{n} recipients").format(n=f"{frozen.eligible:,}"))
