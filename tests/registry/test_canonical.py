"""The canonical hash: equal for equal content, another for other content."""

from conftest import Bed
from sqlalchemy import text

from registry.canonical import hash_all, hash_tables


def test_the_hash_follows_content_and_not_physical_order(registry: Bed) -> None:
    with registry.session() as session:
        before = hash_tables(session)
    with registry.session() as session:
        # A new physical row with the same content, at another place in the table.
        session.execute(
            text(
                "UPDATE position SET quota = quota WHERE id IN (SELECT id FROM position ORDER BY id LIMIT 50)"
            )
        )
    with registry.session() as session:
        assert hash_tables(session) == before
        whole = hash_all(session)
    with registry.session() as session:
        session.execute(
            text("UPDATE position SET quota = quota + 1 WHERE id = (SELECT min(id) FROM position)")
        )
    with registry.session() as session:
        after = hash_tables(session)
        assert {name for name in after if after[name] != before[name]} == {"position"}
        assert hash_all(session) != whole


def test_signing_in_and_reading_leave_the_hash_alone(registry: Bed) -> None:
    with registry.session() as session:
        before = hash_all(session)
    client = registry.api("hr.hanoi")
    assert client.get("/officials").status_code == 200
    with registry.session() as session:
        assert hash_all(session) == before
