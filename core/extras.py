"""Settings that need packages of an extra, and the check that names those that are missing.

The base installs none of these packages and imports none of them. An app registers, from
`AppConfig.ready()`, which of its settings needs which extra; `manage.py check` then warns where the
setting is on and the package is not installed (`operations.W001`), and everything else runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from django.core import checks
from django.utils.translation import gettext as _

from core.registries import Registry


@dataclass(frozen=True)
class ExtraSetting:
    """A setting that works only with an extra; `module` is importable where it is installed."""

    setting: str
    extra: str
    module: str
    is_on: Callable[[], bool]

    def is_installed(self) -> bool:
        """Return whether `module` can be imported, without importing it (but its parents)."""
        try:
            return find_spec(self.module) is not None
        except ModuleNotFoundError:  # A parent package is missing.
            return False


EXTRAS: Registry[ExtraSetting] = Registry("extra", lambda one: one.setting.lower())


def register_extra(*, setting: str, extra: str, module: str, is_on: Callable[[], bool]) -> None:
    """Register that `setting` needs `extra` while `is_on()`; `module` shows that it is there."""
    EXTRAS.register(ExtraSetting(setting, extra, module, is_on))


def is_usable(setting: str) -> bool:
    """Return whether the registered `setting` is on and the packages of its extra are installed."""
    one = EXTRAS[setting.lower()]
    return one.is_on() and one.is_installed()


def check_extras(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of each setting that is on and whose extra is not installed."""
    text = _("%(setting)s needs the extra “%(extra)s”, which is not installed.")
    hint = _("Install it with bin/prepare, or leave the setting empty.")
    return [
        checks.Warning(
            text % {"setting": one.setting, "extra": one.extra}, hint=hint, id="operations.W001"
        )
        for one in EXTRAS
        if one.is_on() and not one.is_installed()
    ]
