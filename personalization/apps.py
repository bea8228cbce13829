"""The personalization app; registers its parts with the other apps when Django is ready."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from celery.schedules import crontab
        from django.core import checks

        from conditions import registry
        from conditions.bases.part import SALT_USES, SaltUse
        from conditions.upkeep.stored_trees import STORED_TREES
        from core import audit
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part, name_choices
        from core.gauges import GAUGES
        from core.load.schedule import PREDICTIONS, route_tasks, schedule_task
        from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
        from customers.changes.declared import Marked, declare
        from customers.changes.hooks import WHEN_PROCESSED
        from customers.imports import further_files
        from customers.privacy import retention
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.signals import changes_processed, orders_saved
        from customers.snapshots.tables import TABLES, Exported
        from personalization.admin.customer import profile_page
        from personalization.admin.menu import PAGES
        from personalization.assignment import describe_salt
        from personalization.audit import ACTIONS, SUBJECTS
        from personalization.behavior.conversions import on_orders_saved
        from personalization.behavior.erasure import forget_refused
        from personalization.behavior.retention import RULES
        from personalization.conditions.audience import STORED_AUDIENCES
        from personalization.conditions.families import FAMILIES
        from personalization.conditions.lifestyle import SEEN_BY
        from personalization.conditions.names import NAMES
        from personalization.conversions import hooks as conversions
        from personalization.experiences import hooks
        from personalization.experiments import hooks as hooks_of_experiments
        from personalization.incremental_revenue import hooks as measuring
        from personalization.intake.call_counts import BEHAVIORS
        from personalization.lifestyle.figures import FIGURES
        from personalization.lifestyle.special_categories import check_settings
        from personalization.models import (
            Assignment,
            BehaviorEvent,
            BehaviorProperty,
            CustomerBrand,
            CustomerInterest,
            CustomerProfile,
            CustomerValueShare,
            FactDetails,
            StoredCandidates,
            WaitingProfile,
        )
        from personalization.offers import hooks as offers
        from personalization.profiles.live import write_changed, write_waiting
        from personalization.properties.importing import FILES
        from personalization.recommend.sequence.architecture import ARCHITECTURE
        from personalization.recommend.sources import stored_candidates
        from personalization.recommend.usages import USED_BY_RULES
        from personalization.significance import hooks as significance
        from predictions.deep.architectures import ARCHITECTURES
        from predictions.deep.availability import QUEUE
        from segments.rules.users import USERS

        declare(Marked(BehaviorEvent, ("customer",)))
        # The resource itself refreshes the segments that name a property.
        declare(Marked(BehaviorProperty, by_writer=True))
        stored = (CustomerProfile, CustomerInterest, CustomerBrand, CustomerValueShare)
        for model in stored:
            declare(Marked(model, ("customer",), by_writer=True))
        for family in FAMILIES:
            registry.register(family)
        for language, names in NAMES.items():
            registry.add_names(language, names)
        behavior = ("behavior_type", "occurred_at", "channel", "search_query_folded", "sku_folded")
        activity = ("engagement_level", "sessions_count", "last_activity_at")
        for exported in (
            Exported(BehaviorEvent, behavior, day="occurred_at"),
            Exported(CustomerProfile, (*activity, *FIGURES)),
            Exported(CustomerValueShare, ("code", "share")),
            Exported(CustomerInterest, ("category",)),
            Exported(CustomerBrand, ("brand",)),
            Exported(Assignment, ("arm",)),
        ):
            TABLES.register(exported)
        checks.register(check_settings)
        WHEN_PROCESSED.register(write_changed)
        WHEN_PROCESSED.register(forget_refused)
        GAUGES.register(BEHAVIORS)
        further_files.FILES.register(*FILES)
        STORED_TREES.register(*STORED_AUDIENCES)
        retention.RULES.register(*RULES)
        CUSTOMER_TABS.register(
            CustomerTab("personalization", _("Personalization"), profile_page, SEEN_BY)
        )
        PARTS.register(Part("personalization", "personalization.api.urls"))
        hang_up(PAGES)
        USERS.register(USED_BY_RULES)
        SALT_USES.register(SaltUse("personalization.holdout", describe_salt))
        audit.SUBJECTS.register(*SUBJECTS)
        audit.ACTIONS.register(*ACTIONS)
        hooks.register()
        hooks_of_experiments.register()
        offers.register()
        measuring.register()
        conversions.register()
        significance.register()
        connection_created.connect(_add_function, dispatch_uid="personalization")
        changes_processed.connect(write_waiting, dispatch_uid="personalization.profiles")
        orders_saved.connect(on_orders_saved, dispatch_uid="personalization.conversions")
        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        HOLDINGS.register(Holding(FactDetails, "customer"))
        HOLDINGS.register(Holding(StoredCandidates, "customer", stays=True))
        WHEN_PROCESSED.register(stored_candidates.forget_refused)
        ARCHITECTURES.register(ARCHITECTURE)
        # Rows about a guest stay with the guest: the customer's own rows are written again.
        for model in stored:
            HOLDINGS.register(Holding(model, "customer", stays=True))
        HOLDINGS.register(
            Holding(
                WaitingProfile,
                rows=lambda person: WaitingProfile.objects.filter(pk=person.pk),
                columns=("customer_id",),
            )
        )
        name_choices(
            ExperimentState="personalization.models.ExperimentState",
            ExperimentMetric="personalization.models.Metric",
            BehaviorPropertyType="personalization.models.PropertyType",
            ContentType="personalization.models.ContentType",
            OfferKind="personalization.models.OfferKind",
        )
        route_tasks(
            PREDICTIONS,
            "personalization.follow_profiles",
            "personalization.write_profiles",
            "personalization.fit_recommendations",
        )
        route_tasks(QUEUE, "personalization.fit_sequence")
        schedule_task("personalization.follow_profiles", 60.0, name="personalization-follow")
        schedule_task(
            "personalization.write_profiles",
            crontab(hour="3", minute="20"),
            name="personalization-profiles",
        )
        schedule_task(
            "personalization.fit_recommendations",
            crontab(hour="5", minute="10"),
            name="personalization-recommendations",
        )


def _add_function(connection: Any, **kwargs: Any) -> None:
    from personalization.properties import expressions

    expressions.add_sqlite_function(connection)
