"""A shop that is followed by its database: each run reads what changed since the last one."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import F

from customers.imports.pipeline import Outcome, run_import
from customers.imports.run import OnProgress
from integrations.shops.databases.connection import BadAddress
from integrations.shops.databases.layouts import DatabasePlatform
from integrations.shops.databases.reader import open_shop
from integrations.shops.following import FollowedShop, noted_end
from integrations.shops.models import ShopSource
from integrations.shops.sources import refusal


def followed_database(
    name: str, platform: DatabasePlatform, setting: str, sources: tuple[str, ...]
) -> FollowedShop:
    """Return a shop that is followed by its database, whose address is in `setting`."""
    sync = partial(_sync, name, platform, setting, sources)
    return FollowedShop(name, (setting,), sources, sync, is_in_blocks=False)


def _sync(
    name: str,
    platform: DatabasePlatform,
    setting: str,
    sources: tuple[str, ...],
    options: Mapping[str, Any],
    outcome: Outcome,
    *,
    is_dry: bool = False,
    progress: OnProgress | None = None,
) -> None:
    """Read what changed and store what differs: all of it, or nothing. Raises ImportRefused."""
    # The database says which source it is, but the run may end before it can be read.
    outcome.plan.source = options.get("source") or _latest_source(name, sources)
    with nullcontext() if is_dry else noted_end(outcome.plan, name):
        try:
            with open_shop(
                platform,
                getattr(settings, setting),
                options,
                outcome.plan,
                progress,
                is_incremental=True,
            ) as shop:
                run_import(
                    shop,
                    shop.directory,
                    outcome,
                    is_dry=is_dry,
                    skip_bad_rows=options["refused"] if options.get("skip_bad_rows") else None,
                    lock_empty_tables=bool(options.get("lock_empty_tables")),
                    progress=progress,
                )
        except BadAddress as error:
            raise refusal("{setting}: {reason}", setting=setting, reason=error.reason) from None


def _latest_source(name: str, sources: tuple[str, ...]) -> str:
    """Return that one of `sources` which was imported last; `name` where none is known."""
    latest = F("last_import_at").desc(nulls_last=True)
    stored = ShopSource.all_sources.filter(name__in=sources).order_by(latest).first()
    return stored.name if stored else name
