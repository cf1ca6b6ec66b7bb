"""What a database holds, table by table, whatever the physical order."""

import sqlalchemy as sa
from conftest import Bed


def content(bed: Bed) -> dict[str, str | None]:
    """Table → MD5 of its rows as sorted JSON texts; None for an empty table.

    The name of a load is its own each time, and so are the salt of a change and when an account was last used.
    """
    with bed.session() as session:
        names = session.scalars(
            sa.text("""SELECT relname FROM pg_class
            WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
                AND relname <> 'statistics_epoch' ORDER BY relname""")
        ).all()
        return {
            name: session.scalar(
                sa.text(f"""SELECT md5(string_agg(line, chr(10) ORDER BY line COLLATE "C"))
                FROM (SELECT (to_jsonb(t) - '{{used_at,salt}}'::text[])::text AS line FROM "{name}" t) AS lines""")
            )
            for name in names
        }
