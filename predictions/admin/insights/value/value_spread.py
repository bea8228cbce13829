"""The distribution of predicted lifetime values: histogram, deciles and value bands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from conditions.language.operators import Words
from core.figures.charts import Bar, bar_chart, column_chart
from core.text.formats import number_shown, share_shown
from predictions.admin.insights.numbers import amount, money, number, share
from predictions.admin.insights.show_customers import Links
from predictions.admin.models.versions.definitions import measures_sentence
from predictions.admin.models.versions.sentences import warning_in_words
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_band, of_values, with_value
from predictions.analytics.views.distribution import DECILES
from predictions.models import ModelVersion, ValueBand
from predictions.scoring.customer_panel import UNKNOWN_MARGIN

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Band:
    """A value band with formatted figures; `url` lists its customers."""

    code: str
    label: str
    count: int
    sum: str
    mean: str
    share: str
    url: str


@dataclass(frozen=True)
class Bin:
    """A bin of the histogram, formatted; `url` lists its customers."""

    low: str
    high: str
    count: int
    url: str

    @property
    def label(self) -> str:
        """The range of the bin."""
        return f"{self.low} – {self.high}"


@dataclass(frozen=True)
class ValueSpread:
    """The result of the API (`found`) as charts and tables; `warnings` are sentences.

    `margin_url` is the form of a training that takes the margin into account, or "".
    """

    found: Data
    warnings: list[str]
    measures: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    histogram: str = ""
    bins: list[Bin] = field(default_factory=list)
    url: str = ""
    open_end: str = ""
    deciles: list[tuple[str, str]] = field(default_factory=list)
    bands_drawn: str = ""
    bands: list[Band] = field(default_factory=list)
    margin_url: str = ""

    @property
    def limits(self) -> str:
        """Which buyers each band holds, as a sentence."""
        return bands_sentence({band: band.label for band in ValueBand})


def bands_sentence(labels: Mapping[str, Words]) -> str:
    """Return which buyers each value band holds; `labels` are the bands' names on the page."""
    text = _(
        "%(top)s: the %(most)s of buyers with the highest expected value. %(high)s: up to "
        "%(more)s. %(middle)s: up to %(half)s. %(low)s: the others."
    )
    ends = zip(("most", "more", "half"), settings.PREDICTIONS_VALUE_BANDS, strict=True)
    shares = {name: share_shown(percent / 100) for name, percent in ends}
    return text % (shares | {band.value: labels[band] for band in ValueBand})


def value_spread(links: Links) -> ValueSpread:
    """Return the distribution as of the last scoring."""
    found = view_of("clv")
    if not found["count"]:
        return ValueSpread(found, [])
    open_end = _open_end(found["histogram"])
    rows = ModelVersion.objects.filter(model__code="clv", number=found["version"])
    version = rows.select_related("model").defer("artifact").first()
    bins = _bins(found["histogram"], links)
    bands = [_band(one, links) for one in found["bands"]]
    return ValueSpread(
        found,
        _warnings(found, version),
        measures_sentence(version),
        {name: money(found[name]) for name in ("sum", "mean")} | {"gini": number(found["gini"], 2)},
        _histogram(bins, is_open=bool(open_end)),
        bins,
        links.to(_("Have a lifetime value"), with_value()),
        open_end,
        [
            (number_shown(percent), amount(value))
            for percent, value in zip(DECILES, found["deciles"], strict=True)
        ],
        bar_chart(
            [
                Bar(band.label, float(one["share"] or 0), band.share)
                for band, one in zip(bands, found["bands"], strict=True)
            ],
            _("Share of all lifetime value by band"),
            whole=1,
        ),
        bands,
        _margin_url(found, version),
    )


def _margin_url(found: Data, version: ModelVersion | None) -> str:
    if version is None or UNKNOWN_MARGIN not in found["warnings"]:
        return ""
    return reverse("admin:predictions_predictionmodel_train", args=[version.model_id])


def _open_end(bins: Sequence[Data]) -> str:
    """Return a sentence about the last bin if it is wider than the others; else ""."""
    first, last = (Decimal(one["to"]) - Decimal(one["from"]) for one in (bins[0], bins[-1]))
    if last - first <= CENT:  # The ends of bins are rounded.
        return ""
    text = _("The last column are all from %(low)s on; the greatest value is %(high)s.")
    return text % {"low": money(bins[-1]["from"]), "high": money(bins[-1]["to"])}


def _bins(found: Sequence[Data], links: Links) -> list[Bin]:
    """Return the bins; the first and the last have no bound outside, as scores may change."""
    last, bins = len(found) - 1, []
    for place, one in enumerate(found):
        low, high = amount(one["from"]), amount(one["to"])
        ends = (
            Decimal(one["from"]) if place else None,
            Decimal(one["to"]) if place < last else None,
        )
        name = _("Lifetime value: %(low)s to %(high)s") % {"low": low, "high": high}
        url = links.to(name, of_values(*ends)) if one["count"] else ""
        bins.append(Bin(low, high, one["count"], url))
    return bins


def _histogram(bins: list[Bin], *, is_open: bool) -> SafeString:
    """Draw the histogram; if the last bin `is_open`, label the axis with its lower end “and more”.

    All columns have the same width, so that the largest value cannot label the end of the axis.
    """
    counts = [one.count for one in bins]
    first, last = bins[0].low, bins[-1].high
    if is_open:
        last = _("%(low)s and more") % {"low": bins[-1].low}
    return column_chart(
        counts,
        _("How many customers have which lifetime value"),
        ends=(first, last),
        limits=(number_shown(0), number_shown(max(counts))),
    )


def _band(one: dict[str, Any], links: Links) -> Band:
    label = str(ValueBand(one["band"]).label)
    name = _("Value band: %(band)s") % {"band": label}
    url = links.to(name, of_band(one["band"])) if one["count"] else ""
    figures = amount(one["sum"]), amount(one["mean"]), share(one["share"])
    return Band(one["band"], label, one["count"], *figures, url)


def _warnings(found: Data, version: ModelVersion | None) -> list[str]:
    """Return the warnings about the values shown, as sentences."""
    codes = [] if version is None else version.warnings
    return [warning_in_words(code) for code in (*codes, *found["warnings"])]
