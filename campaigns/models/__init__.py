"""The models: senders, templates, campaigns, sequences, messages, addresses, syncs."""

from campaigns.models.campaign import (
    Campaign,
    CampaignState,
    CampaignVariant,
    HeldOut,
    Match,
    OptimizeFor,
    SendTime,
)
from campaigns.models.message import (
    HANDED,
    OPEN,
    HandOver,
    Message,
    MessageKind,
    MessageState,
    Pace,
)
from campaigns.models.reason import MessageReason, Reason
from campaigns.models.sender import MailSender
from campaigns.models.sequence import (
    OnDefinition,
    Reentry,
    Run,
    RunState,
    Sequence,
    SequenceCursor,
    Step,
    Trigger,
)
from campaigns.models.suppression import (
    ReportedEvent,
    SoftBounce,
    Suppression,
    SuppressionReason,
)
from campaigns.models.sync import (
    AudienceSync,
    SyncMember,
    SyncMemberState,
    SyncState,
    SyncTarget,
)
from campaigns.models.template import MailTemplate, MailTemplateVersion, TemplateFormat

__all__ = [
    "HANDED",
    "OPEN",
    "AudienceSync",
    "Campaign",
    "CampaignState",
    "CampaignVariant",
    "HandOver",
    "HeldOut",
    "MailSender",
    "MailTemplate",
    "MailTemplateVersion",
    "Match",
    "Message",
    "MessageKind",
    "MessageReason",
    "MessageState",
    "OnDefinition",
    "OptimizeFor",
    "Pace",
    "Reason",
    "Reentry",
    "ReportedEvent",
    "Run",
    "RunState",
    "SendTime",
    "Sequence",
    "SequenceCursor",
    "SoftBounce",
    "Step",
    "Suppression",
    "SuppressionReason",
    "SyncMember",
    "SyncMemberState",
    "SyncState",
    "SyncTarget",
    "TemplateFormat",
    "Trigger",
]
