"""Address books: a customer in the file has all addresses replaced."""

from customers.imports.run import Run
from customers.imports.staging.keys_and_references import refuse_unknown
from customers.imports.staging.resolve import resolve
from customers.imports.storing.upsert import upsert
from customers.imports.tables import ADDRESSES


def import_addresses(run: Run) -> None:
    """Import `addresses.csv`: a customer's first row replaces their first address, and so on."""
    staged = run.read(ADDRESSES)
    if not staged:
        return
    refuse_unknown(run, staged, ("customer",))
    stage = staged.stage.name
    run.sql.run("DROP TABLE IF EXISTS import_stored")
    run.sql.run(
        "CREATE TEMPORARY TABLE import_stored AS SELECT a.id, c.external_id AS name,"
        " ROW_NUMBER() OVER (PARTITION BY a.customer_id ORDER BY a.id) AS nth"
        " FROM customers_address AS a JOIN customers_customer AS c ON c.id = a.customer_id"
        f" WHERE c.external_id IN (SELECT ref_customer FROM {stage})"
    )
    run.sql.run("DROP TABLE IF EXISTS import_places")
    run.sql.run(
        "CREATE TEMPORARY TABLE import_places AS SELECT numbered.source_line, k.id FROM ("
        "SELECT source_line, ref_customer,"
        " ROW_NUMBER() OVER (PARTITION BY ref_customer ORDER BY source_line) AS nth"
        f" FROM {stage}) AS numbered"
        " JOIN import_stored AS k ON k.name = numbered.ref_customer AND k.nth = numbered.nth"
    )
    run.sql.analyze(["import_stored", "import_places"])
    run.sql.run(
        "DELETE FROM customers_address WHERE id IN (SELECT id FROM import_stored)"
        " AND id NOT IN (SELECT id FROM import_places)"
    )
    rows = resolve(
        staged, joins="LEFT JOIN import_places AS place ON place.source_line = s.source_line"
    )
    rows.also["id"] = "place.id"
    counts = upsert(
        run.sql,
        "customers_address",
        key=["id"],
        resolved=rows.select,
        columns=list(rows.columns),
        updatable=[column for column in rows.columns if column != "customer_id"],
    )
    run.finish(staged, *counts)
    staged.stage.drop()
