"""What people see of models and scores."""

from predictions.admin.models import page

__all__ = ["page"]
