"""`content_based`: products that are described as those that were bought, by TF-IDF.

The terms of a product are the words of its name, its categories and its brand; the weight of a term
is how often it stands there times ln(SKUs / SKUs with it), and the weights of a product have length
1 (K. Sparck Jones, A Statistical Interpretation of Term Specificity, 1972). A score is the sum of
cosines to what was bought, once each.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.text.folding import fold
from personalization.lists.mixture import DISCOVER
from personalization.lists.scored import Floats
from personalization.lists.sparse import csr_matrix, diags
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.stored_rows import as_arrays, as_matrix
from personalization.recommend.catalogue import Described, describe_products
from personalization.recommend.history.purchases import History, Purchases

WORD = re.compile(r"\w+")


def weighted_terms(skus: Sequence[str]) -> csr_matrix:
    """Return the weights of each SKU's terms, as the catalogue describes the SKU now."""
    found = describe_products(skus)
    return _weight_terms([_terms(found[sku]) if sku in found else Counter() for sku in skus])


def _fit(history: History) -> Arrays:
    return as_arrays(weighted_terms(history.skus))


class ContentBased:
    """Products alike by their words."""

    name, wish = "content_based", DISCOVER
    parts: Parts = {"content_based": _fit}

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return sums of cosines."""
        terms = as_matrix(fitted)
        return np.asarray(((purchases.bought @ terms) @ terms.T).toarray())

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the most similar one of the bought SKUs."""
        terms = as_matrix(fitted)
        alike = (terms @ terms[[place]].T).toarray().ravel() * purchases.bought.toarray().ravel()
        others = np.where(np.arange(len(alike)) == place, 0, alike)
        return int(others.argmax()) if len(others) and others.max() > 0 else None


def _terms(product: Described) -> Counter[str]:
    words = WORD.findall(fold(product.name))
    # No word has a colon in it.
    categories = [f"category:{code}" for code in product.categories]
    brand = [f"brand:{fold(product.brand)}"] if product.brand else []
    return Counter([*words, *categories, *brand])


def _weight_terms(terms: list[Counter[str]]) -> csr_matrix:
    names = {term: place for place, term in enumerate(sorted({*(t for c in terms for t in c)}))}
    rows = [row for row, counted in enumerate(terms) for _term in counted]
    columns = [names[term] for counted in terms for term in counted]
    data = np.array([count for counted in terms for count in counted.values()], dtype=np.float64)
    found = csr_matrix((data, (rows, columns)), shape=(len(terms), len(names)))
    having = np.bincount(columns, minlength=len(names)) if columns else np.zeros(0)
    rare = diags(np.log(len(terms) / np.maximum(having, 1))) if names else None
    if rare is not None:
        found = (found @ rare).tocsr()
    lengths = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return (diags(scale) @ found).tocsr() if len(terms) else found


CONTENT_BASED = ContentBased()
