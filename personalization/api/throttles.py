"""How often a user may send behaviour, and ask what a page shows."""

from customers.rest.throttles import ApiRate


class TrackRate(ApiRate):
    """`settings.TRACK_RATE` calls a minute of those that send behaviour."""

    setting = "TRACK_RATE"


class ServeRate(ApiRate):
    """`settings.SERVE_RATE` calls a minute of those that serve pages."""

    setting = "SERVE_RATE"
