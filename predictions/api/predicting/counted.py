"""API calls that are counted for monitoring."""

from time import monotonic
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.api.endpoint import Endpoint
from core.clock import now
from predictions.monitoring.call_statistics import note


class Counted(Endpoint):
    """An endpoint whose calls are counted under a name, with their duration and status."""

    counted_as: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Handle the request and count the call; an unhandled exception counts as status 500."""
        begun, status = monotonic(), 500
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            status = response.status_code
            return response
        finally:
            note(self.counted_as, now(), monotonic() - begun, status)
