"""Who asks: all ways to say so in one place, and wrong answers are counted for each of them."""

from typing import Any, ClassVar

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from customers.access.attempts import API, count_failure, seconds_locked


class Credentials(BaseAuthentication):
    """The session of the admin, or else a key; who has none gets 401 rather than 403.

    Another way to authenticate belongs into `keys`, nowhere else: what is there is not even asked
    while its address is locked, and each time that it says “wrong” counts.
    """

    # Logging in to it is throttled where it happens.
    session: ClassVar = SessionAuthentication()
    keys: ClassVar[tuple[BaseAuthentication, ...]] = ()

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = self.session.authenticate(request)
        if found is not None or not self.keys:
            return found
        asked = request._request
        if wait := seconds_locked(asked, API):
            raise Throttled(wait)
        for key in self.keys:
            try:
                found = key.authenticate(request)
            except AuthenticationFailed:
                count_failure(asked, API)
                raise
            if found is not None:
                return found
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Session"
