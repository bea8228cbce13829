"""Links “Show these customers”: the builder of a new segment with prefilled conditions."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser, User

from predictions.analytics.parts.selection import APPLIES_TO, Condition
from segments.admin.new_segments.prefilled import builder_url, send_url


class Links:
    """Links for a user; "" for a user who may not build segments."""

    def __init__(self, user: User | AnonymousUser) -> None:
        self._user = user

    def to(self, name: str, conditions: Sequence[Condition]) -> str:
        """Return the URL of the builder for a new segment with this name and these conditions.

        The segment applies to customers and guests, and only exists once the user saves it. Return
        "" for a user who may not build segments.
        """
        return builder_url(self._user, name, conditions, APPLIES_TO)

    def to_mail(self, url: str) -> str:
        """Return the URL that opens a mail to the segment of `url`, which `to` returned."""
        return send_url(self._user, url)
