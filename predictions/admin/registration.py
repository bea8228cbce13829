"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from predictions.admin.attribution import page as attribution
from predictions.admin.churn import page as churn
from predictions.admin.insights import page as insights
from predictions.admin.models import model_pages as models
from predictions.admin.strategies import page as strategies
from predictions.admin.watching import drift, monitoring

__all__ = ["attribution", "churn", "drift", "insights", "models", "monitoring", "strategies"]
