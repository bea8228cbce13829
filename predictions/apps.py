"""The predictions app; `ready` registers its parts with other apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PredictionsConfig(AppConfig):
    name = "predictions"
    verbose_name = _("Predictions")

    def ready(self) -> None:
        from celery.schedules import crontab
        from django.db.models.signals import post_migrate

        from conditions import registry
        from core import audit
        from core.admin.menu import hang_up
        from core.api.routes.parts import PARTS, Part
        from core.gauges import GAUGES
        from core.load.backlog import BACKLOGS
        from core.load.schedule import PREDICTIONS, route_tasks, schedule_task
        from customers.admin.overview import PANELS, Panel
        from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
        from customers.changes.declared import By, Marked, declare
        from customers.changes.hooks import WHEN_PROCESSED
        from customers.imports import further_files
        from customers.privacy import retention
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.snapshots.tables import TABLES, Exported
        from predictions.admin.customer import scores_page, scores_panel
        from predictions.admin.menu import PAGES
        from predictions.analytics.computation.defaults import keep_soon
        from predictions.analytics.computation.stored import store_views
        from predictions.analytics.computation.views import COMPUTED_VIEWS
        from predictions.analytics.views import attribution, lift
        from predictions.analytics.views.benchmarks import BENCHMARKS
        from predictions.analytics.views.journey import JOURNEY
        from predictions.analytics.views.projection import PROJECTION
        from predictions.attribution.imported import imported_touches
        from predictions.attribution.sources import register_touches
        from predictions.attribution.touch_files import FILES
        from predictions.conditions.exports import OF_CUSTOMERS, columns
        from predictions.conditions.families import FAMILIES, ScoreColumn
        from predictions.conditions.names import NAMES
        from predictions.deep.architectures import ARCHITECTURES
        from predictions.deep.availability import QUEUE
        from predictions.kinds.churn.network import CHURN_GRU
        from predictions.kinds.clusters.network import CLUSTERS_AUTOENCODER
        from predictions.kinds.uplift.trials import CAMPAIGNS as TOUCH_CAMPAIGNS
        from predictions.kinds.uplift.trials import SHOP_VISITS, TRIALS, VISITS
        from predictions.lifecycle.usages import USED_BY_MODELS
        from predictions.models import (
            CustomerPrediction,
            PredictionModel,
            RiskHistory,
            Touch,
            UpliftScore,
            WaitingCustomer,
        )
        from predictions.monitoring.backlogs import WAITING
        from predictions.monitoring.gauges import ALARM, PSI
        from predictions.monitoring.retention import RULES
        from predictions.registry import ACTIONS, SUBJECTS, set_up
        from predictions.scoring.live import note_changed
        from predictions.signals import everybody_scored
        from predictions.strategies.assumptions.campaign_uplift import CAMPAIGNS
        from predictions.strategies.assumptions.measured_uplift import MEASURED
        from segments.export.columns import COLUMNS
        from segments.rules.users import USERS

        USERS.register(USED_BY_MODELS)
        ARCHITECTURES.register(CHURN_GRU, CLUSTERS_AUTOENCODER)
        PARTS.register(Part("predictions", "predictions.api.urls"))
        hang_up(PAGES)
        declare(Marked(CustomerPrediction, ("customer",), by_writer=True))
        scored_by = By(CustomerPrediction, "clv_model")
        declare(Marked(PredictionModel, by=(scored_by,), by_writer=True))
        declare(Marked(UpliftScore, ("customer",), by_writer=True))
        for family in FAMILIES:
            registry.register(family)
        TABLES.register(Exported(PredictionModel, ("as_of",)))
        scores = {
            score.column: None
            for family in FAMILIES
            for score in family.attributes
            if isinstance(score, ScoreColumn)
        }
        TABLES.register(Exported(CustomerPrediction, (*scores, "clv_model")))
        TABLES.register(Exported(UpliftScore, ("model", "uplift")))
        for language, names in NAMES.items():
            registry.add_names(language, names)
        COLUMNS.register(*columns())
        CUSTOMER_TABS.register(
            CustomerTab("scores", _("Predictions"), scores_page, OF_CUSTOMERS, place=30)
        )
        PANELS.register(Panel("scores", 30, scores_panel, OF_CUSTOMERS, is_beside=True))
        WHEN_PROCESSED.register(note_changed)
        further_files.FILES.register(*FILES)
        register_touches("imported", imported_touches)
        MEASURED.register(CAMPAIGNS)
        TRIALS.register(TOUCH_CAMPAIGNS)
        VISITS.register(*SHOP_VISITS)
        COMPUTED_VIEWS.register(attribution.VIEW, lift.VIEW, JOURNEY, PROJECTION, BENCHMARKS)
        everybody_scored.connect(store_views, dispatch_uid="predictions.analytics")
        everybody_scored.connect(keep_soon, dispatch_uid="predictions.analytics.defaults")
        # A merge keeps the customer's own scores until the next scoring; the guest's do not move.
        HOLDINGS.register(Holding(CustomerPrediction, "customer", stays=True))
        HOLDINGS.register(Holding(RiskHistory, "customer", stays=True))
        HOLDINGS.register(Holding(UpliftScore, "customer", stays=True))
        HOLDINGS.register(Holding(Touch, "customer"))
        HOLDINGS.register(
            Holding(
                WaitingCustomer,
                rows=lambda person: WaitingCustomer.objects.filter(pk=person.pk),
                columns=("customer_id",),
            )
        )
        GAUGES.register(PSI, ALARM)
        BACKLOGS.register(*WAITING)
        retention.RULES.register(*RULES)
        audit.SUBJECTS.register(*SUBJECTS)
        audit.ACTIONS.register(*ACTIONS)
        post_migrate.connect(set_up, sender=self)
        route_tasks(
            PREDICTIONS,
            "predictions.score",
            "predictions.look_at_shard",
            "predictions.score_shard",
            "predictions.finish_scoring",
            "predictions.rescore_changed",
            "predictions.train_run",
            "predictions.retrain",
            "predictions.check_drift",
            "predictions.keep_views",
        )
        # Networks need torch, which only the workers of this queue have.
        route_tasks(QUEUE, "predictions.train_deep_run")
        schedule_task("predictions.rescore_changed", 60.0, name="predictions-live")
        schedule_task("predictions.score", crontab(hour="4", minute="0"), name="predictions-score")
        schedule_task(
            "predictions.check_drift", crontab(hour="4", minute="40"), name="predictions-drift"
        )
        schedule_task(
            "predictions.retrain",
            crontab(day_of_week="sunday", hour="2", minute="0"),
            name="predictions-retrain",
        )
