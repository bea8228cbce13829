"""Resources whose rows name segments, such as what is sent, exported or shown to their members."""

from core.resources.resource import Resource
from segments.rules.followers import hold_definitions


class NamesSegments(Resource):
    """A resource whose rows name segments: nobody changes or deletes one while a row is written."""

    def hold(self) -> None:
        hold_definitions()
