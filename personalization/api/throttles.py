"""How often a user may ask what a page shows."""

from customers.rest.throttles import ApiRate


class ServeRate(ApiRate):
    """`settings.SERVE_RATE` calls a minute of those that serve pages."""

    setting = "SERVE_RATE"
