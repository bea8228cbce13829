"""Which salts the experiments draw by."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.formats import in_quotes
from personalization.models import Experiment

NAMED = 3


def describe_experiments(salt: str) -> str:
    """Return the experiments whose variants `salt` gives, for who draws by it; "": none."""
    names = list(Experiment.objects.filter(salt=salt).values_list("name", flat=True)[: NAMED + 1])
    if not names:
        return ""
    if len(names) > NAMED:
        return _("the variants of several experiments")
    return ngettext(
        "the variants of the experiment %(names)s",
        "the variants of the experiments %(names)s",
        len(names),
    ) % {"names": ", ".join(map(in_quotes, names))}
