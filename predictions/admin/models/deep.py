"""Notes on deep models for a model's page: how a network was fitted, or that torch is missing."""

from fractions import Fraction

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from predictions.admin.models.versions.details import CHOICES, DECIMALS
from predictions.deep.availability import REQUIREMENTS, is_offered
from predictions.history.values import rounded
from predictions.kinds import KINDS
from predictions.models import ModelVersion, PredictionModel

# The fitted value that the page shows as sentences.
DEEP = "deep"


def deep_model_sentences(model: PredictionModel, version: ModelVersion | None) -> list[str]:
    """Return sentences about deep models of this kind; [] for a kind without deep models."""
    if not getattr(KINDS[model.kind], "deep_algorithms", ()):
        return []
    found = [] if is_offered() else [_missing()]
    deep = {} if version is None else version.fitted.get(DEEP) or {}
    if deep.get("device"):
        text = _("A network was fitted on the device “%(device)s”; seconds: %(seconds)s.")
        seconds = number_shown(rounded(Fraction(deep["seconds"]), 1))
        found.append(text % {"device": deep["device"], "seconds": seconds})
    if deep.get("against"):
        found.append(_comparison_text(deep))
    return found


def _missing() -> str:
    text = _("Deep models are not installed (%(file)s): they are left out, and all else works.")
    return text % {"file": REQUIREMENTS}


def _comparison_text(deep: dict[str, object]) -> str:
    values = {
        "against": CHOICES.get(str(deep["against"]), deep["against"]),
        "difference": _number_text(deep["difference"]),
    }
    match deep["interval"]:
        case [low, high]:
            text = _(
                "It was compared with “%(against)s”: its error differs by %(difference)s (95 %% "
                "interval from %(low)s to %(high)s). Only an interval below 0 is better."
            )
            return text % {**values, "low": _number_text(low), "high": _number_text(high)}
    text = _("It was compared with “%(against)s”: its stability differs by %(difference)s.")
    return text % values


def _number_text(value: object) -> str:
    return number_shown(rounded(Fraction(str(value)), DECIMALS))
