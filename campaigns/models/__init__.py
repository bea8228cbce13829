"""What is stored: senders, templates, campaigns, sequences, messages, addresses, syncs."""

from campaigns.models.campaign import Campaign, CampaignState, Match, OptimizeFor, SendTime
from campaigns.models.held_out import HeldOut
from campaigns.models.message import HANDED, OPEN, Message, MessageKind, MessageState
from campaigns.models.pace import HandOver, Pace
from campaigns.models.reason import MessageReason, Reason
from campaigns.models.reported import ReportedEvent, SoftBounce
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
from campaigns.models.suppression import Suppression, SuppressionReason
from campaigns.models.sync import (
    AudienceSync,
    SyncMember,
    SyncMemberState,
    SyncState,
    SyncTarget,
)
from campaigns.models.template import MailTemplate, MailTemplateVersion, TemplateFormat
from campaigns.models.variant import CampaignVariant

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
