"""The versions trained on the members of a segment; they prevent the segment's deletion."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.kinds import KINDS
from predictions.models import ModelVersion
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments


def versions_of(segment: Segment) -> list[Use]:
    """Return the versions that were trained on the members of `segment`."""
    rows = ModelVersion.objects.filter(segment=segment).select_related("model").defer("artifact")
    text = _("%(model)s, version %(number)d")
    return [
        Use(
            row,
            code=f"{row.model.code} {row.number}",
            name=text % {"model": KINDS[row.model.kind].label, "number": row.number},
            says=row.get_state_display(),
        )
        for row in rows.order_by("model", "number")
    ]


USED_BY_MODELS = UsersOfSegments(
    "predictions",
    gettext_lazy("Models"),
    versions_of,
    ("predictions.view_scores",),
    says=gettext_lazy("State"),
)
