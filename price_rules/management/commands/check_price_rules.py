"""manage.py check_price_rules: validate every stored rule and list references that are gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from price_rules.models import CartPriceRule
from price_rules.resource import PRICE_RULES

# Codes of findings that are hints, not errors.
HINTS = {"protected_attribute", "inactive_segment", "gives_nothing"}


class Command(BaseCommand):
    help = _("Validate the trees of all price rules, and name segments and codes that are gone.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write a line per finding. Raises CommandError (exit 1) where one is an error, no hint."""
        wrong, count = 0, 0
        for rule in CartPriceRule.objects.all():
            count += 1
            for problem in PRICE_RULES.warnings_of(rule):
                wrong += problem.code not in HINTS
                self.stdout.write(f"{rule.code}: {problem.code}: {problem}")
        if wrong:
            text = ngettext("%(n)d thing is wrong.", "%(n)d things are wrong.", wrong)
            raise CommandError(text % {"n": wrong})
        text = ngettext("%(n)d rule is valid.", "%(n)d rules are valid.", count)
        self.stdout.write(text % {"n": count})
