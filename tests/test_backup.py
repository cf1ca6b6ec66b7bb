"""A backup is the whole registry and proves it; a damaged one and one into a registry in use are refused."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import SECRET, Bed, _clone, _drop

from registry.backup import BackupError, backup, restore
from registry.canonical import hash_all
from registry.cluster import LOGIN_ROLES, role_password
from registry.db import make_engine

PAPER = b"%PDF-1.4 a decision"


def dsn_of(bed: Bed, database: str) -> str:
    """The migrating role's connection string of a database of the bed's server."""
    user = LOGIN_ROLES["migrate"]
    return bed.cluster.dsn(user, database, role_password(SECRET, user))


def test_a_registry_comes_back_whole_from_its_backup(
    registry: Bed, empty_template: str, tmp_path: Path
) -> None:
    hr = registry.api("hr.hanoi")
    sent = hr.post("/files", data={"file": (io.BytesIO(PAPER), "quyet-dinh.pdf")})
    assert sent.status_code == 201, sent.text
    with registry.session() as session:
        before = hash_all(session)
    files, kept = registry.settings.home / "files", tmp_path / "backup"
    made = backup(dsn_of(registry, registry.database), files, kept)
    assert made["canonical_hash"] == before
    assert made["files"] == 1
    with pytest.raises(BackupError, match="not empty"):
        backup(dsn_of(registry, registry.database), files, kept)

    _clone(registry.cluster, "restored", empty_template)
    home = tmp_path / "home"
    try:
        assert restore(dsn_of(registry, "restored"), home / "files", kept) == made
        other = replace(
            registry,
            database="restored",
            engines={},
            _app=None,
            settings=replace(registry.settings, home=home),
        )
        with other.session() as session:
            assert hash_all(session) == before
            assert session.execute(sa.text("SELECT count(*) FROM audit_event")).scalar_one() > 0
        again = other.api("hr.hanoi")
        assert again.get(f"/files/{sent.json['id']}").data == PAPER
        assert again.get("/officials?limit=1").json["items"], "rights and policies came along"
        with pytest.raises(BackupError, match="holds officials already"):
            restore(dsn_of(registry, "restored"), home / "files", kept)
        with other.session() as session:
            assert hash_all(session) == before
        other.close()
    finally:
        _drop(registry.cluster, "restored")


def test_a_damaged_backup_is_refused_before_anything_is_written(
    demo: Bed, empty_template: str, tmp_path: Path
) -> None:
    kept = tmp_path / "backup"
    backup(dsn_of(demo, demo.database), demo.settings.home / "files", kept)
    bent, unfinished = tmp_path / "bent", tmp_path / "unfinished"
    shutil.copytree(kept, bent)
    dump = bytearray((bent / "registry.dump").read_bytes())
    dump[len(dump) // 2] ^= 1
    (bent / "registry.dump").write_bytes(dump)
    shutil.copytree(kept, unfinished)
    (unfinished / "manifest.json").unlink()
    lying = tmp_path / "lying"
    shutil.copytree(kept, lying)
    manifest = json.loads((lying / "manifest.json").read_text())
    (lying / "manifest.json").write_text(json.dumps(manifest | {"canonical_hash": "0" * 64}))
    _clone(demo.cluster, "never", empty_template)
    try:
        for source, why in ((bent, "damaged"), (unfinished, "no finished backup")):
            with pytest.raises(BackupError, match=why):
                restore(dsn_of(demo, "never"), tmp_path / "files", source)
        engine = make_engine(dsn_of(demo, "never"))
        with engine.connect() as connection:
            tables = connection.execute(sa.text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            assert tables.scalar_one() == 0
        engine.dispose()
        with pytest.raises(BackupError, match="canonical hash"):
            restore(dsn_of(demo, "never"), tmp_path / "files", lying)
    finally:
        _drop(demo.cluster, "never")
