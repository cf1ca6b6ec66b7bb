"""What a database holds, table by table, whatever the physical order."""

import sqlalchemy as sa
from conftest import Bed

LEFT_OUT = ("used_at", "salt")
"""When an account was last used, and the salt of a change: their own each time."""


def content(bed: Bed) -> dict[str, tuple[int, int] | None]:
    """Table → (rows, sum of the 64-bit hashes of their texts); None for an empty table.

    A sum does not ask for an order. The name of a load is its own each time.
    """
    with bed.session() as session:
        tables = session.execute(
            sa.text("""SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
                AND c.relname <> 'statistics_epoch' AND a.attname <> ALL (:out) GROUP BY 1 ORDER BY 1"""),
            {"out": list(LEFT_OUT)},
        ).all()
        each = {
            name: session.execute(
                sa.text(
                    f'SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM (SELECT {columns} FROM "{name}") t'
                )
            ).one()
            for name, columns in tables
        }
        return {name: (rows, int(total)) if rows else None for name, (rows, total) in each.items()}
