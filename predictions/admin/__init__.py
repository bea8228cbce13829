"""What people see of models and scores."""

from predictions.admin.dashboard import page as dashboard
from predictions.admin.models import page as models

__all__ = ["dashboard", "models"]
