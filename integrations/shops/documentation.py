"""Writes the tables of docs/bring-your-shop.md from what the platforms declare."""

from pathlib import Path

from django.conf import settings

from integrations.shops.layouts import PLATFORMS, Platform

BEGIN = "<!-- The tables are made by `python -m bin.shop_columns`. -->\n"


def page() -> Path:
    """Return the page."""
    return Path(settings.BASE_DIR) / "docs" / "bring-your-shop.md"


def tables() -> str:
    """Return the section of each platform."""
    return "\n".join("\n".join(_section(platform)) for platform in PLATFORMS)


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
            lines += ["| its columns | ours | rule |", "| --- | --- | --- |"]
            for one in layout.columns:
                source = ", ".join(f"`{name}`" for name in one.source)
                lines.append(f"| {source} | `{one.ours}` | {one.rule} |")
            lines.append("")
    return lines[:-1]


def write() -> None:
    """Replace the tables of the page."""
    text, begin, _old = page().read_text(encoding="utf-8").partition(BEGIN)
    page().write_text(f"{text}{begin}{tables()}\n", encoding="utf-8")
