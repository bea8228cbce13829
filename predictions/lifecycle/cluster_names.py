"""Store the names that merchants give to clusters."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from predictions.conditions.labels import label_name, names_of
from predictions.models import ClusterName, PredictionModel
from predictions.registry import CLUSTERS_NAMED, MODEL

LONGEST_NAME = 64


class SameName(ValueError):
    """Two clusters would have the same name; `sentences` has a message per label concerned."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self.sentences = sentences
        super().__init__(next(iter(sentences.values())))


def name_clusters(
    model: PredictionModel, labels: Collection[str], names: Mapping[str, str], *, by: User | None
) -> None:
    """Set the `names` of the clusters `labels`; other clusters keep theirs.

    A label without an entry in `names` loses its name and is called by its label again. A name has
    1 to 64 characters. Raises `SameName` where two clusters would have the same name.
    """
    with transaction.atomic():
        PredictionModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        before = names_of(model.code)
        after = {label: name for label, name in before.items() if label not in labels} | dict(names)
        # The default names of clusters without a name must not collide either.
        every = {label: label_name(label, after) for label in {*labels, *after}}
        spoken = Counter(map(_heard, every.values()))
        twice = {label: name for label, name in after.items() if spoken[_heard(name)] > 1}
        if twice:
            text = _("Two clusters cannot both be called “%(name)s”.")
            raise SameName({label: text % {"name": name} for label, name in twice.items()})
        if after == before:
            return
        ClusterName.objects.filter(model=model).delete()
        ClusterName.objects.bulk_create(
            ClusterName(model=model, label=label, name=name) for label, name in after.items()
        )
        record(by, CLUSTERS_NAMED.name, MODEL, model.code, before=before, after=after)


def _heard(name: str) -> str:
    """Return a normal form of a name, equal for names that look the same to people."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in plain if unicodedata.category(one) != "Cf").strip()
