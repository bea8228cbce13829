"""Messages in a queue of files, for tests and the processes that they start.

A process that imports this alone starts in a third of a second, with all apps in nearly three.
"""

from collections.abc import Iterator
from pathlib import Path

from kombu import Connection, Consumer, Exchange, Queue

QUEUE = Queue("tranche", Exchange("tranche"), routing_key="tranche")
ADDRESS = "filesystem://localhost/"


def connected(folder: Path | str) -> Connection:
    return Connection(ADDRESS, transport_options={"folder": str(folder), "polling_interval": 0.001})


def send(connection: Connection, body: object) -> None:
    connection.Producer().publish(
        body,
        serializer="json",
        exchange=QUEUE.exchange,
        routing_key=QUEUE.routing_key,
        declare=[QUEUE],
    )


def received(connection: Connection) -> Iterator[object]:
    """Take what waits, as a worker does."""
    bodies: list[object] = []

    def take(body, message) -> None:
        bodies.append(body)
        message.ack()

    with Consumer(connection, [QUEUE], callbacks=[take], accept=["json"]):
        try:
            while True:
                connection.drain_events(timeout=0.05)
        except TimeoutError:
            pass
    yield from bodies
