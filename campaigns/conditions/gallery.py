"""Templates of segments about mail, for the gallery of segments."""

from django.utils.translation import gettext_lazy as _

from segments.rules.gallery import Group, Template
from segments.rules.gallery.template import all_of, condition, rows

MAIL = Group(
    "mail",
    _("Mail"),
    (
        Template(
            "opened-never-bought",
            _("Opened but never bought"),
            _("Opened a mail in the last 30 days, but has not bought yet."),
            _("They read what you write: make the first order easy."),
            all_of(
                rows("mails", "exists", condition("mail.opened_at", "in_last_days", 30)),
                rows("sales", "not_exists"),
            ),
        ),
    ),
)
