"""Which fit, and which version of it, recommendations are answered by now."""

from dataclasses import dataclass
from datetime import datetime

from personalization.models import RecommendationUse
from personalization.recommend.algorithms.cosine import COSINE
from personalization.recommend.fit import source_of
from personalization.recommend.sources import FromHistory, Source, history_at


@dataclass(frozen=True)
class Using:
    """A source of scores, and what is in use: the number of the version (None: none was promoted,
    or the history of a moment was asked for), its algorithm, and when it was fitted.
    """

    source: Source
    version: int | None
    algorithm: str
    fitted_at: datetime

    @property
    def is_computed(self) -> bool:
        """Whether the whole history is read for it, which takes long."""
        return isinstance(self.source, FromHistory)


def using(as_of: datetime | None) -> Using:
    """Return what answers: without `as_of` the newest fit, else the history of that aware instant.

    Where nothing was fitted yet, that is the history of now. The algorithm is the promoted one;
    before the first promotion `cosine`, which says something about the smallest shops too.
    """
    row = RecommendationUse.objects.values_list(
        "version__number", "version__algorithm", "fit", "fit__sha256"
    ).first()
    version, algorithm, fit, digest = row or (None, None, None, None)
    algorithm = algorithm or COSINE.name
    found = source_of(fit, digest) if as_of is None and fit and digest else None
    if found is None:
        source = history_at(as_of)
        return Using(source, None, algorithm, source.as_of)
    return Using(found, version, algorithm, found.as_of)
