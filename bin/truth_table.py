#!/usr/bin/env python3
"""Writes docs/truth-table.md: what every operator of every type means at its boundaries."""

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()
    from conditions.tests.language.truth_table import as_markdown

    (ROOT / "docs" / "truth-table.md").write_text(as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
