"""Chromium with fonts that the tests choose: a page must hold with any, whatever a machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.factories.browser import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
# Low lines and wide letters, high lines and narrow ones: the files, and the package of each.
FONTS = {
    "dejavu": ("truetype/dejavu/DejaVuSans{}.ttf", ("", "-Bold"), "fonts-dejavu-core"),
    "noto": ("truetype/noto/NotoSans-{}.ttf", ("Regular", "Bold"), "fonts-noto-core"),
}
USUAL = "dejavu"
# How long `expect` waits: as long as other actions do by default. A busy machine needs more than
# its own five seconds; what comes sooner is not waited for.
MILLISECONDS_TO_EXPECT = 30_000
CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}/fonts</dir><cachedir>{0}/cache</cachedir></fontconfig>
"""


@contextmanager
def launched(playwright: Playwright, font: str = USUAL) -> Iterator[Browser]:
    """Give a browser that knows no other font than `font` (one of FONTS), for all families.

    Where it is not installed the usual one is the machine's own choice; for another the test is
    skipped.
    """
    from playwright.sync_api import expect

    place, kinds, package = FONTS[font]
    expect.set_options(timeout=MILLISECONDS_TO_EXPECT)
    files = [Path("/usr/share/fonts", place.format(kind)) for kind in kinds]
    has_font = all(file.exists() for file in files)
    if not has_font and font != USUAL:
        pytest.skip(f"{package} is missing")
    with TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=FLAGS,
            env={**os.environ, **(_only(files, folder) if has_font else {})},
        )
        yield browser
        browser.close()


def _only(files: list[Path], folder: str) -> dict[str, str]:
    fonts = Path(folder, "fonts")
    fonts.mkdir()
    for file in files:
        (fonts / file.name).symlink_to(file)
    configuration = Path(folder, "fonts.conf")
    configuration.write_text(CONFIGURATION.format(folder), encoding="utf-8")
    return {"FONTCONFIG_FILE": str(configuration)}
