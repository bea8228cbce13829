"""Values at which conditions go wrong most easily: texts, amounts, instants, days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

TEXTS = [
    "",
    None,
    "a",
    "A",
    "Anna",
    "anna",
    " Anna ",
    "100%",
    "a_b",
    "axb",
    "back\\slash",
    "O'Brien",
    '"quoted"',
    "STRASSE",
    "Straße",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "é",
    "e\u0301",
    "İstanbul",
    "Łukasz",
    "💚 heart",
    "*",
]
EMAILS = ["", None, "anna@example.com", "ANNA@Example.COM", "b@shop.test", "odd", "x@y@example.com"]
AMOUNTS = [
    Decimal(n)
    for n in [
        "0",
        "0.1",
        "0.2",
        "0.3",
        "0.0001",
        "-5",
        "-0.0001",
        "10",
        "99.99",
        "100",
        "100.01",
        "250",
        "500",
        "1000000000",
    ]
]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
# Around daylight saving, midnights of several zones, leap days, ties and the clock itself.
INSTANTS = [
    NOW,
    NOW - timedelta(microseconds=1),
    NOW + timedelta(microseconds=1),
    NOW - timedelta(hours=1),
    NOW - timedelta(hours=24),
    NOW - timedelta(days=30),
    NOW + timedelta(days=2),
    *(datetime(2024, 3, day, hour, tzinfo=UTC) for day in (9, 10, 11) for hour in (0, 4, 5, 23)),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 9, 5, 0, tzinfo=UTC),
    datetime(2024, 2, 8, 23, 0, tzinfo=UTC),
    datetime(2023, 10, 29, 0, 30, tzinfo=UTC),
    datetime(2023, 11, 5, 5, 30, tzinfo=UTC),
    datetime(2023, 3, 11, 12, 0, tzinfo=UTC),
    datetime(2011, 12, 30, 9, 0, tzinfo=UTC),
    datetime(2011, 12, 30, 11, 0, tzinfo=UTC),
    datetime(2020, 2, 29, 12, 0, tzinfo=UTC),
]
# At the calendar's ends: the first and the last instant, and between days of some zones.
ENDS = [
    datetime.min.replace(tzinfo=UTC),
    datetime(1, 1, 2, 4, 30, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 30, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]
STORED = [*INSTANTS, *ENDS]
DATES = [
    None,
    date(2000, 2, 29),
    date(1990, 2, 28),
    date(1985, 3, 10),
    date(1985, 3, 9),
    date(1985, 3, 11),
    date(1970, 12, 31),
    date(1971, 1, 1),
    date(2024, 3, 10),
    date.min,
    date.max,
]
