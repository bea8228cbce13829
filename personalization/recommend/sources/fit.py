"""The nightly fit from which recommendations are answered, in one file of arrays.

The file is NumPy's npz, read without pickle; a loaded file has the checksum that was stored.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personalization.lists.nearest import grams, largest
from personalization.lists.scored import in_order
from personalization.lists.sparse import csr_matrix, vstack
from personalization.models import RecommendationFit
from personalization.recommend.algorithms import PARTS, Arrays, Parameters, joined_parts
from personalization.recommend.algorithms.new_products import NewProducts, new_products
from personalization.recommend.algorithms.stored_rows import (
    as_arrays,
    as_bytes,
    as_matrix,
    as_texts,
)
from personalization.recommend.catalogue import categories_of
from personalization.recommend.history.complements import Complements, complements, kinds
from personalization.recommend.history.purchases import History, popularity
from personalization.recommend.history.similarity import similarities
from personalization.recommend.history.trends import Trend, trends
from personalization.recommend.session.views import VIEW_PARTS, ViewModel, fit_views

# The number of similar SKUs, and of complements, that are kept of each SKU.
KEPT = 200


def fitted_content(
    history: History, as_of: datetime, chosen: Parameters, repeat_share: float
) -> bytes:
    """Return the file of everything that is fitted from a history, which ends at `as_of`, with the
    chosen parameters, and the share of repeated purchases (0..1).
    """
    trending = sorted(trends(as_of).items())
    lately = sorted(popularity(as_of).items())
    new = new_products(history, as_of)
    parts: dict[str, Arrays] = {
        "skus": {"": as_bytes(history.skus)},
        "similar": as_arrays(_similar(history)),
        **_complements(history),
        "trending": {
            "places": _places(history, [sku for sku, _trend in trending]),
            "scores": np.array([trend.score for _sku, trend in trending], dtype=np.float64),
            "buyers": np.array([trend.buyers for _sku, trend in trending], dtype=np.int64),
        },
        "popular": {
            "places": _places(history, [sku for sku, _count in lately]),
            "buyers": np.array([count for _sku, count in lately], dtype=np.int64),
        },
        **{f"personal.{name}": fit(history) for name, fit in PARTS.items()},
        "new": {"skus": as_bytes(new.skus), **as_arrays(new.cosines)},
        "repeats": {"share": np.array(repeat_share)},
        **fit_views(as_of),
        "chosen": {name: np.array(value) for name, value in chosen.items()},
    }
    file = BytesIO()
    flat: dict[str, Any] = {
        f"{part}/{name}": array for part, arrays in parts.items() for name, array in arrays.items()
    }
    np.savez_compressed(file, **flat)
    return file.getvalue()


class FromFit:
    """The fit of some night."""

    def __init__(self, as_of: datetime, content: bytes) -> None:
        self.as_of = as_of
        self._file = np.load(BytesIO(content), allow_pickle=False)
        if "views.products/skus" not in self._file.files:
            raise ValueError("the fit is of a release without lists of two wishes")

    @cached_property
    def skus(self) -> Sequence[str]:
        """All SKUs that were bought."""
        return as_texts(self._file["skus/"])

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each SKU in `skus`."""
        return {sku: place for place, sku in enumerate(self.skus)}

    def similar(self, place: int) -> csr_matrix:
        """Return the row of cosines of the SKU at `place`."""
        return self._similar[[place]]

    def complements(self, place: int) -> Complements:
        """Return the complements of the SKU at `place`."""
        lifts, together = (matrix[[place]] for matrix in self._complements)
        return Complements(lifts.indices.astype(np.int64), lifts.data, together.data)

    def trends(self) -> Mapping[str, Trend]:
        """Return the SKUs that were trending."""
        return self._trends

    def popularity(self) -> Mapping[str, int]:
        """Return the number of customers who bought each SKU lately."""
        return self._popularity

    @cached_property
    def new_products(self) -> NewProducts:
        """The products that nobody had bought yet, in their first 30 days."""
        part = self._part("new")
        if not part:  # The fit is of an earlier release.
            return NewProducts([], csr_matrix((0, len(self.skus))))
        return NewProducts(as_texts(part["skus"]), as_matrix(part))

    def fitted(self, algorithm: str) -> Arrays:
        """Return the arrays of all parts that an algorithm of personal lists reads."""
        return joined_parts(algorithm, lambda part: self._personal[part])

    @cached_property
    def chosen(self) -> Parameters:
        """The parameters that were chosen for the fit."""
        return {name: float(value) for name, value in self._part("chosen").items()}

    @cached_property
    def repeat_share(self) -> float:
        """The share of bought SKUs that the customers had bought before."""
        return float(self._part("repeats")["share"])

    @cached_property
    def views(self) -> ViewModel:
        """The products viewed in one session, and the most viewed of each category."""
        return ViewModel({part: self._part(part) for part in VIEW_PARTS})

    @cached_property
    def _similar(self) -> csr_matrix:
        return as_matrix(self._part("similar"))

    @cached_property
    def _complements(self) -> tuple[csr_matrix, csr_matrix]:
        return as_matrix(self._part("lifts")), as_matrix(self._part("together"))

    @cached_property
    def _trends(self) -> Mapping[str, Trend]:
        part = self._part("trending")
        columns = (part[name].tolist() for name in ("places", "scores", "buyers"))
        return {self.skus[place]: Trend(*rest) for place, *rest in zip(*columns, strict=True)}

    @cached_property
    def _popularity(self) -> Mapping[str, int]:
        part = self._part("popular")
        pairs = zip(part["places"].tolist(), part["buyers"].tolist(), strict=True)
        return {self.skus[place]: count for place, count in pairs}

    @cached_property
    def _personal(self) -> Mapping[str, Arrays]:
        return {name: self._part(f"personal.{name}") for name in PARTS}

    def _part(self, part: str) -> Arrays:
        begin = f"{part}/"
        names = [name for name in self._file.files if name.startswith(begin)]
        return {name.removeprefix(begin): self._file[name] for name in names}


def digest_of(content: bytes) -> str:
    """Return the checksum that identifies a file."""
    return sha256(content).hexdigest()


def source_of(pk: int, digest: str) -> FromFit | None:
    """Return a stored fit; None where the file is gone, or is not the one that was stored."""
    try:
        return _load_fit(pk, digest)
    except (LookupError, ValueError):
        return None


@lru_cache(maxsize=2)
def _load_fit(pk: int, digest: str) -> FromFit:
    fit = RecommendationFit.objects.filter(pk=pk).first()
    if fit is None or fit.content is None:
        raise LookupError(pk)
    content = bytes(fit.content)
    if digest_of(content) != digest:
        raise ValueError(pk)
    return FromFit(fit.as_of, content)


def _similar(history: History) -> csr_matrix:
    found = [
        largest(similarities(history, first, block), KEPT) for first, block in grams(history.bought)
    ]
    return vstack(found, format="csr") if found else csr_matrix((0, 0))


def _complements(history: History) -> dict[str, Arrays]:
    """Return the lifts, and the numbers of common orders, as two matrices with equal places."""
    of_kinds = kinds(history, categories_of(history.skus))
    starts, rows = [0], []
    for first, block in grams(history.orders):
        for row in range(block.shape[0]):
            found = complements(history, first + row, block[[row]], of_kinds)
            best = np.sort(in_order(found.lifts, first_by=found.together)[:KEPT])
            rows.append([column[best] for column in found])
            starts.append(starts[-1] + len(best))
    size = len(history.skus)
    places, lifts, together = (
        np.concatenate([row[column] for row in rows]) if rows else np.zeros(0)
        for column in range(3)
    )
    return {
        "lifts": as_arrays(csr_matrix((lifts, places, starts), shape=(size, size))),
        "together": as_arrays(csr_matrix((together, places, starts), shape=(size, size))),
    }


def _places(history: History, skus: Sequence[str]) -> NDArray[np.int64]:
    return np.array([history.places[sku] for sku in skus], dtype=np.int64)
