"""The addresses of customers' privacy and of live events."""

from django.urls import URLPattern, path

from customers.api.events import Events
from customers.api.privacy import CustomerConsent, CustomerData, Erasing, OneErasure

urlpatterns: list[URLPattern] = [
    path("customers/<any_text:number>/consent/", CustomerConsent.as_view(), name="consent"),
    path("customers/<any_text:number>/data/", CustomerData.as_view(), name="customer-data"),
    path("customers/<any_text:number>/erase/", Erasing.as_view(), name="erase"),
    path("events/", Events.as_view(), name="events"),
    path("erasures/<int:number>/", OneErasure.as_view(), name="erasure"),
]
