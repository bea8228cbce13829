"""Tests read the forms of pages as browsers do."""

from core.tests.forms import body_of


def test_letters_beyond_ascii_come_back_as_shown() -> None:
    page = '<form><input name="a" value="Grüße – “x”"><button name="_save">Save</button></form>'
    assert body_of(page.encode())["a"] == ["Grüße – “x”"]
