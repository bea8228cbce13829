"""Pictures of every page of the admin, light, dark and narrow, in a shop made for it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from free_port import FIRST, is_free
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from shots import EMPTY, PAGES, README, Shot

# The shell has no windows to draw; a whole Chromium does as well.
INSTALLED = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
CHROMIUM = next((str(one) for one in INSTALLED if one.exists()), str(INSTALLED[-1]))
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
# Enough for a page, and a file of less than 80 KB.
COLOURS = 64
README_LOOKS = [(1280, 800), (375, 812)]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375)]


def main() -> None:
    target, parts = Path(sys.argv[1]), sys.argv[2:]
    complaints: list[str] = []
    fill("shop")
    with server() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if parts != ["--readme"]:
            take(browser, site, chosen_shots(EMPTY, parts), target, {}, complaints)
        fill("segments")
        if parts == ["--readme"]:
            take_for_readme(browser, site, target, places())
        else:
            take(browser, site, chosen_shots(PAGES, parts), target, places(), complaints)
        browser.close()
    print("\n".join(complaints) or "The browser has nothing to complain of.")
    sys.exit(bool(complaints))


def fill(what: str) -> None:
    """Fill the database in another process: the loop of the browser keeps Django out of this."""
    subprocess.run([sys.executable, "bin/demo_states.py", what], check=True)


def places() -> dict[str, str]:
    """Return where the pages of the named segments, a customer and an audit entry are."""
    asked = subprocess.run(
        [sys.executable, "bin/demo_states.py", "places"], check=True, capture_output=True, text=True
    )
    return dict(line.split("\t") for line in asked.stdout.splitlines())


def chosen_shots(shots: list[Shot], parts: list[str]) -> list[Shot]:
    return [shot for shot in shots if not parts or any(part in shot.name for part in parts)]


@contextmanager
def server() -> Iterator[str]:
    port = next(port for port in range(FIRST + 500, FIRST + 1000) if is_free(port))
    site = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    urlopen(f"{site}/admin/login/").close()
                    break
                except OSError:
                    continue
            yield site
        finally:
            process.terminate()


def take_for_readme(browser: Browser, site: str, target: Path, where: dict[str, str]) -> None:
    """Take a picture of each main screen, on a desktop and on a telephone, as small files."""
    for width, height in README_LOOKS:
        size = {"width": width, "height": height}
        page = browser.new_page(viewport=size, reduced_motion="reduce")
        log_in(page, site)
        for name, shot in README.items():
            page.goto(site + shot.address.format(**where))
            page.wait_for_load_state("networkidle")
            if shot.prepare:
                shot.prepare(page)
            path = target / f"{name}-{width}.png"
            page.screenshot(path=path)
            with Image.open(path) as picture:
                small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(path, optimize=True)
        page.close()


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "pictures")
    page.click("[type=submit]")


def take(
    browser: Browser,
    site: str,
    shots: list[Shot],
    target: Path,
    where: dict[str, str],
    complaints: list[str],
) -> None:
    for scheme, width in LOOKS:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.on("console", lambda said, page=page: complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda said, page=page: complaints.append(f"{page.url}: {said}"))
        page.on("dialog", lambda dialog: dialog.accept())
        log_in(page, site)
        for shot in shots:
            page.goto(site + shot.address.format(**where))
            page.wait_for_load_state("networkidle")
            if shot.prepare:
                shot.prepare(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                complaints.append(f"{page.url} is wider than {width}")
            # A dialog covers the viewport, not the whole page.
            whole = page.locator("dialog[open]").count() == 0
            page.screenshot(path=target / f"{shot.name}-{scheme}-{width}.png", full_page=whole)
            page.evaluate("sessionStorage.clear()")
        context.close()


if __name__ == "__main__":
    main()
