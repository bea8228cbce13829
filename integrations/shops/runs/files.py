"""The files of an import: readable by us alone, deleted after the import or a day later."""

import gzip
import lzma
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_noop as _

from core.clock import now
from customers.imports.problems import ImportRefused
from customers.imports.staging.csv_rows import READ_ERRORS
from customers.privacy.holdings import Person
from integrations.shops.files.table_files import MEMBER_ERRORS
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.sources import refusal

KEPT_FOR = timedelta(days=1)
# A CSV file packs to about a tenth of its size; files that unpack to more are refused.
UNPACKED_TIMES = 40
BLOCK = 1 << 20
# The header of refused rows is shorter, in bytes.
HEADER_SIZE = 256
TOO_LARGE = _(
    "unpacks to more than {size} MB: split it into smaller files and import one after the other"
)
UPLOADED, REFUSED_ROWS = "files", "refused_rows.csv"


def store_files(files: Iterable[UploadedFile[Any]]) -> str:
    """Write uploaded files into a folder of their own and return its name."""
    name = secrets.token_urlsafe(32)
    folder = Path(settings.SHOP_UPLOAD_DIR) / name / UPLOADED
    folder.mkdir(mode=0o700, parents=True)
    folder.parent.chmod(0o700)
    try:
        for file in files:
            # Django leaves the last part of a path, and no name that leads elsewhere.
            with (folder / str(file.name)).open("xb") as target:
                shutil.copyfileobj(file, target)
    except BaseException:
        shutil.rmtree(folder.parent, ignore_errors=True)
        raise
    return name


def uploaded_files(run: ShopImport) -> Path:
    """Return the folder with the uploaded files of `run`."""
    return Path(settings.SHOP_UPLOAD_DIR) / run.folder / UPLOADED


def refused_rows(run: ShopImport) -> Path:
    """Return where the refused rows of `run` are written."""
    return Path(settings.SHOP_UPLOAD_DIR) / run.folder / REFUSED_ROWS


def has_refused_rows(run: ShopImport) -> bool:
    """Return whether rows of an import that is done were refused and can still be had."""
    path = refused_rows(run)
    if not run.folder or run.outcome != ImportState.DONE or not path.is_file():
        return False
    with path.open("rb") as file:
        return len(file.readlines(HEADER_SIZE)) > 1


def delete_uploads(run: ShopImport) -> None:
    """Delete the uploaded files of an import that is done; its refused rows stay for a day."""
    shutil.rmtree(uploaded_files(run), ignore_errors=True)


def discard(runs: Iterable[ShopImport]) -> None:
    """Delete all files of `runs`, and the cells that their problems and columns quote."""
    for run in runs:
        if run.folder:
            shutil.rmtree(Path(settings.SHOP_UPLOAD_DIR) / run.folder, ignore_errors=True)
        answers = {name: value for name, value in run.answers.items() if name != "columns"}
        report = _without_columns(run.report)
        if run.answers.get("columns"):
            # What a person chose as columns may have been cells of a file without a header.
            unnamed: dict[str, list[str]] = {"columns_used": [], "columns_not_used": []}
            report["recognised"] = [{**one, **unnamed} for one in report.get("recognised", [])]
        ShopImport.objects.filter(pk=run.pk).update(
            folder="", problems=[], answers=answers, report=report
        )


def purge_files() -> None:
    """Delete the files of imports that ended at least a day ago, and unknown folders."""
    before = now() - KEPT_FOR
    kept = ShopImport.objects.exclude(folder="", problems=[])
    discard(kept.exclude(outcome="").filter(finished_at__lte=before))
    folder = Path(settings.SHOP_UPLOAD_DIR)
    if not folder.exists():
        return
    known = set(ShopImport.objects.exclude(folder="").values_list("folder", flat=True))
    for path in folder.iterdir():
        if path.name not in known and path.stat().st_mtime < before.timestamp():
            shutil.rmtree(path, ignore_errors=True)


def forget_person(person: Person) -> Iterator[str]:
    """Delete the files and problems that ended imports keep, since `person` may be in them.

    Files that wait for their import stay: the import leaves out customers who were erased.
    """
    waiting = ("", ImportState.PLANNED)
    discard(ShopImport.objects.exclude(outcome__in=waiting).exclude(folder="", problems=[]))
    for run in ShopImport.objects.filter(outcome=ImportState.PLANNED):
        planned = ShopImport.objects.filter(pk=run.pk, outcome=ImportState.PLANNED)
        planned.update(problems=[], report=_without_columns(run.report))
    yield from ()


def _without_columns(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report without the first rows of files, which are data where there is no header."""
    dropped = ("headers", "contested")
    return {name: value for name, value in report.items() if name not in dropped}


def refuse_large(folder: Path) -> None:
    """Raise ImportRefused where the files of `folder` unpack to more than anybody uploads."""
    limit = settings.UPLOAD_LIMIT * UNPACKED_TIMES
    for path in folder.iterdir():
        size = 0
        try:
            for part in _unpacked_sizes(path):
                size += part
                if size > limit:
                    raise _too_large(TOO_LARGE, limit, path)
        except READ_ERRORS:
            continue  # The plan says what cannot be read.


def _too_large(message: str, limit: int, path: Path) -> ImportRefused:
    return refusal(message, path.name, size=limit // 2**20)


def _unpacked_sizes(path: Path) -> Iterator[int]:
    """Yield the sizes in bytes of the parts of a packed file; nothing of another."""
    suffix = path.suffix.lower()
    if suffix in (".zip", ".xlsx"):
        with ZipFile(path) as archive:
            yield sum(part.file_size for part in archive.infolist())
            for part in archive.infolist():
                with suppress(*MEMBER_ERRORS), archive.open(part) as stream:
                    yield from _stream_sizes(Path(part.filename), stream)
    else:
        with path.open("rb") as stream:
            yield from _stream_sizes(path, stream)


def _stream_sizes(path: Path, stream: IO[bytes]) -> Iterator[int]:
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open}
    if opener := openers.get(path.suffix.lower()):
        with opener(stream) as unpacked:
            while block := unpacked.read(BLOCK):
                yield len(block)
