"""Texts in files that spreadsheets open: none of them becomes a formula."""

# Spreadsheets take a text that begins with one of these for a formula, in some languages also one
# with a full-width sign; some programs begin a new cell at a tab or an end of line.
SIGNS = "=+-@＝＋－＠"
BREAKS = "\t\r\n"
# Characters that may stand unseen before the sign: blanks, controls, marks of direction, joining
# and byte order. Some programs drop them before they look at the text.
UNSEEN = "".join(
    chr(code)
    for first, last in (
        *((0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x061C, 0x061C), (0x1680, 0x1680)),
        *((0x180E, 0x180E), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F)),
        *((0x3000, 0x3000), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
    )
    for code in range(first, last + 1)
)
GUARD = "'"


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet might take `text` for a formula."""
    return text.startswith(tuple(BREAKS)) or text.lstrip(UNSEEN).startswith(tuple(SIGNS))


def guard_formula(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula.

    A formula that is guarded already gets another guard, so that `unguard_formula` knows its own.
    """
    return f"{GUARD}{text}" if is_formula(text.lstrip(GUARD)) else text


def unguard_formula(text: str) -> str:
    """Return the text that `guard_formula` made `text` of."""
    is_guarded = text.startswith(GUARD) and is_formula(text.lstrip(GUARD))
    return text[1:] if is_guarded else text
