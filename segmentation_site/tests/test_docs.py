"""The documentation: promises name tests, every page is listed, the site builds strictly."""

import re
import warnings
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
DOCS = ROOT / "docs"
PAGES = {path.name for path in DOCS.glob("*.md")}
AREAS = [
    *("Segments and membership", "Price rules", "Mail and campaigns"),
    *("Predictions", "Personalization"),
]
SECTIONS = ["Start", "Merchants", "Developers", "Operators", "Reference"]
# A site loads what these name: attribute by element.
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_each_promise_names_a_test_that_exists() -> None:
    page = read("docs/promises.md")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == AREAS
    rows = re.findall(r"^\| (?!promise|---)(.+) \|$", page, re.MULTILINE)
    assert len(rows) > 80
    wrong = []
    for row in rows:
        named = re.search(r" \| `([\w/]+\.py)::(\w+)`$", row)
        file = ROOT / named[1] if named else ROOT / "none"
        if not file.is_file() or f"def {named[2]}(" not in file.read_text(encoding="utf-8"):
            wrong.append(row)
    assert wrong == []


def test_llms_txt_and_navigation_list_every_page_once() -> None:
    navigation = read("mkdocs.yml").split("\nnav:\n")[1]
    places = re.findall(r"^      - (.+): (\S+\.md)$", navigation, re.MULTILINE)
    assert re.findall(r"^  - (\w+):$", navigation, re.MULTILINE) == SECTIONS
    assert sorted(page for _title, page in places) == sorted(PAGES)

    lines = re.findall(r"^- \[(.+)\]\((\S+\.md)\): \S.+$", read("docs/llms.txt"), re.MULTILINE)
    assert lines == places


def test_changelog_has_the_sections_of_each_version_in_their_order() -> None:
    wanted = ["Added", "Changed", "Fixed", "Breaking", "Upgrade"]
    versions = re.split(r"^## ", read("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert versions[0].startswith("[Unreleased]\n")
    for version in versions:
        sections = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert sections == [one for one in wanted if one in sections]


class Loaded(HTMLParser):
    """Collects what a page loads, by address."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in LOADED and given.get("rel") not in {"canonical", "next", "prev"}:
            self.addresses.append(given.get(LOADED[tag]) or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built as bin/docs builds it: a broken link or anchor fails."""
    if find_spec("material") is None:
        pytest.skip("the extra docs is not installed")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    with warnings.catch_warnings():
        # Of packages that the build imports.
        warnings.simplefilter("ignore", DeprecationWarning)
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


def test_site_loads_its_own_files_by_relative_addresses(site: Path) -> None:
    """Another host, or an address from the root, would fail below a path of a file server."""
    wrong = []
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        found = Loaded()
        found.feed(page.read_text(encoding="utf-8"))
        for address in found.addresses:
            file = page.parent / address.partition("#")[0].partition("?")[0]
            if address and not address.startswith("data:") and not file.is_file():
                wrong.append(f"{page.name}: {address}")
    assert wrong == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert not [one for one in styles if re.search(r"(url\(|@import)\s*[\"']?https?:", one)]
    assert (site / "search" / "search_index.json").stat().st_size > 100_000
    assert (site / "llms.txt").is_file()
