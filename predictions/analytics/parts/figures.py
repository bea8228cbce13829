"""Sales of value bands and lifetime values of RFM segments, which no view has.

The figures are stored together with the views, so that they have the same moment as the views.
"""

from datetime import datetime

from django.db.models import Count, Sum

from core.database.fields import to_units
from predictions.analytics.documents import Data, mean, money
from predictions.history.population import sales
from predictions.models import AnalyticsTable, CustomerPrediction, RfmSegment, ValueBand

PARTS = "parts"
# The parameters under which each figure is stored.
SALES_OF_BANDS, MEAN_CLV_OF_SEGMENTS = "figure=sales_of_bands", "figure=mean_clv_of_segments"


def sales_of_bands(as_of: datetime) -> Data:
    """Return the sum of the sales of each value band's customers, as of an aware instant."""
    scored = sales(as_of).filter(customer__prediction__clv__isnull=False)
    rows = scored.order_by().values_list("customer__prediction__value_band")
    found = dict(rows.annotate(_sum=Sum("grand_total")))
    return {band.value: money(to_units(found.get(band.value, 0))) for band in ValueBand}


def mean_clv_of_segments() -> Data:
    """Return the mean of the stored lifetime values of each RFM segment, None where none is."""
    rows = CustomerPrediction.objects.exclude(rfm_segment="").order_by().values_list("rfm_segment")
    found = {
        code: mean(to_units(whole), count)
        for code, whole, count in rows.annotate(_sum=Sum("clv"), _count=Count("clv"))
        if count
    }
    return {segment.value: found.get(segment.value) for segment in RfmSegment}


def stored_figures() -> dict[str, Data]:
    """Return the stored figures by their parameters; empty before the first scoring."""
    rows = AnalyticsTable.objects.filter(view=PARTS)
    return dict(rows.values_list("parameters", "data"))
