"""Small exports of other systems, and what an import of them says."""

import csv
import io
import json
from contextlib import suppress

from django.core.management import CommandError, call_command

ACCOUNTS = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Phone\n"
ORDERS = (
    "Name,Email,Financial Status,Fulfillment Status,Currency,Total,Created at,Phone,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name\n"
)


def order(name="#1", email="a@example.com", **cells):
    """Return a row of ORDERS; a continuation where `created` is ""."""
    values = {
        "status": "paid",
        "fulfilled": "fulfilled",
        "currency": "EUR",
        "total": "10.00",
        "created": "2026-01-02 03:04:05 +0100",
        "phone": "",
        "quantity": "1",
        "item": "Tee",
        "price": "10.00",
        "sku": "TEE",
        "billing": "Ada Byron King",
        **cells,
    }
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([name, email, *values.values()])
    return text.getvalue()


class Bringer:
    """Writes files into a folder of their own and imports it."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.output = ""

    def write(self, files):
        self.count += 1
        folder = self.folder / f"export{self.count}"
        folder.mkdir()
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / name).write_bytes(data)
        return folder

    def __call__(self, files, *options):
        """Import and return the report; raises CommandError."""
        path = files if not isinstance(files, dict) else self.write(files)
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        output = io.StringIO()
        try:
            call_command("import_shop", path, "--report", report, *options, stdout=output)
        finally:
            self.output = output.getvalue()
        return json.loads(report.read_text())

    def refusal(self, files, *options):
        """Return the lines with which an import is refused."""
        try:
            self(files, *options)
        except CommandError as error:
            assert error.returncode == 1
            return str(error).splitlines()
        raise AssertionError("the import was not refused")

    @property
    def report(self):
        """The report of the last import, refused or not."""
        with suppress(FileNotFoundError):
            return json.loads((self.folder / "report.json").read_text())
        return None
