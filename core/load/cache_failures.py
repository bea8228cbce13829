"""The exceptions by which a shared cache says that it is unavailable."""


def cache_failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of an unavailable cache, for use in an `except` clause.

    Python evaluates the clause only after an exception, so a process that uses no Redis never
    loads its client.
    """
    from redis.exceptions import RedisError

    return RedisError, OSError
