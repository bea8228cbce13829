"""Which fit, and which versions of it, recommendations are answered by now."""

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
    """What serves a list: the number of the version (None: the counter), and the algorithm."""

    version: int | None
    algorithm: str


@dataclass(frozen=True)
class Using:
    """A source of scores, and what serves each list (`again`, `discover`) of a website from it.

    Where the history of a moment is the source, no version has a number.
    """

    source: Source
    lists: Mapping[str, Serving]

    @property
    def fitted_at(self) -> datetime:
        """Until when the source knows anything."""
        return self.source.as_of

    @property
    def is_computed(self) -> bool:
        """Whether the whole history is read for it, which takes long."""
        return isinstance(self.source, FromHistory)

    def algorithm(self, name: str) -> str:
        """Return the algorithm that answers for a name: of old names the promoted one."""
        return self.lists[REPLACED[name]].algorithm if name in REPLACED else name


def using(as_of: datetime | None, website: str = "") -> Using:
    """Return what answers for a website (its code; "": none is known).

    Without `as_of` the newest fit is the source, else the history of that aware instant; where
    nothing was fitted yet, the history of now. A list is served by the version of the website, or
    else by that of the whole installation; by the counter where none is promoted.
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
        # The row of the website comes behind that of all, and counts.
        wish: (number, algorithm)
        for wish, number, algorithm in rows.order_by("scope").values_list(
            "wish", "version__number", "version__algorithm"
        )
    }


def _serving(version: tuple[int | None, str | None], counter: str, has_versions: bool) -> Serving:
    number, algorithm = version
    # What a worker has stored is no list of another moment.
    is_known = algorithm in SERVING or (algorithm == SEQUENCE and has_versions)
    if algorithm is None or not is_known:
        return Serving(None, counter)
    return Serving(number if has_versions else None, algorithm)
