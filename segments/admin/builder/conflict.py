"""Two users' versions of a segment side by side, so that neither is lost."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from segments.models import AppliesTo, Segment, SegmentVersion
from segments.rules.definition import Definition, definition_of
from segments.rules.evaluation.rule import sentence_of


@dataclass(frozen=True)
class Conflict:
    """The version that another user saved in the meantime, and the definition in the form."""

    segment: Segment
    theirs: Definition
    mine: Definition
    version: SegmentVersion | None

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """The comparison by field: (label, theirs, mine, whether they differ)."""
        pairs = zip(*(_lines(self.segment, one) for one in (self.theirs, self.mine)), strict=True)
        return [(label, old, new, old != new) for (label, old), (_label, new) in pairs]


def conflict_of(stored: Segment, mine: Definition) -> Conflict:
    """Return the conflict between the stored version of a segment and `mine`."""
    version = stored.versions.select_related("author").filter(number=stored.version).first()
    return Conflict(stored, definition_of(stored), mine, version)


def _lines(segment: Segment, definition: Definition) -> list[tuple[str, str]]:
    applies_to = dict(AppliesTo.choices).get(definition.applies_to, "")
    return [
        (_("Name"), definition.name),
        (_("Description"), definition.description or "–"),
        (_("Applies to"), str(applies_to)),
        (_("Websites"), ", ".join(definition.websites) or _("all")),
        (_("Customer groups"), ", ".join(definition.customer_groups) or _("all")),
        (_("Conditions"), sentence_of(segment, definition.conditions)),
    ]
