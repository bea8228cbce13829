"""The machine, the versions and the size of the shop of a measurement."""

import os
import platform
from typing import Any

import django
import psycopg
from django.db import connection

from customers.models import Customer, Order, OrderItem


def machine() -> dict[str, Any]:
    """Return the description of the machine that the figures were measured on."""
    version = "version()" if connection.vendor == "postgresql" else "'SQLite ' || sqlite_version()"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {version}")
        database = cursor.fetchone()[0]
    counts = {model.__name__: model.objects.count() for model in (Customer, Order, OrderItem)}
    return {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "django": django.__version__,
        "psycopg": psycopg.__version__,
        "database": database,
        "rows": counts,
        "load": os.getloadavg()[0],
    }
