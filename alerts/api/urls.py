"""The addresses of alerts."""

from django.urls import URLPattern, path

from alerts.api.alerts import Alerts, Muting, OneAlert, Resolving
from alerts.api.channels import CHANNELS_API, ChannelTest

urlpatterns: list[URLPattern] = [
    path("alerts/", Alerts.as_view(), name="alerts"),
    path("alerts/<int:number>/", OneAlert.as_view(), name="alert"),
    path("alerts/<int:number>/resolve/", Resolving.as_view(), name="alert-resolve"),
    *CHANNELS_API.urls(),
    path("alert-channels/<int:number>/test/", ChannelTest.as_view(), name="alert-channel-test"),
    path("segments/<text:code>/alerts/", Muting.as_view(), name="segment-alerts"),
]
