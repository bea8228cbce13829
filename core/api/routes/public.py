"""Addresses beside the admin and the API, for whoever has one: each app hangs its own in."""

from core.api.routes.parts import Part
from core.registries import Registry

# `urls` is the module that has `urlpatterns` and the `app_name` by which they are reversed.
PUBLIC: Registry[Part] = Registry("public part of the site")
