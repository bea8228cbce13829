"""What goes wrong with a shop snapshot, said in words."""


class SnapshotError(ValueError):
    """A shop snapshot cannot be written, read or changed; the message is for people."""
