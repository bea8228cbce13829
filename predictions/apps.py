"""The predictions app; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.conf import settings
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
        from customers.admin.tabs import CUSTOMER_TABS, CustomerTab
        from customers.changes.declared import By, Marked, declare
        from customers.changes.hooks import WHEN_PROCESSED
        from customers.imports import further_files
        from customers.privacy import retention
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.snapshots.tables import TABLES, Exported
        from predictions.admin.customer import scores_page
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
        from predictions.strategies.campaigns import CAMPAIGNS
        from predictions.strategies.measured import MEASURED
        from segments.export.columns import COLUMNS
        from segments.rules.users import USERS

        USERS.register(USED_BY_MODELS)
        for architecture in (CHURN_GRU, CLUSTERS_AUTOENCODER):
            ARCHITECTURES.register(architecture)
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
        for column in columns():
            COLUMNS.register(column)
        CUSTOMER_TABS.register(CustomerTab("scores", _("Predictions"), scores_page, OF_CUSTOMERS))
        WHEN_PROCESSED.register(note_changed)
        for further in FILES:
            further_files.FILES.register(further)
        register_touches("imported", imported_touches)
        MEASURED.register(CAMPAIGNS)
        TRIALS.register(TOUCH_CAMPAIGNS)
        for visits in SHOP_VISITS:
            VISITS.register(visits)
        for view in (attribution.VIEW, lift.VIEW, JOURNEY, PROJECTION, BENCHMARKS):
            COMPUTED_VIEWS.register(view)
        everybody_scored.connect(store_views, dispatch_uid="predictions.analytics")
        everybody_scored.connect(keep_soon, dispatch_uid="predictions.analytics.defaults")
        # A guest's scores are the guest's: the customer's own stay until the next scoring.
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
        for gauge in (PSI, ALARM):
            GAUGES.register(gauge)
        for backlog in WAITING:
            BACKLOGS.register(backlog)
        for rule in RULES:
            retention.RULES.register(rule)
        for subject in SUBJECTS:
            audit.SUBJECTS.register(subject)
        for action in ACTIONS:
            audit.ACTIONS.register(action)
        post_migrate.connect(set_up, sender=self)
        # None of them is to keep a refresh waiting.
        for name in (
            *("score", "look_at_shard", "score_shard", "finish_scoring"),
            *("rescore_changed", "train_run", "retrain", "check_drift"),
            "keep_views",
        ):
            settings.CELERY_TASK_ROUTES[f"predictions.{name}"] = {"queue": "tranche-predictions"}
        # Networks need torch, which only some workers have.
        settings.CELERY_TASK_ROUTES["predictions.train_deep_run"] = {"queue": QUEUE}
        settings.CELERY_BEAT_SCHEDULE["predictions-live"] = {
            "task": "predictions.rescore_changed",
            "schedule": 60.0,
            "options": {"expires": 60},
        }
        settings.CELERY_BEAT_SCHEDULE["predictions-score"] = {
            "task": "predictions.score",
            "schedule": crontab(hour="4", minute="0"),
        }
        settings.CELERY_BEAT_SCHEDULE["predictions-drift"] = {
            "task": "predictions.check_drift",
            "schedule": crontab(hour="4", minute="40"),
        }
        settings.CELERY_BEAT_SCHEDULE["predictions-retrain"] = {
            "task": "predictions.retrain",
            "schedule": crontab(day_of_week="sunday", hour="2", minute="0"),
        }
