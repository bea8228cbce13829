"""Content negotiation of endpoints that respond with files: the Accept header is ignored."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation


class Anything(BaseContentNegotiation):
    """Chooses the first renderer for any Accept header; errors are problem details."""

    def filter_parsers(self, request: Any, parsers: Any) -> Any:
        return parsers

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def prefers_csv(request: Any) -> bool:
    """Return whether the request accepts CSV and, of its media types, names it first."""
    accepted: str = request.headers.get("Accept", "")
    first = accepted.partition(",")[0]
    return first.partition(";")[0].strip() == "text/csv"
