"""A read-only connection to a shop's MariaDB or MySQL: one snapshot, rows streamed as texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_noop as _

from core.text.sentences import SentenceError
from integrations.shops.files.values import ZERO_DATE
from integrations.shops.sources import refusal

if TYPE_CHECKING:
    from customers.imports.problems import ImportRefused

SCHEMES = ("mysql", "mariadb")
CONNECT_SECONDS = 30
# A big table may have to be sorted before its first row comes.
READ_SECONDS = 3_600
BLOCK = 1_000
# DATE, TIMESTAMP and DATETIME of the protocol.
TIMES = (7, 10, 12)
# The options that a URL may have after its `?`.
OPTIONS = {"ssl_ca": "ssl_ca", "unix_socket": "unix_socket"}
SNAPSHOT = (
    "SET SESSION sql_mode = '', time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


class BadAddress(SentenceError):
    """The text is no address of a database; the message does not repeat it."""


def parse_address(text: str) -> dict[str, Any]:
    """Return the arguments of the driver for `mysql://user:password@host:3306/name`.

    Raises BadAddress, whose message has no part of the address.
    """
    wrong = _("the address of the database is not like mysql://user:password@host:3306/name")
    try:
        parts = urlsplit(text)
        port = parts.port or 3306
    except ValueError:
        raise BadAddress(wrong) from None
    name = unquote(parts.path.removeprefix("/"))
    # A slash in a password, which is to be written as %2F, would begin the name.
    is_name = bool(name) and "/" not in name and "@" not in name
    if parts.scheme not in SCHEMES or not parts.hostname or not is_name:
        raise BadAddress(wrong)
    options = parse_qs(parts.query)
    if set(options) - set(OPTIONS):
        raise BadAddress(_("behind the ? may stand {names}"), names=", ".join(OPTIONS))
    return {
        "host": parts.hostname,
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": name,
        **{OPTIONS[option]: values[-1] for option, values in options.items()},
    }


class ShopDatabase:
    """A connection within one snapshot. Every value is a text; NULL and zero dates are ""."""

    def __init__(self, connection: Any, driver: Any, address: dict[str, Any]) -> None:
        self._connection, self._driver = connection, driver
        self._password = address["password"]
        self.name: str = address["database"]

    def query(self, sql: str, *values: Any) -> list[list[str]]:
        """Return all rows of a small result; `values` stand for `%s`. Raises ImportRefused."""
        with self._readable(), self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return [["" if cell is None else _text(cell) for cell in row] for row in cursor]

    def stream(self, sql: str) -> Iterator[list[str]]:
        """Yield the rows of a result of any size, by a cursor of the server.

        No other query may run before the last row is read. Raises ImportRefused.
        """
        with self._readable():
            cursor = self._connection.cursor(self._driver.cursors.SSCursor)
            cursor.execute(sql)
            try:
                yield from _texts(cursor)
            except BaseException:
                # The driver would read all other rows before it lets go of them.
                cursor._result.unbuffered_active = False
                raise
            cursor.close()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except self._driver.MySQLError as error:
            raise _out_of_reach(error, self._password) from None


@contextmanager
def open_database(text: str) -> Iterator[ShopDatabase]:
    """Connect to the database at this address and begin its snapshot.

    Raises BadAddress, and ImportRefused where the driver is not installed or the database is out of
    reach; no message has the password.
    """
    address = parse_address(text)
    try:
        import pymysql
        import pymysql.cursors
        from pymysql.converters import encoders
    except ImportError:
        raise refusal(
            _("PyMySQL is not installed: bin/prepare shops (requirements-shops.txt)")
        ) from None
    try:
        connection = pymysql.connect(
            **{**address, "password": address["password"].encode()},
            charset="utf8mb4",
            # No decoder: every value comes as the text that the server sends.
            conv=dict(encoders),
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            write_timeout=CONNECT_SECONDS,
            autocommit=True,
        )
        with connection.cursor() as cursor:
            for statement in SNAPSHOT:
                cursor.execute(statement)
    # The name of a host may be none: UnicodeError.
    except (pymysql.MySQLError, OSError, RuntimeError, UnicodeError) as error:
        raise _out_of_reach(error, address["password"]) from None
    try:
        yield ShopDatabase(connection, pymysql, address)
    finally:
        # Do not wait for rows that are no longer read.
        connection._force_close()


def _out_of_reach(error: Exception, password: str) -> ImportRefused:
    """Return the refusal for an error of the driver, without the password."""
    reason = str(error.args[-1]) if error.args else type(error).__name__
    if password:
        reason = reason.replace(password, "***")
    return refusal(_("the shop's database cannot be read: {reason}"), reason=reason)


def _texts(cursor: Any) -> Iterator[list[str]]:
    """Yield the rows of a cursor as texts."""
    dates = [at for at, column in enumerate(cursor.description) if column[1] in TIMES]
    while block := cursor.fetchmany(BLOCK):
        for row in block:
            cells = [
                "" if cell is None else cell if type(cell) is str else _text(cell) for cell in row
            ]
            for at in dates:
                if cells[at].startswith(ZERO_DATE):
                    cells[at] = ""
            yield cells


def _text(cell: str | bytes) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
