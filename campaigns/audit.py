"""Names of mail objects and actions in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject
from customers.models import AuditAction

CAMPAIGN = "campaigns.campaign"
TEMPLATE = "campaigns.template"
SENDER = "campaigns.sender"
MESSAGE = "campaigns.message"
SEQUENCE = "campaigns.sequence"
SUPPRESSION = "campaigns.suppression"
SYNC = "campaigns.sync"
TESTED = "tested"
RUN = "sync_run"
STARTED = "members_started"
DEEDS = {AuditAction.DELETED.value: _("lifted")}
ACTIONS = (
    Action(TESTED, _("test mail sent")),
    Action(STARTED, _("sequence started for members")),
    Action(RUN, _("run by hand")),
)
SUBJECTS = (
    Subject(CAMPAIGN, _("campaign")),
    Subject(SEQUENCE, _("sequence")),
    Subject(TEMPLATE, _("mail template")),
    Subject(SENDER, _("sender")),
    Subject(MESSAGE, _("message")),
    Subject(SYNC, _("audience sync")),
    Subject(SUPPRESSION, _("blocked address"), deeds=DEEDS, texts=("lifted",)),
)
