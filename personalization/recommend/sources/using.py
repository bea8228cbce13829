"""The fit, and its versions, that serve recommendations now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from personalization.models import ListInUse, RecommendationUse
from personalization.recommend.algorithms import COUNTERS, REPLACED, SEQUENCE, SERVING
from personalization.recommend.sources.computed import FromHistory, history_at
from personalization.recommend.sources.fit import source_of
from personalization.recommend.sources.shared_reads import read_once
from personalization.recommend.sources.source import Source


@dataclass(frozen=True)
class Serving:
    """The server of a list: the number of the version (None: the counter), and the algorithm."""

    version: int | None
    algorithm: str


@dataclass(frozen=True)
class Using:
    """A source of scores, and the version that serves each list (`again`, `discover`) of a website.

    Where the source is a computed history, no version has a number.
    """

    source: Source
    lists: Mapping[str, Serving]

    @property
    def fitted_at(self) -> datetime:
        """The end of the data of the source."""
        return self.source.as_of

    @property
    def is_computed(self) -> bool:
        """Whether the source reads the whole history, which takes long."""
        return isinstance(self.source, FromHistory)

    def algorithm(self, name: str) -> str:
        """Return the algorithm that answers for a name: for an old name, the promoted algorithm."""
        return self.lists[REPLACED[name]].algorithm if name in REPLACED else name


def using(as_of: datetime | None, website: str = "") -> Using:
    """Return what serves a website (its code; "": unknown).

    Without `as_of` the source is the newest fit, or the history of now before the first fit; with
    `as_of` the source is the history of that aware instant. A list is served by the version of the
    website, or else by that of the whole installation; without a promoted version, by the counter.
    """
    source = source_at(as_of)
    has_versions = not isinstance(source, FromHistory)
    found = read_once(("versions", website), lambda: _versions(website))
    lists = {
        wish: _serving(found.get(wish, (None, None)), counter.name, has_versions)
        for wish, counter in COUNTERS.items()
    }
    return Using(source, lists)


def source_at(as_of: datetime | None) -> Source:
    """Return the newest fit; with `as_of` (aware), or before the first fit, the history of then."""
    fit = None if as_of is not None else read_once("fit", _newest_fit)
    return fit or history_at(as_of)


def _newest_fit() -> Source | None:
    row = RecommendationUse.objects.values_list("fit", "fit__sha256").first()
    fit, digest = row or (None, None)
    return source_of(fit, digest) if fit and digest else None


def _versions(website: str) -> dict[str, tuple[int | None, str | None]]:
    """Return the number and the algorithm of the version in use of each list."""
    rows = ListInUse.objects.filter(scope__in={"", website})
    return {
        # The row of the website comes after the row of all websites, and replaces that row.
        wish: (number, algorithm)
        for wish, number, algorithm in rows.order_by("scope").values_list(
            "wish", "version__number", "version__algorithm"
        )
    }


def _serving(version: tuple[int | None, str | None], counter: str, has_versions: bool) -> Serving:
    number, algorithm = version
    # The candidates that a worker has stored belong to the fit, not to a history of another time.
    is_known = algorithm in SERVING or (algorithm == SEQUENCE and has_versions)
    if algorithm is None or not is_known:
        return Serving(None, counter)
    return Serving(number if has_versions else None, algorithm)
