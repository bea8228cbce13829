"""Addresses beside the admin and the API, for whoever has one: each app hangs its own in."""

from customers.registries import Registry
from customers.rest.parts import Part

# `urls` is the module that has `urlpatterns` and the `app_name` by which they are reversed.
PUBLIC: Registry[Part] = Registry("public part of the site")
