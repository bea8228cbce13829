"""How fast mail is sent, a campaign's recipients are frozen, and the change log is processed.

Makes a shop of `--recipients` subscribers, all members of one segment, in a database of its own
that is migrated. A campaign to `--messages` of them leaves for a local mail server (aiosmtpd, a
process of its own), once by two senders of one process, once by two processes; then a campaign to
all of them is frozen, in a process of its own. `DATABASE_URL` names the server (PostgreSQL, by a
superuser); the database is `--database`, made and dropped: it must not be there before.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SENDERS = 2
GOALS = {"send": 120, "freeze": 60, "memory": 200, "log": 30}
# In seconds.
UNTIL_IT_LISTENS = 30

SHOP = """
import sys
import django
django.setup()
from django.db import connection
from campaigns.editing.campaigns import CAMPAIGNS
from campaigns.editing.senders import SENDERS
from campaigns.editing.templates import TEMPLATES
from campaigns.models import MailSender
from core.clock import now
from customers.models import Customer, CustomerGroup, NewsletterSubscription, Store, Website
from segments.editing.saving import create_segment
from segments.models import Membership
from segments.rules.definition import Definition

recipients, messages = map(int, sys.argv[1:])
store = Store.objects.get(code="default")
first = Customer.objects.create(
    external_id="b0", email="b0@shop.example", first_name="Jane", last_name="Doe", store=store,
    website=Website.objects.get(code="default"), group=CustomerGroup.objects.get(code="general"),
)
sender = {"from_name": "Shop", "from_email": "news@shop.example", "reply_to": ""}
sender |= {"postal_address": "1 Main Street"}
SENDERS.save(MailSender(store=store), sender, author=None)
html = (
    "<p>Dear {{ customer.first_name|default:'friend' }},</p>" + "<p>All is new.</p>" * 20
    + "<p><a href='https://shop.example/'>Shop</a> <a href='{{ unsubscribe_url }}'>No more</a></p>"
)
subject = "{{ customer.first_name }}, spring is here"
TEMPLATES.create({"code": "t", "name": "T", "subject": subject, "html": html}, author=None)
counts = {"some": messages, "again": messages, "all": recipients}
segments = {
    code: create_segment(
        Definition(code, conditions={"match": "all", "conditions": []}), code=code, author=None
    )
    for code in counts
}
for code in counts:
    named = {"template": "t", "stores": [store.code], "segments": [code]}
    CAMPAIGNS.create({"code": code, "name": code, **named}, author=None)
# The others are like the first one, but for what is their own.
own = {
    "external_id": "'b' || n",
    "external_id_folded": "'b' || n",
    "email": "'b' || n || '@shop.example'",
    "email_folded": "'b' || n || '@shop.example'",
    "mailbox": "'b' || n || '@shop.example'",
}
columns = [one.column for one in Customer._meta.concrete_fields if not one.primary_key]
with connection.cursor() as cursor:
    # No trigger marks them, and no key is checked.
    cursor.execute("SET session_replication_role = replica")
    chosen = ", ".join(own.get(one, "c." + one) for one in columns)
    cursor.execute(
        f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {chosen}"
        " FROM customers_customer AS c, generate_series(1, %s) AS n WHERE c.id = %s",
        [recipients - 1, first.pk],
    )
    cursor.execute(
        f"INSERT INTO {NewsletterSubscription._meta.db_table}"
        " (customer_id, store_id, status, status_changed_at)"
        " SELECT id, store_id, 'subscribed', %s FROM customers_customer",
        [now()],
    )
    for code, number in counts.items():
        cursor.execute(
            f"INSERT INTO {Membership._meta.db_table} (customer_id, segment_id, entered_at)"
            " SELECT id, %s, %s FROM customers_customer ORDER BY id LIMIT %s",
            [segments[code].segment.pk, now(), number],
        )
    cursor.execute("ANALYZE")
"""
FREEZE = """
import resource, sys, time
import django
django.setup()
from campaigns.audience.freezing import freeze
from campaigns.models import Campaign
from core.clock import now
campaign = Campaign.objects.get(code=sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.perf_counter()
ready = freeze(campaign, now())
took = time.perf_counter() - begun
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took, most / 1024, before / 1024, ready.campaign.eligible)
"""
LOG = """
import sys, time
import django
django.setup()
from campaigns.editing.sequences import SEQUENCES
from campaigns.models import Message
from campaigns.sequences import advance
from customers.models import Customer
from segments.editing.saving import create_segment
from segments.refresh import refresh_segment
from segments.rules.definition import Definition

entries, steps = map(int, sys.argv[1:])
named = {"attribute": "customer.last_name", "operator": "is", "value": "Entered"}
segment = create_segment(
    Definition("log", conditions={"match": "all", "conditions": [named]}), code="log", author=None
).segment
refresh_segment(segment)
mails = [
    {"number": 1 + one, "delay_minutes": 60 * one, "template": "t"} for one in range(steps)
]
document = {"segment": "log", "trigger": "enter", "is_active": True, "steps": mails}
SEQUENCES.create(document, author=None)
chosen = Customer.objects.order_by("pk").values("pk")[:entries]
Customer.objects.filter(pk__in=chosen).update(last_name="Entered")
refresh_segment(segment)
begun, used = time.perf_counter(), time.process_time()
read = advance()
took, used = time.perf_counter() - begun, time.process_time() - used
print(took, used, read, Message.objects.filter(sequence__isnull=False).count())
"""


def program(environment: dict[str, str], text: str, *arguments: str) -> str:
    """Run a program of Python in a process of its own; return what it writes."""
    command = [sys.executable, "-c", text, *arguments]
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout


def manage(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def mail_server() -> Iterator[int]:
    """Run a server that takes every mail and forgets it; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    server = subprocess.Popen([sys.executable, *command])
    try:
        until = time.monotonic() + UNTIL_IT_LISTENS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        server.kill()
        server.wait()


def measure_freeze(environment: dict[str, str], code: str) -> dict[str, float]:
    """Freeze a campaign; return the seconds, the process's memory in MB, that before, how many."""
    took, most, before, number = program(environment, FREEZE, code).split()
    return {
        "seconds": float(took),
        "memory": float(most),
        "memory before": float(before),
        "recipients": int(number),
    }


def sent(environment: dict[str, str], address: str, code: str, processes: int) -> dict[str, float]:
    """Send a campaign by so many processes with two senders in all; return seconds and messages.

    Raises SystemExit where a sender fails or a message is not sent.
    """
    measure_freeze(environment, code)
    senders = str(SENDERS // processes)
    begun = time.perf_counter()
    working = [
        manage({**environment, "MAIL_SENDERS": senders}, "send_mail", "--once")
        for _process in range(processes)
    ]
    if any(one.wait() for one in working):
        raise SystemExit("a sender failed")
    took = time.perf_counter() - begun
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT m.state, count(*) FROM campaigns_message AS m JOIN campaigns_campaign AS c"
            " ON c.id = m.campaign_id WHERE c.code = %s GROUP BY 1",
            [code],
        ).fetchall()
    if [state for state, _number in rows] != ["sent"]:
        raise SystemExit(f"not all was sent: {rows}")
    return {"seconds": took, "messages": rows[0][1]}


def measure_sequences(environment: dict[str, str], entries: int, steps: int) -> dict[str, float]:
    """Let `entries` customers enter a segment with a sequence; return the time to process the log.

    Raises SystemExit where the numbers of entries or messages are wrong.
    """
    took, used, read, rows = program(environment, LOG, str(entries), str(steps)).split()
    if (int(read), int(rows)) != (entries, entries * steps):
        raise SystemExit(f"{read} entries were read, and {rows} messages made")
    return {
        "seconds": float(took),
        "processor seconds": float(used),
        "entries": entries,
        "steps": steps,
    }


def measure_shop(own: str, port: int, asked: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return the figures of a shop in the empty database `own`.

    Raises SystemExit where the database cannot be migrated.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": own,
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_ENABLED": "true",
            "MAIL_PER_MINUTE": "0",
            "PUBLIC_URL": "https://mail.shop.example",
        }
        if manage(environment, "migrate").wait():
            raise SystemExit("the database could not be migrated")
        program(environment, SHOP, str(asked.recipients), str(asked.messages))
        return {
            "two senders": sent(environment, own, "some", 1),
            "two processes": sent(environment, own, "again", SENDERS),
            "freezing": measure_freeze(environment, "all"),
            "log": measure_sequences(environment, asked.entries, asked.steps),
        }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--recipients", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--database", default="benchmark_mail")
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args(arguments)
    for name in ("messages", "entries"):
        if not 0 < getattr(asked, name) <= asked.recipients:
            parser.error(f"--{name}: from 1 to --recipients")
    address = urlsplit(os.environ["DATABASE_URL"])
    own = urlunsplit(address._replace(path=f"/{asked.database}"))
    database = sql.Identifier(asked.database)
    with (
        psycopg.connect(urlunsplit(address), autocommit=True) as server,
        mail_server() as port,
    ):
        server.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            found = measure_shop(own, port, asked)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
    for way in ("two senders", "two processes"):
        one = found[way]
        rate = one["messages"] / one["seconds"]
        print(
            f"{one['messages']:,} mails by {way}: {one['seconds']:.1f} s, {rate:.0f} a second"
            f" (goal for 10,000: {GOALS['send']} s)"
        )
    one = found["freezing"]
    print(
        f"{one['recipients']:,} recipients settled: {one['seconds']:.1f} s, {one['memory']:.0f} MB"
        f" (goals for 1,000,000: {GOALS['freeze']} s, {GOALS['memory']} MB)"
    )
    one = found["log"]
    print(
        f"{one['entries']:,} entries of the change log with {one['steps']} steps: "
        f"{one['seconds']:.1f} s, {one['processor seconds']:.1f} s of them in this process"
        f" (goal for 100,000: {GOALS['log']} s)"
    )
    if asked.json:
        machine = {"processors": os.cpu_count(), "load": os.getloadavg()[0]}
        asked.json.write_text(json.dumps({"machine": machine, "goals": GOALS, **found}, indent=2))


if __name__ == "__main__":
    main()
