"""Fills an empty database: a shop, starter segments with their members, an administrator."""

import os
import secrets
import shlex
import sys
from collections.abc import Sequence

import django
from django.core.management import CommandError, call_command

from core import clock

DEMO_CUSTOMERS, DEMO_SEED = 5000, 1


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
    django.setup()
    from django.contrib.auth import get_user_model

    from customers.models import Customer

    # The path of --data, and options of import_shop.
    data = sys.argv[1:]
    has_shop = Customer.objects.exists()
    if data and has_shop:
        print(
            f"The database already has a shop; --data is for an empty one. To bring {data[0]} in "
            f"all the same: .venv/bin/python manage.py import_shop {shlex.join(data)}"
        )
    # Every step finds out for itself whether it is done, and the administrator comes last: a start
    # that was killed is taken up where it ended, and a database in use is left alone.
    users = get_user_model().objects
    if users.exists():
        return
    if not has_shop:
        fill_shop(data)
    call_command("create_starter_segments")
    call_command("refresh_segments", "--all")
    password = secrets.token_urlsafe(12)
    users.create_superuser("admin", password=password)
    print(f"\n    Log in as admin with the password {password}   (shown only this once)\n")


def fill_shop(data: Sequence[str]) -> None:
    if data:
        call_command("import_shop", *data, "--yes")
        return
    print(f"Making a demo shop of {DEMO_CUSTOMERS:,} customers ...", flush=True)
    call_command(
        "generate_shop",
        f"--customers={DEMO_CUSTOMERS}",
        f"--seed={DEMO_SEED}",
        f"--until={clock.now().isoformat()}",
    )


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        sys.exit(f"{error}")
