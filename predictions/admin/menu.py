"""The entries of analyses and models in the admin menu."""

from django.utils.translation import gettext_lazy as _

from core.admin.menu import MenuPage

PAGES = (
    MenuPage(
        "predictions.dashboard",
        "insights",
        _("Dashboard"),
        10,
        "predictions.analyticstable",
        words=_("value RFM cohorts journey seasons"),
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
        "predictions.attribution", "insights", _("Attribution"), 20, "predictions.touchcampaign"
    ),
    MenuPage("predictions.plans", "insights", _("Plans"), 40, "predictions.strategy"),
    MenuPage("predictions.models", "insights", _("Models"), 50, "predictions.predictionmodel"),
    MenuPage(
        "predictions.drift", "insights", _("Changes in the data"), 51, "predictions.driftreading"
    ),
    MenuPage("predictions.monitoring", "insights", _("Monitoring"), 52, "predictions.scoringrun"),
)
