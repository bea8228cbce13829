"""Output shared by several commands: tables of metrics with baselines, and refusals."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from core.problems import Invalid
from predictions.refusals import Refused
from predictions.registry import Unknown


def metrics_table(metrics: Sequence[Mapping[str, Any]], gate: str) -> list[str]:
    """Return the lines of a table of metrics with baselines, and a last line with the gate."""
    lines = [f"{_('metric'):<20} {_('value'):>14}  {_('baseline'):<14} {_('its value'):>14}"]
    lines += (
        f"{one['name']:<20} {_figure(one['value']):>14}  {one['baseline'] or '-':<14} "
        f"{_figure(one['baseline_value']):>14}"
        for one in metrics
    )
    return [*lines, _("approval check: %(gate)s") % {"gate": gate}]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.6f}"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refusals into errors of the command: the public code, then the sentence.

    Raises CommandError for `Refused`, `Unknown` and `Invalid`.
    """
    try:
        yield
    except Refused as error:
        raise CommandError(f"{error.code}: {error}") from error
    except Unknown as error:
        raise CommandError(f"unknown_model: {error}") from error
    except Invalid as error:
        raise CommandError("\n".join(f"{one.code}: {one}" for one in error.problems)) from error
