"""Known vulnerabilities of pinned packages: audit.py REQUIREMENTS...; pip-audit is in .venv-tools.

Exits with 1 if there are vulnerabilities, with 3 if the service did not answer for all packages.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

CLEAN, VULNERABLE, UNANSWERED = 0, 1, 3
COMMAND = (
    *(".venv-tools/bin/pip-audit", "--format", "json", "--progress-spinner", "off"),
    *("--disable-pip", "--require-hashes"),
)


def main() -> None:
    results = []
    for file in sys.argv[1:]:
        asked = subprocess.run(
            [*COMMAND, "--requirement", file], capture_output=True, text=True, check=False
        )
        try:
            result, said = verdict(json.loads(asked.stdout))
        except ValueError:
            result, said = UNANSWERED, asked.stderr.splitlines()[-1:]
        results.append(result)
        print(*(f"{file}: {one}" for one in said or ["nothing is known against it"]), sep="\n")
    sys.exit(VULNERABLE if VULNERABLE in results else max(results, default=CLEAN))


def verdict(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the exit status for a report of pip-audit's, and the lines to print.

    Known vulnerabilities decide the status, even if the service did not know other packages.
    """
    packages = report["dependencies"]
    known = [
        f"{one['name']} {one['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for one in packages
        for found in one.get("vulns", ())
    ]
    if known:
        return VULNERABLE, known
    skipped = sum("skip_reason" in one for one in packages)
    if skipped:
        return UNANSWERED, [f"the service does not know {skipped} of {len(packages)} packages"]
    return CLEAN, []


if __name__ == "__main__":
    main()
