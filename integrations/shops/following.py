"""Shops that are followed: by `sync_shop`, and by the beat where their settings are there."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from core.clock import now
from core.registries import Registry
from core.text.sentences import Sentence
from customers.imports.pipeline import Outcome
from customers.imports.plan import ImportPlan
from customers.imports.problems import ImportRefused
from integrations.shops.apis.client import ApiFailure
from integrations.shops.converting.conversion import WordedProblem
from integrations.shops.models import ShopSource
from integrations.shops.sources import RUNNING, WHOLE_IMPORT

logger = logging.getLogger(__name__)

TASK = "customers.sync_shops"
REFUSED = gettext_noop("Problems: {count}, the first in {place}.")


@dataclass(frozen=True)
class FollowedShop:
    """A shop that `sync_shop NAME` reads.

    `settings` are the names of the settings without which there is no access, `sources` the names
    that its rows may have. `sync` takes the options of the command and the outcome to fill,
    `is_dry` and `progress` by name; it raises ImportRefused and ApiFailure. `is_in_blocks`: blocks
    that were read before an error stay stored.
    """

    name: str
    settings: tuple[str, ...]
    sources: tuple[str, ...]
    sync: Callable[..., None]
    is_in_blocks: bool

    @property
    def missing_settings(self) -> list[str]:
        """The settings that are not set."""
        return [name for name in self.settings if not getattr(settings, name)]


FOLLOWED: Registry[FollowedShop] = Registry("followed shop")


@contextmanager
def noted_end(plan: ImportPlan, name: str) -> Iterator[None]:
    """Note with the source of `plan` when the block ended, and why it did not end well.

    A first run that fails is noted with a source without any import; the one with the shop's `name`
    is deleted after a run with another name has ended well.
    """
    try:
        yield
    except BaseException as failure:  # An interrupted run has not ended well either.
        if not is_running_elsewhere(failure):
            _note_end(plan.source, _reason_of(failure))
        raise
    _note_end(plan.source, "")
    if name != plan.source:
        ShopSource.all_sources.filter(name=name, first_import_at=None).delete()


def is_running_elsewhere(failure: BaseException) -> bool:
    """Return whether an import was refused because another run of its source is not over."""
    problems = failure.problems if isinstance(failure, ImportRefused) else []
    return bool(problems) and problems[0].code == RUNNING


def _reason_of(failure: BaseException) -> Sentence | str:
    """Return why a run has failed, without cells of the shop."""
    if isinstance(failure, ImportRefused):
        first = failure.problems[0] if failure.problems else None
        if first is not None and first.file == WHOLE_IMPORT:
            sentence = first.sentence if isinstance(first, WordedProblem) else None
            return sentence or first.message
        return Sentence(REFUSED, {"count": failure.total, "place": first.place if first else "-"})
    return failure.reason if isinstance(failure, ApiFailure) else type(failure).__name__


def _note_end(source: str, error: Sentence | str) -> None:
    ended = {"last_sync_at": now(), "sync_error": error}
    ShopSource.all_sources.update_or_create(name=source, defaults=ended)


def is_followed(source: ShopSource) -> bool:
    """Return whether the settings of a shop with this name are there."""
    return any(source.name in one.sources and not one.missing_settings for one in FOLLOWED)


def next_sync_at(source: ShopSource) -> datetime | None:
    """Return when the beat reads a source again; None where it does not, or has not yet."""
    if not (is_followed(source) and settings.SHOP_SYNC_SECONDS and source.last_sync_at):
        return None
    return source.last_sync_at + timedelta(seconds=settings.SHOP_SYNC_SECONDS)


def sync_configured_shops() -> None:
    """Read what has changed in every shop whose settings are there; log what does not work."""
    for shop in FOLLOWED:
        if shop.missing_settings:
            continue
        options: dict[str, Any] = {}
        try:
            shop.sync(options, Outcome())
        except ImportRefused as refused:
            if is_running_elsewhere(refused):
                logger.info("sync_shop %s: another run is not over", shop.name)
                continue
            # The problems quote cells of the shop.
            message = "sync_shop %s: refused for %d problems; run it by hand to see them"
            logger.error(message, shop.name, refused.total)
        except ApiFailure as error:
            logger.error("sync_shop %s: %s", shop.name, error)
