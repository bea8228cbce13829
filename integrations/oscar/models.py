"""The questions of conditions; Oscar's own row of a condition has no room for them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SegmentQuestion(models.Model):
    """An operator and segments (codes), beside the condition that asks them."""

    condition = models.OneToOneField(
        "offer.Condition", models.CASCADE, primary_key=True, related_name="segment_question"
    )
    operator = models.CharField(
        _("operator"),
        max_length=16,
        choices=[
            ("is", _("is a member of %(segments)s")),
            ("is_not", _("is not a member of %(segments)s")),
            ("is_one_of", _("is a member of one of %(segments)s")),
            ("is_not_one_of", _("is a member of none of %(segments)s")),
        ],
    )
    segments = models.JSONField(_("segments"))
    # The names of the segments when the condition was made.
    names = models.JSONField(_("names"))

    class Meta:
        verbose_name = _("question about segments")
        verbose_name_plural = _("questions about segments")

    def __str__(self) -> str:
        return self.get_operator_display() % {"segments": ", ".join(self.names)}

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """The key of the answer, equal for questions that need only one answer."""
        return self.operator, tuple(self.segments)
