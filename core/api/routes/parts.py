"""The parts of the API: each app hangs its addresses in from `AppConfig.ready()`."""

from dataclasses import dataclass

from core.api.routes import converters as converters  # which the addresses of each part use
from core.registries import Registry


@dataclass(frozen=True)
class Part:
    """The addresses of an app below /api/v1/: `urls` is the module that has `urlpatterns`.

    Their names are reversed as "api:NAME".
    """

    name: str
    urls: str


PARTS: Registry[Part] = Registry("part of the API")
