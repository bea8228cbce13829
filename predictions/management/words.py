"""What several commands say: metrics beside their baselines, and refusals."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from core.problems import Invalid
from predictions.refusals import Refused
from predictions.registry import Unknown


def metrics_table(metrics: Sequence[Mapping[str, Any]], gate: str) -> list[str]:
    """Return the lines of a table of metrics, each beside its baseline, and what the gate says."""
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
    """Turn what is refused into the command's error: the public code, then the sentence."""
    try:
        yield
    except Refused as error:
        raise CommandError(f"{error.code}: {error}") from error
    except Unknown as error:
        raise CommandError(f"unknown_model: {error}") from error
    except Invalid as error:
        raise CommandError("\n".join(f"{one.code}: {one}" for one in error.problems)) from error
