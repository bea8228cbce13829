"""`manage.py create_starter_segments`: ten segments to begin with; those that exist stay."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from segments.editing.saving import create_segment
from segments.models import Segment
from segments.rules.definition import Definition
from segments.rules.starters import STARTERS


class Command(BaseCommand):
    help = "Create ten segments to begin with; a segment whose code exists is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        existing = set(Segment.objects.values_list("code", flat=True))
        for starter in STARTERS:
            if starter.code in existing:
                self.stdout.write(_("%(code)s: exists, left as it is") % {"code": starter.code})
                continue
            definition = Definition(
                name=str(starter.name),
                description=str(starter.description),
                conditions=starter.conditions,
            )
            create_segment(definition, code=starter.code, author=None)
            self.stdout.write(_("%(code)s: created") % {"code": starter.code})
