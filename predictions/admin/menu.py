"""The entries of analyses and models in the admin menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "predictions.value",
        "insights",
        _("Value"),
        10,
        "predictions.analyticstable",
        view="predictions_analyticstable_value",
        words=_("lifetime seasons expected sales benchmarks dashboard"),
    ),
    MenuPage(
        "predictions.churn",
        "insights",
        _("Churn"),
        15,
        "predictions.riskhistory",
        words=_("leave risk lost win back retention"),
    ),
    MenuPage(
        "predictions.rfm",
        "insights",
        _("RFM"),
        16,
        "predictions.analyticstable",
        view="predictions_analyticstable_rfm",
        words=_("recency frequency classes"),
    ),
    MenuPage(
        "predictions.cohorts",
        "insights",
        _("Cohorts"),
        17,
        "predictions.analyticstable",
        view="predictions_analyticstable_cohorts",
        words=_("come back retention repeat"),
    ),
    MenuPage(
        "predictions.journey",
        "insights",
        _("Journey"),
        18,
        "predictions.analyticstable",
        view="predictions_analyticstable_journey",
        words=_("stages lapsing lost moves"),
    ),
    MenuPage(
        "predictions.attribution", "insights", _("Attribution"), 20, "predictions.touchcampaign"
    ),
    MenuPage("predictions.plans", "insights", _("Plans"), 40, "predictions.strategy"),
    MenuPage("predictions.models", "insights", _("Models"), 50, "predictions.predictionmodel"),
    MenuPage(
        "predictions.drift",
        "insights",
        _("Changes in the data"),
        51,
        "predictions.driftreading",
        tab_of="predictions.models",
    ),
    MenuPage(
        "predictions.monitoring",
        "insights",
        _("Monitoring"),
        52,
        "predictions.scoringrun",
        tab_of="predictions.models",
    ),
)
