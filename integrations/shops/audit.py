"""The subject and the actions of imports of shops in the audit log."""

from django.utils.translation import gettext_lazy as _

from core.audit import Action, Subject

IMPORT = "shops.import"
FIELDS = {
    "files": _("files"),
    "source": _("source"),
    "outcome": _("outcome"),
    "rows": _("rows"),
    "answers": _("answers"),
}
SUBJECT = Subject(IMPORT, _("import of a shop"), fields=FIELDS)
STARTED = Action("import_started", _("import started"))
CANCELED = Action("import_canceled", _("import canceled"))
ENDED = Action("import_ended", _("import ended"))
ACTIONS = (STARTED, CANCELED, ENDED)
