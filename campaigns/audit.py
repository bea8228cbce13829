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
    Subject(CAMPAIGN, _("campaign"), model="campaigns.Campaign"),
    Subject(SEQUENCE, _("sequence"), fields={"steps": _("Steps")}, model="campaigns.Sequence"),
    Subject(TEMPLATE, _("mail template"), model="campaigns.MailTemplate"),
    Subject(SENDER, _("sender"), model="campaigns.MailSender"),
    Subject(MESSAGE, _("message"), model="campaigns.Message"),
    Subject(SYNC, _("audience sync"), model="campaigns.AudienceSync"),
    Subject(SUPPRESSION, _("blocked address"), deeds=DEEDS, texts=("lifted",)),
)
