"""Actions on an import: upload its files, answer its questions, start and cancel it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from core.database.prepared import has_row
from integrations.shops.audit import CANCELED, IMPORT, STARTED
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.runs.files import discard, store_files
from segments.lease import cancel_work, waiting_work

TASK = "shops.execute_import"


class NotPossible(Exception):
    """Why an import cannot be planned or started, in a sentence."""


def upload(files: Sequence[UploadedFile[Any]], user: User) -> ShopImport:
    """Store the files of a new import and have them planned."""
    run = ShopImport(
        requested_by=user,
        created_at=now(),
        language=get_language() or "",
        files=[str(file.name) for file in files],
        folder=store_files(files),
    )
    try:
        with transaction.atomic():
            run.save()
            wake(run)
    except BaseException:
        discard([run])
        raise
    return run


def plan(run: ShopImport, answers: Mapping[str, Any]) -> None:
    """Have `run` planned with other answers; raises NotPossible where it cannot be."""
    _begin(run, run.may_be_planned, is_started=False, answers=dict(answers), report={})


def start(run: ShopImport, user: User) -> None:
    """Have the planned `run` imported; raises NotPossible, as where another import is under way."""
    with transaction.atomic():
        _begin(run, run.may_start, is_started=True)
        answers = run.answers
        if columns := answers.get("columns"):
            # The columns may be cells of a file without a header.
            answers = {**answers, "columns": sorted(columns)}
        noted = {"files": run.files, "source": run.source, "answers": answers}
        record(user, STARTED.name, IMPORT, str(run.pk), after=noted)


def cancel(run: ShopImport, user: User) -> ShopImport:
    """Cancel `run`, unless it is over, and return the updated run.

    An import that no worker runs ends at once, and its files are deleted; a running one ends as
    soon as its worker notices, within seconds.
    """
    with transaction.atomic():
        waiting = ShopImport.objects.filter(pk=run.pk, outcome=ImportState.PLANNED)
        waiting.update(outcome=ImportState.CANCELED, finished_at=now())
        was_over = run.outcome not in ("", ImportState.PLANNED)
        run = cancel_work(run)
        if not was_over:
            record(user, CANCELED.name, IMPORT, str(run.pk), after={"files": run.files})
    if run.outcome == ImportState.CANCELED:
        discard([run])
    return run


def wake(run: ShopImport) -> None:
    """Wake a worker for `run` on commit."""
    ShopImport.objects.filter(pk=run.pk).update(woken_at=now())
    transaction.on_commit(partial(current_app.send_task, TASK, args=[run.pk]), robust=True)


def has_imports() -> bool:
    """Return whether there is an import, which may wait, or files that are to be deleted."""
    return Path(settings.SHOP_UPLOAD_DIR).exists() or has_row("imports", ShopImport.objects.all)


def wake_waiting() -> None:
    """Wake workers for the imports that wait, those whose lease has expired too."""
    waiting: Iterable[ShopImport] = waiting_work(ShopImport)
    for run in waiting:
        wake(run)


def _begin(run: ShopImport, may: bool, **values: Any) -> None:
    """Queue the next attempt of `run`, which has ended as it says."""
    if not may:
        raise NotPossible(_("This import is in another state by now: look again."))
    begun: dict[str, Any] = {
        "outcome": "",
        "attempts": 0,
        "created_at": now(),
        "started_at": None,
        "finished_at": None,
        "phase": "",
        "done": 0,
        "total": None,
        "cancel_requested_at": None,
        "error": "",
        "problems": [],
        "problem_count": 0,
        **values,
    }
    try:
        with transaction.atomic():
            changed = ShopImport.objects.filter(pk=run.pk, outcome=run.outcome).update(**begun)
            if not changed:
                raise NotPossible(_("Somebody else has gone on with this import: look again."))
            wake(run)
    except IntegrityError as error:
        message = _("Another import is under way. Wait until it is over, or cancel it.")
        raise NotPossible(message) from error
