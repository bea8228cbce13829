"""What people see of models and scores."""

from predictions.admin.dashboard import page as dashboard
from predictions.admin.models import page as models
from predictions.admin.watching import drift, monitoring

__all__ = ["dashboard", "drift", "models", "monitoring"]
