"""The addresses that stand in mail."""

from django.urls import URLPattern, path

from campaigns.pages.syncs import SyncReport
from campaigns.pages.views import Preferences, Unsubscribe, ViewMail
from campaigns.provider_webhooks.endpoint import take_reports

app_name = "mail"

urlpatterns: list[URLPattern] = [
    path("m/u/<str:token>/", Unsubscribe.as_view(), name="unsubscribe"),
    path("m/p/<str:token>/", Preferences.as_view(), name="preferences"),
    path("m/v/<str:token>/", ViewMail.as_view(), name="view"),
    path("m/hooks/<str:esp>/", take_reports, name="hook"),
    path("m/syncs/<int:number>/<str:token>/", SyncReport.as_view(), name="sync-report"),
]
