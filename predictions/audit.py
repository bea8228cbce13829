"""What the audit log calls our things and deeds."""

from django.utils.translation import gettext_lazy as _

from customers.audit import Action, Subject

MODEL = "predictions.model"
SUBJECTS = (Subject(MODEL, _("model")),)
MODEL_DEPLOYED = Action("model_deployed", _("model deployed"))
ACTIONS = (MODEL_DEPLOYED,)
