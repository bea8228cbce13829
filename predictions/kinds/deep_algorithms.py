"""Algorithms that are networks: trained on a queue of their own, and used only by workers."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from predictions.deep.availability import check_offered, is_offered
from predictions.kinds import KINDS
from predictions.kinds.kind import Kind
from predictions.models import ModelVersion
from predictions.refusals import Refused

ALGORITHM = "algorithm"


def may_fit_networks(kind: Kind, parameters: Mapping[str, Any]) -> bool:
    """Return whether a training with these parameters may fit networks where torch is offered."""
    if _is_network(kind, parameters.get(ALGORITHM)):
        return True
    return parameters.get(ALGORITHM) in getattr(kind, "tries_deep", ()) and is_offered()


def fits_networks() -> Q:
    """Return the condition of training runs for which `may_fit_networks` is true."""
    found = Q(pk__in=[])
    for kind in KINDS.values():
        names = [*getattr(kind, "deep_algorithms", ())]
        if names and is_offered():
            names += getattr(kind, "tries_deep", ())
        if names:
            found |= Q(model__kind=kind.code, parameters__algorithm__in=names)
    return found


def check_deep(kind: Kind, parameters: Mapping[str, Any]) -> None:
    """Raise `Refused` (`not_installed`) where a network is asked for and no process has torch."""
    if _is_network(kind, parameters.get(ALGORITHM)):
        check_offered()


def is_network(version: ModelVersion, kind: Kind) -> bool:
    """Return whether a version of `kind` is a network."""
    return _is_network(kind, version.fitted.get(ALGORITHM) or version.parameters.get(ALGORITHM))


def check_on_demand(version: ModelVersion, kind: Kind) -> None:
    """Raise `Refused` (`workers_only`) for a network: web processes never import torch."""
    if is_network(version, kind):
        text = _(
            "Version %(number)d of “%(model)s” is a deep model: workers compute its scores, and "
            "what they stored is shown."
        )
        values = {"number": version.number, "model": version.model.code}
        raise Refused("workers_only", text % values)


def _is_network(kind: Kind, algorithm: Any) -> bool:
    return algorithm in getattr(kind, "deep_algorithms", ())
