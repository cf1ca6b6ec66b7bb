"""Catalogues, law tables, units and accounts: loaded once, and again without a change."""

import csv
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import Bed, _bed
from contents import content
from sqlalchemy.exc import IntegrityError

from registry.access.passwords import HASHER
from registry.catalogues.copying import checked_at_the_end, copy_rows
from registry.cluster import Cluster
from seed.load import DEMO_PASSWORD, HERE, accounts, load_accounts, load_catalogues


def test_loading_catalogues_again_changes_nothing(cluster: Cluster, catalogued: str) -> None:
    with _bed(cluster, catalogued) as bed:
        before = content(bed)
        with bed.session() as session:
            counts = load_catalogues(session)
        assert content(bed) == before
    assert counts["organizations_added"] == 0


def test_loading_accounts_again_changes_nothing(registry: Bed) -> None:
    before = content(registry)
    with registry.session() as session:
        load_accounts(session)
    assert content(registry) == before


def test_a_changed_row_keeps_its_id_and_a_new_unit_takes_its_place_in_the_tree(registry: Bed) -> None:
    with registry.session() as session:
        item = session.execute(
            sa.text("SELECT id, name_en FROM catalogue_item WHERE catalogue = 'sexes' LIMIT 1")
        ).one()
        session.execute(sa.text("UPDATE catalogue_item SET name_en = 'x' WHERE id = :id"), {"id": item.id})
        unit = session.scalar(sa.text("SELECT id FROM organization WHERE code = 'H26-TCT'"))
        for table in ("position", "organization_version", "organization"):
            column = "id" if table == "organization" else "organization_id"
            session.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": unit})
    with registry.session() as session:
        load_catalogues(session)
    assert registry.scalar("SELECT name_en FROM catalogue_item WHERE id = :id", id=item.id) == item.name_en
    assert registry.scalar("""SELECT t.ord BETWEEN p.ord AND p.last FROM organization t, organization p
        WHERE t.code = 'H26-TCT' AND p.code = 'H26'""")
    assert (
        registry.scalar("""SELECT count(*) FROM official_current c
        JOIN organization o ON o.id = c.organization_id WHERE c.org_ord <> o.ord""")
        == 0
    )


def test_an_empty_table_is_held_against_its_references_after_the_copy_and_keeps_its_constraints(
    registry: Bed,
) -> None:
    table, columns = "organization_successor", ("predecessor_id", "successor_id", "on", "legal_basis")
    constraints = f"""SELECT string_agg(format('%s %s %s', conname, pg_get_constraintdef(oid), convalidated), E'\\n' ORDER BY conname)
        FROM pg_constraint WHERE conrelid = '{table}'::regclass"""
    before = registry.scalar(constraints)
    with registry.session() as session:
        session.execute(sa.text(f"DELETE FROM {table}"))

    def copied(successor: int) -> None:
        with registry.session() as session, checked_at_the_end(session, table):
            copy_rows(session, table, columns, [(1, successor, date(2026, 1, 1), "")])

    with pytest.raises(IntegrityError):
        copied(999_999_999)
    assert registry.scalar(f"SELECT count(*) FROM {table}") == 0
    assert registry.scalar(constraints) == before
    copied(2)
    assert registry.scalar(f"SELECT count(*) FROM {table}") == 1
    assert registry.scalar(constraints) == before


def test_a_subtree_is_a_range_of_ordinals(demo: Bed) -> None:
    wrong = demo.scalar("""
        SELECT count(*) FROM organization o JOIN LATERAL (SELECT parent_id FROM organization_version v
            WHERE v.organization_id = o.id AND v.recorded_to IS NULL
            ORDER BY valid_from DESC LIMIT 1) v ON true
        JOIN organization p ON p.id = v.parent_id WHERE NOT (o.ord > p.ord AND o.last <= p.last)""")
    assert wrong == 0
    assert demo.scalar("SELECT count(*) FROM organization WHERE ord = 1") == 1


def test_every_commune_stands_under_its_province(demo: Bed) -> None:
    with demo.session() as session:
        rows = session.execute(
            sa.text("""SELECT p.code, count(*) AS communes FROM organization_version v
            JOIN organization p ON p.id = v.parent_id WHERE v.kind = 'ubnd_cap_xa' GROUP BY p.code""")
        )
        found = {row.code: row.communes for row in rows}
    assert len(found) == 34
    assert sum(found.values()) == 3321


def test_merged_provinces_are_followed_by_their_successors(demo: Bed) -> None:
    with demo.session() as session:
        rows = session.execute(
            sa.text("""
            SELECT p.code, s.code, x."on" FROM organization_successor x
            JOIN organization p ON p.id = x.predecessor_id
            JOIN organization s ON s.id = x.successor_id WHERE p.code ~ '^H..$'""")
        ).all()
    assert len(rows) == 29
    assert ("H02", "H05", date(2025, 7, 1)) in [tuple(row) for row in rows]
    names = demo.scalar("""SELECT array_agg(name ORDER BY valid_from) FROM organization_version v
        JOIN organization o ON o.id = v.organization_id WHERE o.code = 'H02-SYT-BVDK'""")
    assert names == ["Bệnh viện đa khoa tỉnh Bắc Giang", "Bệnh viện đa khoa Bắc Giang"]


def test_retirement_days_are_those_of_the_published_table(demo: Bed) -> None:
    with open(HERE / "catalogues" / "retirement_age.csv", encoding="utf-8", newline="") as file:
        published = {
            (row["sex"], row["birth_from"]): row["retirement_date"]
            for row in csv.DictReader(file)
            if row["retirement_date"]
        }
    with demo.session() as session:
        rows = session.execute(sa.text("SELECT sex, birth_month, retire_on FROM law_retirement")).all()
    ours = {(sex, month.isoformat()): day.isoformat() for sex, month, day in rows}
    assert published.items() <= ours.items()


def test_steps_of_a_rank_end_without_a_next_one(demo: Bed) -> None:
    with demo.session() as session:
        steps = session.execute(
            sa.text("""
            SELECT coefficient::text, months, overrun_months FROM law_step
            WHERE rank = '01.003' ORDER BY step""")
        ).all()
    assert [row[0] for row in steps] == [
        "2.34",
        "2.67",
        "3.00",
        "3.33",
        "3.66",
        "3.99",
        "4.32",
        "4.65",
        "4.98",
    ]
    assert [row[1] for row in steps] == [36] * 8 + [None]
    assert steps[-1][2] == 36


def test_accounts_sign_in_with_hashes_of_their_own_and_officials_are_tied(demo: Bed) -> None:
    with demo.session() as session:
        users = session.execute(
            sa.text("""
            SELECT username, password_hash, official_id FROM app_user WHERE is_demo AND is_active""")
        ).all()
    hashes = {user.username: user.password_hash for user in users}
    assert set(hashes) == {one["username"] for one in accounts()}
    assert len(set(hashes.values())) == len(hashes)
    assert HASHER.verify(hashes["hr.hanoi"], DEMO_PASSWORD)
    assert not HASHER.check_needs_rehash(hashes["hr.hanoi"])
    assert {user.username for user in users if user.official_id} == {"official1", "official2"}
    assert demo.scalar("SELECT bool_and(password_hash = '!') FROM app_user WHERE NOT is_active")


def test_accounts_are_what_the_file_says() -> None:
    lines = Path(HERE / "accounts.csv").read_text(encoding="utf-8").splitlines()
    assert len(accounts()) == len(lines) - 1 == 16
    assert accounts()[0] == {
        "username": "hr.hanoi",
        "password": "Demo-Registry-2026",
        "roles": ["hr_officer"],
        "organization": "H26",
    }
