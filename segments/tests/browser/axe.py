"""What axe finds wrong with an open page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import axe_playwright_python

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js")).read_text(encoding="utf-8")
OPTIONS = {
    # Nothing is worked out that is not shown below.
    "resultTypes": ["violations"],
    "selectors": False,
    # Loading the style sheets a second time takes 40 % of a run; only a rule outside `runOnly`
    # (css-orientation-lock) reads the copies.
    "preload": {"assets": ["media"]},
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    # Off unless asked for: targets of at least 24 pixels.
    "rules": {"target-size": {"enabled": True}},
}
# On a screen the head is no bar, but stands in the column of the menu.
BARS = """position => document
    .querySelectorAll(`${innerWidth > 900 ? "" : "#header, "}.workbench-bar, .workbench-bar > *`)
    .forEach(bar => { bar.style.position = position; })"""


def violations(page: Page) -> list[Any]:
    """Return each violation with the element at fault."""
    if not page.evaluate("'axe' in window"):
        # As an expression: a script element would be refused by the page's policy.
        page.evaluate(f"{AXE}; null")
    # What lies under a bar at the moment is not clicked there: it scrolls out from below.
    page.evaluate(BARS, "static")
    found: list[Any] = page.evaluate(
        "options => axe.run(document, options).then(result => result.violations.map("
        "v => v.id + ': ' + v.nodes[0].html + ' ' + v.nodes[0].failureSummary))",
        OPTIONS,
    )
    page.evaluate(BARS, "")
    return found
