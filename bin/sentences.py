#!/usr/bin/env python3
"""Writes docs/sentences.md: forty trees with their sentences in each language."""

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()
    from django.test.runner import DiscoverRunner

    from conditions.tests.sentences.forty_trees import as_markdown, make_names

    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        make_names()
        (ROOT / "docs" / "sentences.md").write_text(as_markdown(), encoding="utf-8")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
