"""Names of experiments and their actions in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject

EXPERIMENT = "personalization.experiment"
STARTED, STOPPED, WON = "started", "stopped", "won"
SUBJECTS = (Subject(EXPERIMENT, _("experiment"), model="personalization.Experiment"),)
ACTIONS = (
    Action(STARTED, _("started")),
    Action(STOPPED, _("stopped")),
    Action(WON, _("variant has won")),
)
