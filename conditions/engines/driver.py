"""This process's driver of Spark: starts it, waits for it, and drops a driver that has ended.

PySpark keeps one driver for the process, even after the driver has ended because its cluster has
gone or its Java process was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from pyspark import SparkContext
from pyspark.sql import SparkSession

from conditions.engines.engine import EngineFailed
from conditions.engines.interrupting import LOOK

Begun = TypeVar("Begun")


def new_session(master: str, options: Mapping[str, str]) -> SparkSession:
    """Return a new session at `master`; starts the driver where none is running.

    Starting may wait for the cluster without a time limit.
    """
    with SparkContext._lock:
        _let_go_of_ended()
        builder: Any = SparkSession.builder.appName("tranche").master(master)
        for name, value in options.items():
            builder = builder.config(name, value)
        session: SparkSession = builder.getOrCreate().newSession()
    return session


def has_ended() -> bool:
    """Return whether there is a driver that has ended, and does not answer any more."""
    gateway: Any = SparkContext._gateway
    if _is_gone(gateway):
        return True
    context: Any = SparkContext._active_spark_context
    java = getattr(context, "_jsc", None)
    try:
        return java is not None and bool(java.sc().isStopped())
    except Exception:  # The driver is ending right now.
        return True


def waited_for(begin: Callable[[], Begun], is_over: Callable[[], bool]) -> Begun:
    """Return what `begin` returns, called in a thread of its own; raises what `begin` raises.

    Raises EngineFailed as soon as `is_over` returns true. The thread goes on, since nothing can end
    its waiting for the cluster; the driver that it starts serves the next call.
    """
    begun: Future[Begun] = Future()

    def go() -> None:
        try:
            begun.set_result(begin())
        except BaseException as error:  # The waiting thread raises the error.
            begun.set_exception(error)

    thread = Thread(target=go, name="spark", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOK)
        if not begun.done() and is_over():
            raise EngineFailed("Spark has not begun")
    return begun.result()


def _let_go_of_ended() -> None:
    if not has_ended():
        return
    context: Any = SparkContext._active_spark_context
    gateway: Any = SparkContext._gateway
    if _is_gone(gateway):
        gateway.proc.stdin.close()
        SparkContext._gateway = SparkContext._jvm = None
        if context is not None:
            context._jsc = None  # Java is gone, so `stop` must not call it.
    if context is not None:
        context.stop()


def _is_gone(gateway: Any) -> bool:
    """Return whether Java is gone; False where another process has started it."""
    return gateway is not None and gateway.proc is not None and gateway.proc.poll() is not None
