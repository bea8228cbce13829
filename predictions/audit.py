"""What the audit log calls our things and deeds."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject

MODEL = "predictions.model"
FIELDS = {
    "version": _("version in use"),
    "rolled_back": _("version that was withdrawn"),
    "reason": _("reason"),
    "retrain": _("train"),
    "retrain_on_alarm": _("train on an alarm"),
    "auto_deploy": _("deploy what an alarm has trained"),
}
SUBJECTS = (Subject(MODEL, _("model"), fields=FIELDS),)
MODEL_DEPLOYED = Action("model_deployed", _("model deployed"))
CLUSTERS_NAMED = Action("clusters_named", _("clusters named"))
ACTIONS = (MODEL_DEPLOYED, CLUSTERS_NAMED)
