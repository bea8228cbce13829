"""The price rules app; `ready` registers its parts with other apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PriceRulesConfig(AppConfig):
    name = "price_rules"
    verbose_name = _("Price rules")

    def ready(self) -> None:
        from functools import partial

        from conditions.upkeep.stored_trees import STORED_TREES
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part
        from core.audit import SUBJECTS, with_words
        from core.load.schedule import schedule_task
        from price_rules import held_about_customers
        from price_rules.admin.coupon import COUPONS
        from price_rules.admin.menu import PAGES
        from price_rules.audit import RULE
        from price_rules.audit import SUBJECTS as OURS
        from price_rules.coupons.uses import USED_BY_RESERVATIONS
        from price_rules.segments import TREES_OF_RULES, USED_BY_RULES
        from price_rules.trees import lines_of
        from price_rules.users import USERS as USERS_OF_RULES
        from segments.admin.customer.rows import ROWS
        from segments.rules.between_versions import outline_text
        from segments.rules.users import USERS

        of_lines = partial(outline_text, parse=lines_of)
        SUBJECTS.register(*with_words(OURS, RULE, {"conditions": outline_text, "items": of_lines}))
        USERS.register(USED_BY_RULES)
        STORED_TREES.register(TREES_OF_RULES)
        USERS_OF_RULES.register(USED_BY_RESERVATIONS)
        held_about_customers.register()
        PARTS.register(Part("price_rules", "price_rules.api.urls"))
        hang_up(PAGES)
        ROWS.register(COUPONS)
        # Every minute, continue batches that a killed worker left incomplete.
        schedule_task("price_rules.make_coupons", 60.0)
