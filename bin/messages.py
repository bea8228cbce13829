"""The catalogues in locale/: messages of the code, their translations, and checks of both."""

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("de", "fr")
PACKAGES = (
    *(
        "core",
        "customers",
        "conditions",
        "segments",
        "price_rules",
        "predictions",
        "personalization",
    ),
    *("alerts", "campaigns", "login", "mcp_server", "segmentation_site", "templates"),
    "integrations",
)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Messages by context and (singular) text.
Said = dict[tuple[str | None, str], Message]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
# Files that say nothing else than before are the same to the byte.
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def main() -> None:
    """Write both files of each language; exit 1 where something is to be translated."""
    amiss, found = [], said()
    for language in LANGUAGES:
        catalog = merged_catalog(language, found)
        catalog_file(language).parent.mkdir(parents=True, exist_ok=True)
        catalog_file(language).write_bytes(catalog_text(catalog))
        compiled_file(language).write_bytes(compiled_catalog(catalog))
        amiss += [f"{language}: {fault}" for fault in faults(catalog)]
    print("\n".join(amiss) or "Everything is translated.")
    sys.exit(bool(amiss))


def catalog_file(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def compiled_file(language: str) -> Path:
    return catalog_file(language).with_suffix(".mo")


def stored_catalog(language: str) -> Catalog:
    """Return the catalogue as it lies in locale/; an empty one where there is none yet."""
    file = catalog_file(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as text:
        return read_po(text, locale=language)


def merged_catalog(language: str, said: Said) -> Catalog:
    """Return a catalogue of exactly the messages in `said`, with the stored translations."""
    known = stored_catalog(language)
    catalog = Catalog(
        locale=language,
        project="Tranche",
        version="1",
        copyright_holder="Tranche",
        msgid_bugs_address="none",
        last_translator="Tranche",
        language_team=language,
        creation_date=NO_DATE,
        revision_date=NO_DATE,
        header_comment="# Translations of Tranche; bin/messages keeps them in step with the code.",
        fuzzy=False,
    )
    for found in said.values():
        old = known.get(found.id, found.context)
        same = old is not None and old.pluralizable == found.pluralizable
        catalog.add(
            found.id,
            old.string if same else None,
            flags=(old.flags if same else set()) - {"python-format"},
            context=found.context,
        )
    return catalog


def said() -> Said:
    """Return all that the code says through gettext."""
    found: Said = {}
    for file in source_files():
        with file.open("rb") as text:
            reader = in_template if file.suffix == ".html" else extract_python
            for _line, text_or_texts, _comments, context in extract(reader, text, KEYWORDS):
                message = Message(text_or_texts, context=context)
                singular = message.id if isinstance(message.id, str) else message.id[0]
                before = found.setdefault((context, singular), message)
                if message.pluralizable and not before.pluralizable:
                    found[context, singular] = message
    return found


def source_files() -> list[Path]:
    files = [file for name in PACKAGES for file in (ROOT / name).rglob("*")]
    return sorted(
        file
        for file in files
        if file.suffix in {".py", ".html"} and not {"tests", "migrations"} & {*file.parts}
    )


def in_template(
    text: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[Any, ...]]:
    """Yield the messages of a template, which Django turns into Python for this."""
    # Indentation means nothing in a template, but would be an error in Python.
    lines = [line.lstrip() for line in templatize(text.read().decode()).splitlines()]
    code = io.BytesIO("\n".join(lines).encode())
    yield from extract_python(code, keywords, comment_tags, options)


def faults(catalog: Catalog) -> Iterator[str]:
    """Yield each text that is not translated, only perhaps, or with other placeholders."""
    for message in catalog:
        if not message.id:
            continue
        ids, strings = _texts(message.id), _texts(message.string)
        if (message.pluralizable and len(strings) != catalog.num_plurals) or not all(strings):
            yield f"not translated: {ids[0]!r}"
        elif message.fuzzy:
            yield f"fuzzy: {ids[0]!r}"
        elif {_shape(text) for text in strings} - {_shape(text) for text in ids}:
            yield f"other placeholders or spaces at the ends: {ids[0]!r}"


def _texts(texts: Any) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, (list, tuple)) else (texts or "",)


def _shape(text: str) -> tuple[frozenset[tuple[str, int]], bool]:
    return frozenset(Counter(PLACEHOLDER.findall(text)).items()), text.endswith((" ", "\n"))


def catalog_text(catalog: Catalog) -> bytes:
    """Return the catalogue as text (.po)."""
    file = io.BytesIO()
    write_po(file, catalog, width=0)
    return file.getvalue()


def compiled_catalog(catalog: Catalog) -> bytes:
    """Return the catalogue as Django reads it (.mo)."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


if __name__ == "__main__":
    main()
