"""Names of inputs for screen readers, the buttons beside inputs, and marks of states."""

from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.forms import Field, MultiWidget, Widget
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PARTS = (_("date"), _("time"))


def name_parts(field: Field) -> None:
    """Name the two inputs of a time after `field`, which has but one label."""
    widget = inner(field.widget)
    if isinstance(widget, MultiWidget):
        for part, name in zip(widget.widgets, PARTS, strict=True):
            part.attrs["aria-label"] = format_lazy("{}: {}", field.label, name)


def name_cell(field: Field) -> None:
    """Name the input of `field` after it, where only the head of a column says what it is."""
    name_parts(field)
    inner(field.widget).attrs["aria-label"] = field.label


def delete_nothing_beside(field: Field) -> None:
    """Take the button away that deletes what `field` refers to: a website, say, with its shop."""
    if isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget.can_delete_related = False


def activity_html(*, is_active: bool) -> SafeString:
    """Return a mark and the word “active” or “inactive”; screen readers ignore the mark."""
    kind, mark, word = (
        ("on", "●", gettext("active")) if is_active else ("off", "○", gettext("inactive"))
    )
    return format_html(
        '<span class="segment-status segment-{}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        mark,
        word,
    )


def inner(widget: Widget) -> Widget:
    """Return the input inside the frame of buttons that the admin puts around some."""
    return getattr(widget, "widget", widget)
