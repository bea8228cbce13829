"""Statements of consent: each is added once, and the newest counts, whichever way it came in."""

from core.clock import CLOCKS_APART, now
from customers.imports.run import Run
from customers.imports.staging.keys_and_references import refuse_unknown
from customers.imports.staging.resolve import resolve
from customers.imports.tables import CONSENTS
from customers.models import Consent, ConsentState
from customers.models.identity.newsletter import UNDATED

SOURCE = "import"
TABLE = Consent._meta.db_table
GRANTED, REFUSED = str(ConsentState.GRANTED), str(ConsentState.REFUSED)


def import_consents(run: Run) -> None:
    """Import `consents.csv`; a row that says what is stored of its instant changes nothing.

    A grant of the instant of a stored refusal is not stored. A statement of the future is dated as
    one of a newsletter: a refusal is one of now unless the customer refuses already, and a grant
    undoes nothing.
    """
    staged = run.read(CONSENTS)
    if not staged:
        return
    refuse_unknown(run, staged, ("customer",))
    sql = run.sql
    rows = resolve(
        staged,
        {
            "at": f'''CASE WHEN s."at" <= {sql.present} THEN s."at"'''
            f""" WHEN s.state = '{REFUSED}' OR s."at" <= {sql.moment(now() + CLOCKS_APART)}"""
            f" THEN {sql.present_time} ELSE {sql.moment(UNDATED)} END",
            "is_ahead": f's."at" > {sql.present}',
        },
    )
    known = (
        f"SELECT 1 FROM {TABLE} AS t WHERE t.customer_id = r.customer_id AND t.purpose = r.purpose"
        f""" AND t."at" = r."at" AND t.state IN (r.state, '{REFUSED}')"""
    )
    newest = (
        f"SELECT t.state FROM {TABLE} AS t WHERE t.customer_id = r.customer_id"
        f' AND t.purpose = r.purpose ORDER BY t."at" DESC, t.id DESC LIMIT 1'
    )
    created = sql.run(
        f'INSERT INTO {TABLE} (customer_id, purpose, state, "at", source, evidence)'
        f""" SELECT r.customer_id, r.purpose, r.state, r."at", '{SOURCE}', ''"""
        f" FROM ({rows.select}) AS r WHERE NOT EXISTS ({known})"
        f" AND NOT (r.is_ahead AND r.state = '{REFUSED}'"
        f" AND COALESCE(({newest}), '') = '{REFUSED}')"
        ' GROUP BY r.customer_id, r.purpose, r.state, r."at" ORDER BY MIN(r.source_line)'
    )
    run.finish(staged, created, 0)
    staged.stage.drop()
