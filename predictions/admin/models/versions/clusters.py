"""The clusters of a version on its model's page: sizes, means of features, and names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from conditions.language.operators import Words
from core.text.formats import CENTS, UNKNOWN, money_shown, number_shown, share_shown
from core.text.typed_names import check_name
from predictions.admin.customer import attributes_of
from predictions.admin.insights.show_customers import Links
from predictions.admin.models.versions.figures import WORDS
from predictions.analytics.parts.selection import of_cluster
from predictions.conditions.labels import label_name, names_of
from predictions.history.values import rounded
from predictions.kinds import KINDS
from predictions.kinds.clusters.declaration import CLUSTERS, Clusters
from predictions.kinds.inputs import FEATURES
from predictions.lifecycle.cluster_names import LONGEST_NAME, SameName, name_clusters
from predictions.models import ModelVersion, PredictionModel

PREFIX = "name-"
TRIED = ("silhouette", "davies_bouldin", "calinski_harabasz", "bootstrap_ari", "smallest_share")
# The fitted values that the page shows in tables of their own.
SHOWN = ("labels", "profiles", "by_k", "steps")


@dataclass(frozen=True)
class Cluster:
    """A cluster: label, displayed name (`label_name`), name by a merchant, share and means.

    `name` is the text entered if a form was refused, and `problems` its errors. `url` lists the
    current members of the cluster; "" if the version is not deployed or the user may not see them.
    """

    label: str
    field: str
    called: str
    name: str
    customers: int
    share: str
    means: Sequence[str]
    url: str
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class ClustersShown:
    """The clusters of a version, their features, and the numbers of clusters tried.

    `tried`: a row of figures per number of clusters; `columns` are the labels of these figures.
    """

    rows: Sequence[Cluster]
    features: Sequence[Words]
    columns: Sequence[Words]
    tried: Sequence[Sequence[str]]
    longest: int = LONGEST_NAME


def clusters_of(
    model: PredictionModel,
    version: ModelVersion | None,
    user: User | AnonymousUser,
    refused: "NameForm | None" = None,
) -> ClustersShown | None:
    """Return the clusters of a version as `user` may see them; None for a model without clusters.

    A `refused` form keeps the names entered and adds their errors.
    """
    if not isinstance(KINDS[model.kind], Clusters) or version is None:
        return None
    profiles, names = version.fitted["profiles"], names_of(model.code)
    features = version.parameters["features"]
    whole = sum(one["customers"] for one in profiles)
    links = Links(user) if version.pk == model.deployed_id else None
    rows = [_cluster(one, features, names, whole, _to(model, links)) for one in profiles]
    return ClustersShown(
        rows if refused is None else [_with_typed_name(one, refused) for one in rows],
        [FEATURES[name].meaning for name in features],
        [WORDS[CLUSTERS.family, name].label for name in TRIED],
        [list(_cells_of_trial(one)) for one in version.fitted["by_k"]],
    )


def _to(model: PredictionModel, links: Links | None) -> Callable[[str, str], str]:
    """Return a function from a name and a label to the URL that lists the cluster's members."""
    (attribute,) = attributes_of(KINDS[model.kind])
    return lambda name, label: links.to(name, of_cluster(attribute.code, label)) if links else ""


def _cluster(
    one: Mapping[str, Any],
    features: Sequence[str],
    names: Mapping[str, str],
    whole: int,
    to: Callable[[str, str], str],
) -> Cluster:
    label = one["label"]
    name = label_name(label, names)
    return Cluster(
        label,
        f"{PREFIX}{label}",
        name,
        names.get(label, ""),
        one["customers"],
        share_shown(one["customers"] / whole),
        [_mean(name, one["means"][name]) for name in features],
        to(name, label),
    )


def _with_typed_name(one: Cluster, form: "NameForm") -> Cluster:
    """Return a cluster with the name that the form has for it, and its errors."""
    if one.field not in form.fields:
        return one
    field = form[one.field]
    return replace(
        one, name=str(field.value() or ""), problems=[str(text) for text in field.errors]
    )


def _mean(name: str, value: float) -> str:
    exact = rounded(Fraction(value), CENTS)
    return money_shown(exact) if FEATURES[name].is_money else number_shown(exact)


def _cells_of_trial(one: Mapping[str, Any]) -> Iterator[str]:
    yield str(one["k"])
    for name in TRIED:
        yield UNKNOWN if one[name] is None else WORDS[CLUSTERS.family, name].written(one[name], 0)
    yield ", ".join(number_shown(size) for size in one["sizes"])


class NameForm(forms.Form):
    """The names of clusters; a cluster with an empty name is called by its label."""

    def __init__(self, labels: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        for label in labels:
            self.fields[PREFIX + label] = forms.CharField(
                required=False, max_length=LONGEST_NAME, validators=[check_name]
            )

    def names(self) -> dict[str, str]:
        """Return the names that are not empty, by label."""
        return {
            field.removeprefix(PREFIX): name for field, name in self.cleaned_data.items() if name
        }


def name_as_sent(request: HttpRequest, model: PredictionModel) -> NameForm | None:
    """Name all clusters of the version that the model's page shows.

    Return None on success, else the form with its errors.
    """
    version = model.deployed or model.versions.defer("artifact").order_by("-number").first()
    shown = clusters_of(model, version, request.user)
    rows = () if shown is None else shown.rows
    # A version deployed since may have more clusters, which were not on the page.
    labels = [one.label for one in rows if one.field in request.POST]
    form = NameForm(labels, request.POST)
    if not form.is_valid():
        found = [one for errors in form.errors.as_data().values() for one in errors]
        text = _("Nothing was named: a name has at most %(most)d characters.")
        if other := next((one for one in found if one.code != "max_length"), None):
            messages.error(request, other.messages[0])
        else:
            messages.error(request, text % {"most": LONGEST_NAME})
        return form
    try:
        name_clusters(model, labels, form.names(), by=cast(User, request.user))
    except SameName as error:
        messages.error(request, str(error))
        for label, sentence in error.sentences.items():
            if PREFIX + label in form.fields:
                form.add_error(PREFIX + label, sentence)
        return form
    messages.success(request, _("The clusters are named."))
    return None
