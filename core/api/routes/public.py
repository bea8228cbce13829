"""URLs outside the admin and the API, which anyone who has the URL may open; apps register them."""

from core.api.routes.parts import Part
from core.registries import Registry

# `urls` is the module that has `urlpatterns` and the `app_name` by which they are reversed.
PUBLIC: Registry[Part] = Registry("public part of the site")
