"""What is known against a package fails, and a service that does not answer is no good news."""

from typing import Any

import pytest

from bin.audit import CLEAN, UNANSWERED, VULNERABLE, verdict

GOOD: dict[str, Any] = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "result", "said"),
    [
        ([GOOD, GOOD], CLEAN, []),
        ([GOOD, BAD], VULNERABLE, ["bad 2: CVE-1, mended in 2.1"]),
        ([GOOD, SKIPPED], UNANSWERED, ["the service does not know 1 of 2 packages"]),
        ([SKIPPED, BAD], VULNERABLE, ["bad 2: CVE-1, mended in 2.1"]),
    ],
)
def test_a_report_is_judged(packages: list[Any], result: int, said: list[str]) -> None:
    assert verdict({"dependencies": packages}) == (result, said)
