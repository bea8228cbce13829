"""How often a user may send behaviour."""

from customers.rest.throttles import ApiRate


class TrackRate(ApiRate):
    """`settings.TRACK_RATE` calls a minute of those that send behaviour."""

    setting = "TRACK_RATE"
