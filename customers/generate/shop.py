"""Generating a shop: its CSV files, and from them the shop itself."""

from datetime import datetime
from pathlib import Path

from customers.generate.catalogue import Catalogue, write_catalogue
from customers.generate.customer import write_customer
from customers.generate.files import ShopFiles
from customers.generate.random_numbers import Dice
from customers.generate.structure import write_structure
from customers.generate.timeline import Timeline
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.imports.shop_csv import import_shop
from customers.snapshots.scratch import scratch


def generate_shop(
    customers: int, seed: int, until: datetime, progress: OnProgress | None = None
) -> ImportReport:
    """Generate a shop and import it, through the same files as any other shop.

    `until` (aware) is its last moment. The same arguments give the same rows on every machine.
    """
    with scratch("generate-shop") as directory:
        write_shop(directory, customers, seed, until, progress)
        return import_shop(directory, progress=progress)


def write_shop(
    directory: Path,
    customers: int,
    seed: int,
    until: datetime,
    progress: OnProgress | None = None,
) -> None:
    """Write the CSV files of a shop with that many customers into `directory`, which may exist."""
    directory.mkdir(parents=True, exist_ok=True)
    dice = Dice(seed)
    timeline = Timeline(until)
    with ShopFiles(directory) as files:
        write_structure(files)
        catalogue = Catalogue(dice, customers)
        write_catalogue(files, catalogue)
        for number in range(1, customers + 1):
            write_customer(files, dice, timeline, catalogue, number)
            if progress and (number % 1_000 == 0 or number == customers):
                progress("generating", number, customers)
