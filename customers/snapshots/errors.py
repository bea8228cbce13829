"""The error of shop snapshots."""


class SnapshotError(ValueError):
    """A shop snapshot cannot be written, read or changed; the message is for people."""
