"""Calls that are counted, for those who watch."""

from time import monotonic
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.api.endpoint import Endpoint
from core.clock import now
from predictions.monitoring.call_statistics import note


class Counted(Endpoint):
    """A call that is counted under its name, with the time that it took."""

    counted_as: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer it, and count it."""
        begun, status = monotonic(), 500
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            status = response.status_code
            return response
        finally:
            note(self.counted_as, now(), monotonic() - begun, status)
