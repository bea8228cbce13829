"""Models of segments, their versions, their members, and the work that keeps these right."""

from core.database.lease import RunState
from segments.models.definitions.managed import ManagedSegment
from segments.models.definitions.priority_list import PriorityList, PriorityListVersion
from segments.models.definitions.saved_filter import SavedFilter
from segments.models.definitions.segment import (
    AppliesTo,
    RefreshMode,
    Segment,
    SegmentStatus,
    SegmentVersion,
    empty_tree,
)
from segments.models.definitions.tag import SegmentTag
from segments.models.deliveries.export import Export, ExportFormat
from segments.models.deliveries.export_audit import ExportAudit
from segments.models.deliveries.export_schedule import ScheduledExport
from segments.models.deliveries.webhook import DeliveryState, WebhookDelivery, WebhookEndpoint
from segments.models.members.change import ChangeKind, MembershipChange, SegmentSize
from segments.models.members.membership import (
    ListedCustomer,
    Membership,
    MembershipOverride,
    OverrideKind,
)
from segments.models.members.stay import Stay
from segments.models.members.totals import KeptTotals
from segments.models.work.batch import BatchCustomer, FoundCustomer, LaterCustomer
from segments.models.work.run import (
    ChangeReason,
    OwedRefresh,
    RefreshRun,
    RefreshShard,
    RunPhase,
    WantedMember,
    Worker,
)
from segments.models.work.running_preview import RunningPreview
from segments.models.work.since_snapshot import ChangedSinceSnapshot
from segments.models.work.watermark import Watermark

__all__ = [
    "AppliesTo",
    "BatchCustomer",
    "ChangeKind",
    "ChangeReason",
    "ChangedSinceSnapshot",
    "DeliveryState",
    "Export",
    "ExportAudit",
    "ExportFormat",
    "FoundCustomer",
    "KeptTotals",
    "LaterCustomer",
    "ListedCustomer",
    "ManagedSegment",
    "Membership",
    "MembershipChange",
    "MembershipOverride",
    "OverrideKind",
    "OwedRefresh",
    "PriorityList",
    "PriorityListVersion",
    "RefreshMode",
    "RefreshRun",
    "RefreshShard",
    "RunPhase",
    "RunState",
    "RunningPreview",
    "SavedFilter",
    "ScheduledExport",
    "Segment",
    "SegmentSize",
    "SegmentStatus",
    "SegmentTag",
    "SegmentVersion",
    "Stay",
    "WantedMember",
    "Watermark",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Worker",
    "empty_tree",
]
