"""Finds tags that are opened and not closed in their line.

Django takes such a tag for text, so customers would read it; and looking for the end of each of
thousands of them takes it very long.
"""

_PAIRS = (("{%", "%}"), ("{{", "}}"))
# Minified style sheets have a few of these that are no comments: “@media print{#menu{…”.
_COMMENT, _COMMENT_END, _FEW = "{#", "#}", 100


def unclosed(source: str) -> list[tuple[int, str]]:
    """Return the line (from 1) and the mark of what is opened last in its line and not closed."""
    return [
        (number, mark)
        for number, line in enumerate(source.split("\n"), start=1)
        for mark in _open_marks(line)
    ]


def _open_marks(line: str) -> list[str]:
    marks = [start for start, end in _PAIRS if line.rfind(start) > line.rfind(end)]
    if line.count(_COMMENT, line.rfind(_COMMENT_END) + 1) > _FEW:
        marks.append(_COMMENT)
    return marks
