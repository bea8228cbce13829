"""Products that a file names and no `products.csv` has."""

from customers.imports.run import Run, Staged


def create_missing_products(run: Run, staged: Staged) -> None:
    """Make a product for each SKU that is not stored, named as on the first line that names it."""
    named = "name" in staged.table.columns
    name, name_folded = ("s.name", "s.name_folded") if named else ("''", "''")
    created = run.sql.run(
        "INSERT INTO customers_product (sku, sku_folded, name, name_folded, product_type)"
        " SELECT sku, sku_folded, CASE WHEN name = '' THEN sku ELSE name END,"
        " CASE WHEN name = '' THEN sku_folded ELSE name_folded END, 'simple' FROM ("
        f"SELECT s.sku, s.sku_folded, {name} AS name, {name_folded} AS name_folded, s.source_line,"
        " ROW_NUMBER() OVER (PARTITION BY s.sku"
        f" ORDER BY CASE WHEN {name} = '' THEN 1 ELSE 0 END, s.source_line) AS nth"
        f" FROM {staged.stage.name} AS s"
        " WHERE NOT EXISTS (SELECT 1 FROM customers_product AS p WHERE p.sku = s.sku)"
        ") AS missing WHERE nth = 1 ORDER BY source_line ON CONFLICT (sku) DO NOTHING"
    )
    run.grown("customers_product", created)
