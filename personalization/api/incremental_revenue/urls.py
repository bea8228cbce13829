"""The addresses of what personalization is worth, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api.incremental_revenue.analytics import Attribution, WorthAnalytics

urlpatterns: list[URLPattern] = [
    either_way("personalization/analytics/", WorthAnalytics, name="personalization-analytics"),
    either_way("personalization/attribution/", Attribution, name="personalization-attribution"),
]
