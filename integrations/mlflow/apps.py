"""The MLflow app; when Django is ready it follows trainings and deployments."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class MlflowConfig(AppConfig):
    name = "integrations.mlflow"
    label = "mlflow_tracking"
    verbose_name = _("MLflow")

    def ready(self) -> None:
        from django.apps import apps

        from core.extras import register_extra

        register_extra(
            setting="MLFLOW_TRACKING_URI",
            extra="mlflow",
            module="mlflow",
            is_on=lambda: bool(settings.MLFLOW_TRACKING_URI),
        )
        if apps.is_installed("predictions"):
            from integrations.mlflow.background import send_deployed, send_trained
            from predictions.signals import model_deployed, model_trained

            model_trained.connect(send_trained, dispatch_uid="integrations.mlflow")
            model_deployed.connect(send_deployed, dispatch_uid="integrations.mlflow")
