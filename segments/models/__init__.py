"""Models of segments, their versions, their members, and the work that keeps these right."""

from core.database.lease import RunState
from segments.models.batch import BatchCustomer, FoundCustomer, LaterCustomer
from segments.models.change import ChangeKind, MembershipChange, SegmentSize
from segments.models.export import Export, ExportFormat
from segments.models.export_audit import ExportAudit
from segments.models.export_schedule import ScheduledExport
from segments.models.managed import ManagedSegment
from segments.models.membership import (
    ListedCustomer,
    Membership,
    MembershipOverride,
    OverrideKind,
)
from segments.models.priority_list import PriorityList, PriorityListVersion
from segments.models.run import (
    ChangeReason,
    OwedRefresh,
    RefreshRun,
    RefreshShard,
    RunPhase,
    WantedMember,
    Worker,
)
from segments.models.running_preview import RunningPreview
from segments.models.saved_filter import SavedFilter
from segments.models.segment import (
    AppliesTo,
    RefreshMode,
    Segment,
    SegmentStatus,
    SegmentVersion,
    empty_tree,
)
from segments.models.since_snapshot import ChangedSinceSnapshot
from segments.models.stay import Stay
from segments.models.tag import SegmentTag
from segments.models.totals import KeptTotals
from segments.models.watermark import Watermark
from segments.models.webhook import DeliveryState, WebhookDelivery, WebhookEndpoint

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
