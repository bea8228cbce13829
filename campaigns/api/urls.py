"""The addresses of all that is mail: campaigns, sequences, templates, messages, syncs."""

from django.urls import URLPattern, path

from campaigns.api.campaigns import (
    MAIL_CAMPAIGNS,
    CancellingCampaign,
    Judging,
    Pausing,
    Reporting,
    Resuming,
    Sending,
)
from campaigns.api.lists import MAIL_SENDERS, Lifting, Suppressions
from campaigns.api.messages import Messages, Resolving
from campaigns.api.reported import Reported
from campaigns.api.segments import MailOfSegment
from campaigns.api.sequences import (
    MAIL_SEQUENCES,
    ReportingSequence,
    ResumingSequence,
    StartingMembers,
)
from campaigns.api.syncs import (
    AUDIENCE_SYNCS,
    AudienceSyncMembers,
    RunningAudienceSync,
)
from campaigns.api.templates import MAIL_TEMPLATES, PreviewingTemplate, TestingTemplate

TEMPLATE = "mail-templates/<text:code>/"
CAMPAIGN = "campaigns/<text:code>/"
SEQUENCE = "sequences/<int:number>/"
SYNC = "audience-syncs/<int:number>/"

urlpatterns: list[URLPattern] = [
    *MAIL_TEMPLATES.urls(),
    path(f"{TEMPLATE}preview/", PreviewingTemplate.as_view(), name="mail-template-preview"),
    path(f"{TEMPLATE}test/", TestingTemplate.as_view(), name="mail-template-test"),
    *MAIL_CAMPAIGNS.urls(),
    path(f"{CAMPAIGN}audience/", Judging.as_view(), name="campaign-audience"),
    path(f"{CAMPAIGN}send/", Sending.as_view(), name="campaign-send"),
    path(f"{CAMPAIGN}pause/", Pausing.as_view(), name="campaign-pause"),
    path(f"{CAMPAIGN}resume/", Resuming.as_view(), name="campaign-resume"),
    path(f"{CAMPAIGN}cancel/", CancellingCampaign.as_view(), name="campaign-cancel"),
    path(f"{CAMPAIGN}report/", Reporting.as_view(), name="campaign-report"),
    *MAIL_SEQUENCES.urls(),
    path(f"{SEQUENCE}start-for-members/", StartingMembers.as_view(), name="sequence-start-members"),
    path(f"{SEQUENCE}resume/", ResumingSequence.as_view(), name="sequence-resume"),
    path(f"{SEQUENCE}report/", ReportingSequence.as_view(), name="sequence-report"),
    path("messages/", Messages.as_view(), name="messages"),
    path("messages/<int:number>/resolve/", Resolving.as_view(), name="message-resolve"),
    path("suppressions/", Suppressions.as_view(), name="suppressions"),
    path("suppressions/<int:number>/lift/", Lifting.as_view(), name="suppression-lift"),
    path("mail/events/", Reported.as_view(), name="mail-events"),
    path("segments/<text:code>/mail/", MailOfSegment.as_view(), name="segment-mail"),
    *AUDIENCE_SYNCS.urls(),
    path(f"{SYNC}run/", RunningAudienceSync.as_view(), name="audience-sync-run"),
    path(f"{SYNC}members/", AudienceSyncMembers.as_view(), name="audience-sync-members"),
    *MAIL_SENDERS.urls(),
]
