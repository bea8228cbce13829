"""Writes the tables of docs/bring-your-shop.md from what the platforms declare."""

from pathlib import Path

from django.conf import settings

from integrations.shops.apis.platforms import APIS, ApiPlatform
from integrations.shops.databases.layouts import DATABASES, DatabasePlatform
from integrations.shops.files.layouts import PLATFORMS, Layout, Platform

BEGIN = "<!-- The tables are made by `python -m bin.shop_columns`. -->\n"


def page() -> Path:
    """Return the page."""
    return Path(settings.BASE_DIR) / "docs" / "bring-your-shop.md"


def tables() -> str:
    """Return the section of each platform, then of each database and of each API."""
    sections = [
        *map(_section, PLATFORMS),
        *map(_database_section, DATABASES),
        *map(_api_section, APIS),
    ]
    return "\n".join(map("\n".join, sections))


def _section(platform: Platform) -> list[str]:
    lines = ["", f"### {platform.title}", ""]
    for layout in platform.layouts:
        signatures = "; or ".join(
            ", ".join(f"`{name}`" for name in names) for names in layout.signatures
        )
        lines += [f"**`{layout.name}`**, recognised by {signatures}.", ""]
        if note := layout.ignored or layout.refused:
            lines += [f"{note[0].upper()}{note[1:]}.", ""]
        if layout.columns:
            lines += _rows(layout)
    return lines[:-1]


def _database_section(platform: DatabasePlatform) -> list[str]:
    lines = ["", f"### Database of {platform.title}", ""]
    for layout in platform.layouts:
        older = f" (Magento 1, OpenMage, Maho: `{layout.older}`)" if layout.older else ""
        lines += [f"**`{layout.table_name}`**{older}.", "", *_rows(layout)]
    return lines[:-1]


def _api_section(platform: ApiPlatform) -> list[str]:
    lines = ["", f"### API of {platform.title}", ""]
    for layout in platform.layouts:
        lines += [f"**`{layout.kind}`**.", "", *_rows(layout)]
    return lines[:-1]


def _rows(layout: Layout) -> list[str]:
    lines = ["| its columns | ours | rule |", "| --- | --- | --- |"]
    for one in layout.columns:
        source = ", ".join(f"`{name}`" for name in one.source) or "–"
        lines.append(f"| {source} | `{one.ours}` | {one.rule} |")
    return [*lines, ""]


def write() -> None:
    """Replace the tables of the page."""
    text, begin, _old = page().read_text(encoding="utf-8").partition(BEGIN)
    page().write_text(f"{text}{begin}{tables()}\n", encoding="utf-8")
