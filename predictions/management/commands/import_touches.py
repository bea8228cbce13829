"""`manage.py import_touches`: import campaigns and the customers that they touched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.management.importing import ImportCommand
from predictions.attribution.touch_files import import_touches


class Command(ImportCommand):
    help = _(
        "Imports campaigns.csv and touches.csv of a directory: all of it, or nothing where a row "
        "is bad."
    )

    def imported(
        self,
        directory: Path,
        *,
        skip_bad_rows: Path | None,
        progress: OnProgress | None,
        options: Mapping[str, Any],
    ) -> ImportReport:
        return import_touches(directory, skip_bad_rows=skip_bad_rows, progress=progress)
