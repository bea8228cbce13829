"""The addresses of attributed conversions, answered without their last slash too."""

from django.urls import URLPattern, path

from core.api.routes.slashes import either_way
from personalization.api.incremental_revenue.conversions import Conversions, ConversionsCsv

urlpatterns: list[URLPattern] = [
    either_way("personalization/conversions/", Conversions, name="attributed-conversions"),
    path(
        "personalization/conversions.csv",
        ConversionsCsv.as_view(),
        name="attributed-conversions-csv",
    ),
]
