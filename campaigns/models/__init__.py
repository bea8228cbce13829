"""What is stored: senders, templates, campaigns, messages, suppressed addresses, syncs."""

from campaigns.models.campaign import Campaign, CampaignState, Match, SendTime
from campaigns.models.message import HANDED, OPEN, Message, MessageKind, MessageState
from campaigns.models.pace import HandOver, Pace
from campaigns.models.reason import MessageReason, Reason
from campaigns.models.reported import ReportedEvent, SoftBounce
from campaigns.models.sender import MailSender
from campaigns.models.suppression import Suppression, SuppressionReason
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
    "HandOver",
    "MailSender",
    "MailTemplate",
    "MailTemplateVersion",
    "Match",
    "Message",
    "MessageKind",
    "MessageReason",
    "MessageState",
    "Pace",
    "Reason",
    "ReportedEvent",
    "SendTime",
    "SoftBounce",
    "Suppression",
    "SuppressionReason",
    "SyncMember",
    "SyncMemberState",
    "SyncState",
    "SyncTarget",
    "TemplateFormat",
]
