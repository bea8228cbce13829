"""Print the pins of extras: locked.py EXTRA... selects them from requirements-extras.txt.

The lock pins what all extras of pyproject.toml need together, so that any of them can be installed
beside any other. A package belongs to an extra if the extra names it or if a package of the extra
requires it, as the lock's "via" comments say. Packages in requirements.txt are left out.
Ends with 2 and the known names where an extra is unknown.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Extras with a lock of their own: their requirements conflict with the other lock.
SEPARATE = {"deep": "requirements-deep.txt"}
# An extra that brings another: tranche[snapshots].
OWN = re.compile(r"tranche\[(.+)\]")


def normalized_name(requirement: str) -> str:
    """Return the name of the package (PEP 503) with which a requirement or a pin begins.

    Raises ValueError where it begins with no name.
    """
    match = NAME.match(requirement)
    if match is None:
        raise ValueError(f"{requirement!r} names no package")
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def packages(extras: Iterable[str], declared: Mapping[str, list[str]]) -> set[str]:
    """Return the packages that the extras name, by themselves or by another extra of ours."""
    names = set()
    for extra in extras:
        for requirement in declared[extra]:
            own = OWN.fullmatch(requirement)
            names |= packages([own[1]], declared) if own else {normalized_name(requirement)}
    return names


def blocks(lock: str) -> dict[str, str]:
    """Return the text of each pin, with its hashes and comments, by the package's name."""
    texts = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]
    return {normalized_name(text): text for text in texts}


def selected_pins(extras: Iterable[str], root: Path = ROOT) -> str:
    """Return the pins of the extras in the lock's order; raises KeyError for an unknown extra.

    `deep` has a file of its own, which goes before.
    """
    extras = list(extras)
    separate = [SEPARATE[name] for name in extras if name in SEPARATE]
    before = "".join((root / name).read_text(encoding="utf-8") for name in separate)
    extras = [name for name in extras if name not in SEPARATE]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = blocks((root / "requirements-extras.txt").read_text(encoding="utf-8"))
    base = blocks((root / "requirements.txt").read_text(encoding="utf-8"))
    required = defaultdict(set)
    for name, text in pins.items():
        for parent in re.findall(r"^    #(?: via)? +([A-Za-z0-9][\w.-]*)$", text, re.MULTILINE):
            required[normalized_name(parent)].add(name)
    wanted, found = packages(extras, project["optional-dependencies"]), set()
    while wanted:
        name = wanted.pop()
        found.add(name)
        wanted |= required[name] - found
    return before + "".join(pins[name] for name in pins if name in found and name not in base)


if __name__ == "__main__":
    try:
        sys.stdout.write(selected_pins(sys.argv[1:]))
    except KeyError as error:
        known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        names = ", ".join(sorted({*known["project"]["optional-dependencies"], *SEPARATE}))
        print(f"There is no extra {error}. Extras: {names}", file=sys.stderr)
        sys.exit(2)
