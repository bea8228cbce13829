"""Labels of clusters: those of the deployed version, and what merchants call them."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from predictions.models import ClusterName, PredictionModel

# Of who is in no cluster.
NOISE = "noise"


def labels_of(code: str) -> dict[str, str]:
    """Return the labels of the deployed version of a model, each as people call it."""
    fitted = PredictionModel.objects.filter(code=code).values_list("deployed__fitted", flat=True)
    labels = (fitted.first() or {}).get("labels", ())
    names = names_of(code)
    return {label: label_name(label, names) for label in labels}


def names_of(code: str) -> dict[str, str]:
    """Return the names that merchants have given to labels of a model."""
    return dict(ClusterName.objects.filter(model__code=code).values_list("label", "name"))


def label_name(label: str, names: Mapping[str, str]) -> str:
    """Return a label's name; without one, the name of the cluster above with the number."""
    if label in names:
        return names[label]
    if label == NOISE:
        return _("Like no other (noise)")
    above, point, number = label.partition(".")
    if point and above in names:
        return f"{names[above]} {number}"
    return _("Cluster %(label)s") % {"label": label}
