"""The addresses of what personalization is worth, answered without their last slash too."""

from django.urls import URLPattern

from customers.rest.slashes import either_way
from personalization.api.analytics import Attribution, WorthAnalytics

urlpatterns: list[URLPattern] = [
    either_way("personalization/analytics/", WorthAnalytics, name="personalization-analytics"),
    either_way("personalization/attribution/", Attribution, name="personalization-attribution"),
]
