"""How many whoever presses a button expects, as their page said it."""

from django.http import HttpRequest


def expected_of(request: HttpRequest) -> int:
    """Return the number that was sent as `expected`; -1, which nothing has, for what is none."""
    number = request.POST.get("expected", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1
