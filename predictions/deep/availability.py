"""Availability of torch, determined without importing torch."""

from importlib.util import find_spec

from django.conf import settings
from django.utils.translation import gettext_noop

from core.text.sentences import Sentence
from predictions.refusals import Refused

# The modules that have to be importable, and the file that installs them.
MODULES = ("torch", "safetensors")
REQUIREMENTS = "requirements-deep.txt"
QUEUE = "tranche-deep"


def is_installed() -> bool:
    """Return whether this process could import torch and safetensors."""
    return all(find_spec(name) is not None for name in MODULES)


def is_offered() -> bool:
    """Return whether deep models can be trained: torch is here, or the workers have it."""
    return is_installed() or settings.DEEP_WORKERS


def check_installed() -> None:
    """Raise `Refused` (`not_installed`) where this process has no torch."""
    if not is_installed():
        raise _missing()


def check_offered() -> None:
    """Raise `Refused` (`not_installed`) where no process has torch."""
    if not is_offered():
        raise _missing()


def _missing() -> Refused:
    text = gettext_noop("Deep models need the packages of %(file)s, which are not installed.")
    return Refused("not_installed", Sentence(text, {"file": REQUIREMENTS}))
