"""Alerts, the sizes that they are judged by, and the segments that are muted."""

from alerts.models.alert import (
    SIZE_KINDS,
    Alert,
    AlertKind,
    AlertState,
    MutedSegment,
    Resolution,
)
from alerts.models.channel import (
    AlertChannel,
    AlertMessage,
    ChannelKind,
    Digest,
    MessageEvent,
    MessageState,
    all_kinds,
)
from alerts.models.judged_size import JudgedSize, NoticedImport

__all__ = [
    "SIZE_KINDS",
    "Alert",
    "AlertChannel",
    "AlertKind",
    "AlertMessage",
    "AlertState",
    "ChannelKind",
    "Digest",
    "JudgedSize",
    "MessageEvent",
    "MessageState",
    "MutedSegment",
    "NoticedImport",
    "Resolution",
    "all_kinds",
]
