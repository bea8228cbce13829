"""Tasks that a worker does not know are put back, and logged in one line, without arguments."""

from datetime import timedelta
from types import SimpleNamespace

from core.clock import now
from segmentation_site.workers.unknown_tasks import Consumer


class Message:
    def __init__(self, **headers):
        self.headers = {"task": "newer.task", "id": "1", "argsrepr": "secret", **headers}
        self.requeued = self.rejected = 0

    def requeue(self):
        self.requeued += 1

    def reject_log_error(self, *args):
        self.rejected += 1


def test_an_unknown_task_is_put_back_and_an_expired_one_is_not(caplog):
    consumer = Consumer.__new__(Consumer)
    consumer._unknown, taken = {}, []
    consumer.connection_errors = ()
    consumer.qos = SimpleNamespace(
        increment_eventually=lambda: taken.append(1), decrement_eventually=lambda: taken.append(-1)
    )
    consumer.timer = SimpleNamespace(call_after=lambda seconds, call, args: call(*args))

    message = Message(expires=(now() + timedelta(hours=1)).isoformat())
    for _time in range(3):
        consumer.on_unknown_task(None, message, KeyError())
    expired = Message(id="2", expires=(now() - timedelta(seconds=1)).isoformat())
    consumer.on_unknown_task(None, expired, KeyError())

    assert (message.requeued, message.rejected) == (3, 0)
    assert (expired.requeued, expired.rejected) == (0, 1)
    assert taken == [1, -1] * 3
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["There is no task 'newer.task' here: put back for another worker"] * 2
