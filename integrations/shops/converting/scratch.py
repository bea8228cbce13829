"""The notes of a conversion about millions of rows, in a SQLite file."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from customers.guests import normalized_email

# Kilobytes of pages that stay in memory.
CACHE = 32_000
# So many keys are counted in memory before the file has their counts.
COUNTED_TOGETHER = 10_000
SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{CACHE};
CREATE TABLE accounts (id TEXT PRIMARY KEY, email TEXT, phone TEXT, website TEXT) WITHOUT ROWID;
CREATE INDEX accounts_by_email ON accounts (email) WHERE email <> '';
CREATE INDEX accounts_by_phone ON accounts (phone) WHERE phone <> '';
CREATE TABLE guests (email TEXT PRIMARY KEY, first_at TEXT, first TEXT, last_at TEXT,
    last_number TEXT, last TEXT, rank INTEGER) WITHOUT ROWID;
CREATE TABLE stored (id TEXT PRIMARY KEY, registered_at TEXT, accepts_marketing TEXT)
    WITHOUT ROWID;
CREATE TABLE places (kind TEXT, key TEXT, file INTEGER, row INTEGER, first INTEGER,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE orders (number TEXT PRIMARY KEY, customer TEXT, at TEXT, total INTEGER, lines INTEGER,
    country TEXT, file INTEGER, row INTEGER, email TEXT) WITHOUT ROWID;
CREATE TABLE emails (customer TEXT PRIMARY KEY, at TEXT, email TEXT, file INTEGER, row INTEGER)
    WITHOUT ROWID;
CREATE TABLE subscriptions (customer TEXT, store TEXT, at TEXT, id INTEGER, status TEXT,
    place INTEGER, PRIMARY KEY (customer, store)) WITHOUT ROWID;
CREATE TABLE refused (path TEXT, place INTEGER, problem TEXT);
CREATE INDEX refused_by_place ON refused (path, place);
CREATE TABLE names (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class GuestFacts:
    """The facts about a guest from their first and from their latest order."""

    email: str
    first_at: str
    first: dict[str, Any]
    last: dict[str, Any]


@dataclass(frozen=True)
class SummedOrder:
    """An order whose lines were seen; `total` is in 1/10,000."""

    number: str
    customer: str
    at: str
    total: int
    country: str
    file: int
    place: int
    # As written in the order's first row; "" where the files have no addresses.
    email: str


class Scratch:
    """Accounts, guests, places of keys and names of one conversion."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "scratch.sqlite3", isolation_level=None)
        self._db.executescript(SCHEMA)
        self._db.execute("BEGIN")
        # The counts that are not in the file yet, and whether `stored` has any row.
        self._counts: Counter[tuple[str, str]] = Counter()
        self._has_stored = False

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def add_account(self, number: str, email: str, phone: str = "", website: str = "") -> None:
        """Remember a registered customer, in place of another with this number."""
        self._db.execute(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)",
            (number, normalized_email(email), digits(phone), website),
        )

    def add_stored(self, number: str, registered_at: str, accepts_marketing: str) -> None:
        """Remember what the database has of a customer, as our files write it."""
        self._has_stored = True
        values = (number, registered_at, accepts_marketing)
        self._db.execute("INSERT OR REPLACE INTO stored VALUES (?, ?, ?)", values)

    def stored(self, number: str) -> dict[str, str]:
        """Return what the database has of a customer: `registered_at` and `accepts_marketing`."""
        query = "SELECT registered_at, accepts_marketing FROM stored WHERE id = ?"
        found = self._db.execute(query, (number,)).fetchone() if self._has_stored else None
        return dict(zip(("registered_at", "accepts_marketing"), found or ("", ""), strict=True))

    def has_account(self, number: str) -> bool:
        """Return whether a customer with this number is registered."""
        return self._finds("SELECT 1 FROM accounts WHERE id = ?", number)

    def account_by_email(self, email: str, website: str | None = None) -> str:
        """Return the number of the account with this e-mail; "" where there is none.

        `website` restricts the search to accounts of that website.
        """
        query = "SELECT id FROM accounts WHERE email = ? AND email <> ''"
        values = [normalized_email(email)]
        if website is not None:
            query += " AND website = ?"
            values.append(website)
        found = self._db.execute(f"{query} ORDER BY id LIMIT 1", values).fetchone()
        return found[0] if found else ""

    def account(self, number: str) -> tuple[str, str] | None:
        """Return the normalized e-mail and the website of an account; None for an unknown one."""
        query = "SELECT email, website FROM accounts WHERE id = ?"
        found: tuple[str, str] | None = self._db.execute(query, (number,)).fetchone()
        return found

    def accounts_with_email(self, email: str) -> list[str]:
        """Return the numbers of all accounts with a normalized e-mail address."""
        query = "SELECT id FROM accounts WHERE email = ? AND email <> ''"
        return [number for (number,) in self._db.execute(query, (email,))]

    def accounts_without_name(self, kind: str) -> list[str]:
        """Return the numbers of the accounts that are no keys of `kind`."""
        query = (
            "SELECT id FROM accounts AS a WHERE NOT EXISTS"
            " (SELECT 1 FROM names AS n WHERE n.kind = ? AND n.key = a.id)"
        )
        return [number for (number,) in self._db.execute(query, (kind,))]

    def account_by_phone(self, phone: str) -> str:
        """Return the number of the only account whose phone has these digits, else ""."""
        query = "SELECT id FROM accounts WHERE phone = ? AND phone <> '' LIMIT 2"
        found = self._db.execute(query, (digits(phone),)).fetchall()
        return found[0][0] if len(found) == 1 else ""

    def add_guest_order(
        self,
        email: str,
        at: str,
        number: str,
        first: dict[str, Any],
        last: dict[str, Any],
        rank: int = 0,
    ) -> None:
        """Remember an order of a guest: `first` counts of the earliest, `last` of the latest.

        A row of a higher `rank` than an order (a subscription, a cart) only counts if no row of a
        lower rank was added before.
        """
        self._db.execute(
            "INSERT INTO guests VALUES (?1, ?2, ?4, ?2, ?3, ?5, ?6)"
            " ON CONFLICT (email) DO UPDATE SET"
            " first = CASE WHEN ?2 < first_at THEN ?4 ELSE first END,"
            " first_at = min(first_at, ?2),"
            " last = CASE WHEN (?2, ?3) > (last_at, last_number) THEN ?5 ELSE last END,"
            " last_number = CASE WHEN (?2, ?3) > (last_at, last_number) THEN ?3"
            " ELSE last_number END,"
            " last_at = max(last_at, ?2) WHERE rank = ?6",
            (normalized_email(email), at, number, json.dumps(first), json.dumps(last), rank),
        )

    def guests(self) -> Iterator[GuestFacts]:
        """Yield the guests by their e-mails."""
        query = "SELECT email, first_at, first, last FROM guests ORDER BY email"
        for email, first_at, first, last in self._db.execute(query):
            yield GuestFacts(email, first_at, json.loads(first), json.loads(last))

    def place(self, kind: str, key: str) -> tuple[int, int] | None:
        """Return the file and the row that were last noted for a key."""
        query = "SELECT file, row FROM places WHERE kind = ? AND key = ?"
        found: tuple[int, int] | None = self._db.execute(query, (kind, key)).fetchone()
        return found

    def add_place(self, kind: str, key: str, file: int, row: int) -> tuple[int, int] | None:
        """Note where a key stands; return where it stood in the same file before."""
        cursor = self._db.execute(
            "INSERT INTO places VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (kind, key) DO UPDATE SET"
            " file = ?3, row = ?4 WHERE file <> ?3",
            (kind, key, file, row),
        )
        return None if cursor.rowcount else self.place(kind, key)

    def note_place(self, kind: str, key: str, file: int, row: int) -> None:
        """Note where a key stands."""
        self._db.execute(
            "INSERT INTO places VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (kind, key) DO UPDATE SET"
            " file = ?3, row = ?4",
            (kind, key, file, row),
        )

    def count_in_several_files(self, kind: str) -> int:
        """Return how many keys were noted for more than one file."""
        query = "SELECT COUNT(*) FROM places WHERE kind = ? AND first <> file"
        return int(self._db.execute(query, (kind,)).fetchone()[0])

    def add_refused(self, path: str, place: int | None, problem: str) -> None:
        """Note a problem of a row of the shop's file at `path`; None: of the whole file."""
        self._db.execute("INSERT INTO refused VALUES (?, ?, ?)", (path, place, problem))

    def refused_paths(self) -> set[str]:
        """Return the files with problems."""
        return {path for (path,) in self._db.execute("SELECT DISTINCT path FROM refused")}

    def refused_places(self, path: str) -> set[int | None]:
        """Return the places of problems in a file."""
        query = "SELECT DISTINCT place FROM refused WHERE path = ?"
        return {place for (place,) in self._db.execute(query, (path,))}

    def refused(self, path: str, place: int | None) -> list[str]:
        """Return the problems at a place of a file."""
        query = "SELECT problem FROM refused WHERE path = ? AND place IS ? ORDER BY rowid"
        return [problem for (problem,) in self._db.execute(query, (path, place))]

    def add_line(
        self,
        number: str,
        customer: str,
        at: str,
        total: int,
        country: str,
        file: int,
        row: int,
        email: str = "",
    ) -> tuple[int, str, str]:
        """Add a line to its order; return the order's number of lines, customer and e-mail."""
        found: tuple[int, str, str] = self._db.execute(
            "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8) ON CONFLICT (number)"
            " DO UPDATE SET lines = lines + 1, total = total + ?4"
            " RETURNING lines, customer, email",
            (number, customer, at, total, country, file, row, email),
        ).fetchone()
        return found

    def note_email(self, customer: str, at: str, email: str, file: int, row: int) -> None:
        """Remember a customer, with the e-mail address of the latest order that has one."""
        self._db.execute(
            "INSERT INTO emails VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (customer)"
            " DO UPDATE SET at = ?2, email = ?3 WHERE ?3 <> '' AND (email = '' OR ?2 >= at)",
            (customer, at, email, file, row),
        )

    def customer_emails(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield the noted customers: number, e-mail address, file and row."""
        query = "SELECT customer, email, file, row FROM emails ORDER BY file, row"
        yield from self._db.execute(query)

    def orders(self) -> Iterator[SummedOrder]:
        """Yield the orders whose lines were added, in the order of their numbers."""
        query = (
            "SELECT number, customer, at, total, country, file, row, email FROM orders"
            " ORDER BY number"
        )
        for row in self._db.execute(query):
            yield SummedOrder(*row)

    def add_name(self, kind: str, key: str, value: str = "") -> bool:
        """Remember a value by its key unless there is one; return whether it is new."""
        query = "INSERT INTO names VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        return self._db.execute(query, (kind, key, value)).rowcount == 1

    def name(self, kind: str, key: str) -> str | None:
        """Return the value of a key."""
        query = "SELECT value FROM names WHERE kind = ? AND key = ?"
        found = self._db.execute(query, (kind, key)).fetchone()
        return found[0] if found else None

    def names(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield the pairs of key and value in the order of keys."""
        if self._counts:
            self._write_counts()
        query = "SELECT key, value FROM names WHERE kind = ? ORDER BY key"
        yield from self._db.execute(query, (kind,))

    def count(self, kind: str, key: str) -> None:
        """Count one more of a key."""
        self._counts[kind, key] += 1
        if len(self._counts) >= COUNTED_TOGETHER:
            self._write_counts()

    def _write_counts(self) -> None:
        counts, self._counts = self._counts, Counter()
        self._db.executemany(
            "INSERT INTO names VALUES (?1, ?2, ?3) ON CONFLICT (kind, key) DO UPDATE SET"
            " value = CAST(value AS INTEGER) + ?3",
            ((*key, count) for key, count in sorted(counts.items())),
        )

    def counted(self, kind: str, key: str) -> int:
        """Return how often a key was counted."""
        if self._counts:
            self._write_counts()
        return int(self.name(kind, key) or 0)

    def count_lacking(self, kind: str, others: str) -> int:
        """Return how many keys of `kind` are no keys of `others`."""
        query = (
            "SELECT COUNT(*) FROM names AS n WHERE kind = ? AND NOT EXISTS"
            " (SELECT 1 FROM names AS o WHERE o.kind = ? AND o.key = n.key)"
        )
        return int(self._db.execute(query, (kind, others)).fetchone()[0])

    def first_order_at(self, email: str) -> str:
        """Return when the guest with this e-mail ordered first; "" where none is known."""
        query = "SELECT first_at FROM guests WHERE email = ?"
        found = self._db.execute(query, (normalized_email(email),)).fetchone()
        return found[0] if found else ""

    def add_subscription(
        self, customer: str, store: str, at: str, number: int, status: str, place: int
    ) -> bool:
        """Remember a subscription unless a later one of this customer and store is known.

        Return whether the customer had none for the store.
        """
        is_new = not self._finds(
            "SELECT 1 FROM subscriptions WHERE customer = ? AND store = ?", customer, store
        )
        self._db.execute(
            "INSERT INTO subscriptions VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (customer, store) DO UPDATE SET at = ?3, id = ?4, status = ?5, place = ?6"
            " WHERE (?3, ?4) > (at, id)",
            (customer, store, at, number, status, place),
        )
        return is_new

    def subscriptions(self) -> Iterator[tuple[str, str, str, str, int]]:
        """Yield customer, store, time, status and place of each subscription that counts."""
        query = "SELECT customer, store, at, status, place FROM subscriptions"
        yield from self._db.execute(f"{query} ORDER BY customer, store")

    def is_subscribed(self, customer: str, status: str) -> bool | None:
        """Return whether any subscription of a customer has this status; None without any."""
        query = "SELECT MAX(status = ?) FROM subscriptions WHERE customer = ?"
        found = self._db.execute(query, (status, customer)).fetchone()[0]
        return None if found is None else bool(found)

    def _finds(self, query: str, *values: str) -> bool:
        return self._db.execute(query, values).fetchone() is not None


def digits(phone: str) -> str:
    """Return the digits of a phone number."""
    return "".join(filter(str.isdigit, phone))
