"""Parts of the site: an app registers its addresses, and names choices, in `AppConfig.ready()`."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import register_converter
from django.urls.converters import StringConverter

from core.registries import Registry


@dataclass(frozen=True)
class Part:
    """The addresses of an app below /api/v1/: `urls` is the module that has `urlpatterns`.

    Their names are reversed as "api:NAME".
    """

    name: str
    urls: str


PARTS: Registry[Part] = Registry("part of the API")


def name_choices(**choices: str) -> None:
    """Name choices that several calls have, for the description of the API.

    Each argument is the dotted path of a class of choices, by its name in the description.
    """
    names: Any = settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]
    names.update(choices)


class TextConverter(StringConverter):
    """A text without slashes and NUL: PostgreSQL cannot compare a text that has NUL."""

    regex = r"[^/\0]+"


class AnyTextConverter(StringConverter):
    """A text without NUL that may have slashes: a shop's customer number may have any character."""

    regex = r"[^\0]+"


# The addresses of each part use these.
register_converter(TextConverter, "text")
register_converter(AnyTextConverter, "any_text")

# `urls` is the module that has `urlpatterns` and the `app_name` by which they are reversed.
PUBLIC: Registry[Part] = Registry("public part of the site")
