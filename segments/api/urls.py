"""The addresses of segments, of conditions, and of what segments say of customers."""

from django.urls import URLPattern, path

from segments.api.lookalikes import LookalikesOfSegment
from segments.api.members.changes import Changes, ChangesOfSegment
from segments.api.members.checks import Checks
from segments.api.members.exports import (
    CancellingExport,
    ExportFile,
    Exports,
    ExportsOfSegment,
    MembersCsv,
    MembersXml,
    OneExport,
)
from segments.api.members.lists import SegmentList
from segments.api.members.memberships import Members, SegmentsOfCustomer
from segments.api.members.overrides import OneOverride, Overrides
from segments.api.runs import Cancelling, OneRun, Refreshing, RunsOfSegment
from segments.api.segments import PRIORITY_LISTS_API, SEGMENTS_API
from segments.api.trees.conditions import Registry, Sentences, ValueCounts, Values
from segments.api.trees.explanations import CustomerInSegment, PreviewExplanation
from segments.api.trees.overlaps import Overlaps
from segments.api.trees.previews import Previews, RunningPreview
from segments.api.webhooks import (
    WEBHOOKS_API,
    Deliveries,
    Replaying,
    WebhookSecret,
    WebhookTest,
)

urlpatterns: list[URLPattern] = [
    path("check/", Checks.as_view(), name="check"),
    path("conditions/", Registry.as_view(), name="conditions"),
    path("conditions/read/", Sentences.as_view(), name="read"),
    path("conditions/values/", Values.as_view(), name="values"),
    path("conditions/values/counts/", ValueCounts.as_view(), name="value-counts"),
    path("segments/preview/", Previews.as_view(), name="preview"),
    path("segments/preview/explain/", PreviewExplanation.as_view(), name="preview-explain"),
    path("segments/preview/<text:client>/", RunningPreview.as_view(), name="running-preview"),
    path("segments/overlap/", Overlaps.as_view(), name="overlap"),
    *SEGMENTS_API.urls(),
    path("segments/<text:code>/refresh/", Refreshing.as_view(), name="refresh"),
    path("segments/<text:code>/runs/", RunsOfSegment.as_view(), name="runs"),
    path("runs/<int:number>/", OneRun.as_view(), name="run"),
    path("runs/<int:number>/cancel/", Cancelling.as_view(), name="run-cancel"),
    path("segments/<text:code>/members/", Members.as_view(), name="members"),
    path("changes/", Changes.as_view(), name="changes"),
    path("segments/<text:code>/changes/", ChangesOfSegment.as_view(), name="changes-of-segment"),
    path("segments/<text:code>/members.csv", MembersCsv.as_view(), name="members-csv"),
    path("segments/<text:code>/members.xml", MembersXml.as_view(), name="members-xml"),
    path("segments/<text:code>/exports/", ExportsOfSegment.as_view(), name="exports-of-segment"),
    path("exports/", Exports.as_view(), name="exports"),
    path("exports/<int:number>/", OneExport.as_view(), name="export"),
    path("exports/<int:number>/cancel/", CancellingExport.as_view(), name="export-cancel"),
    path("exports/files/<text:token>/", ExportFile.as_view(), name="export-file"),
    path("segments/<text:code>/overrides/", Overrides.as_view(), name="overrides"),
    path(
        "segments/<text:code>/overrides/<any_text:number>/", OneOverride.as_view(), name="override"
    ),
    path("segments/<text:code>/list/", SegmentList.as_view(), name="list"),
    path("segments/<text:code>/lookalikes/", LookalikesOfSegment.as_view(), name="lookalikes"),
    path("customers/<any_text:number>/segments/", SegmentsOfCustomer.as_view(), name="customer"),
    path(
        "customers/<any_text:number>/segments/<text:code>/",
        CustomerInSegment.as_view(),
        name="customer-in-segment",
    ),
    *PRIORITY_LISTS_API.urls(),
    *WEBHOOKS_API.urls(),
    path("webhooks/<int:number>/secret/", WebhookSecret.as_view(), name="webhook-secret"),
    path("webhooks/<int:number>/test/", WebhookTest.as_view(), name="webhook-test"),
    path("webhooks/<int:number>/deliveries/", Deliveries.as_view(), name="deliveries"),
    path(
        "webhooks/<int:number>/deliveries/<text:message>/replay/",
        Replaying.as_view(),
        name="delivery-replay",
    ),
]
