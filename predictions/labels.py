"""Labels of clusters: those of the deployed version, and what merchants call them."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from customers.audit import record
from predictions.audit import CLUSTERS_NAMED, MODEL
from predictions.kinds.clusters import NOISE
from predictions.models import ClusterName, PredictionModel

LONGEST_NAME = 64


def labels_of(code: str) -> dict[str, str]:
    """Return the labels of the deployed version of a model, each as people call it."""
    fitted = PredictionModel.objects.filter(code=code).values_list("deployed__fitted", flat=True)
    labels = (fitted.first() or {}).get("labels", ())
    names = names_of(code)
    return {label: called(label, names) for label in labels}


def names_of(code: str) -> dict[str, str]:
    """Return the names that merchants have given to labels of a model."""
    return dict(ClusterName.objects.filter(model__code=code).values_list("label", "name"))


def called(label: str, names: Mapping[str, str]) -> str:
    """Return what a label is called; that of the cluster above it, where only that has a name."""
    if label in names:
        return names[label]
    if label == NOISE:
        return _("Like no other (noise)")
    above, point, number = label.partition(".")
    if point and above in names:
        return f"{names[above]} {number}"
    return _("Cluster %(label)s") % {"label": label}


def name_clusters(
    model: PredictionModel, labels: Collection[str], names: Mapping[str, str], *, by: User | None
) -> None:
    """Give `labels` their `names`, those that have none there their own; others stay as they are.

    A name has 1 to 64 characters. Raises ValueError where two would be called the same.
    """
    with transaction.atomic():
        PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        before = names_of(model.code)
        after = {label: name for label, name in before.items() if label not in labels} | dict(names)
        spoken = [name.casefold() for name in after.values()]
        twice = sorted({name for name in after.values() if spoken.count(name.casefold()) > 1})
        if twice:
            text = _("Two clusters cannot both be called “%(name)s”.")
            raise ValueError(text % {"name": twice[0]})
        if after == before:
            return
        ClusterName.objects.filter(model=model).delete()
        ClusterName.objects.bulk_create(
            ClusterName(model=model, label=label, name=name) for label, name in after.items()
        )
        record(by, CLUSTERS_NAMED.name, MODEL, model.code, before=before, after=after)
