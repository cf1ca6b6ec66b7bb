"""A backup is the whole registry and proves it; a damaged one and one into a registry in use are refused."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import SECRET, Bed, _clone, _drop, settings_in
from make import DRAWINGS, sequencer

from registry import migrate
from registry.backup import BackupError, backup, restore
from registry.canonical import hash_all
from registry.cluster import Cluster, role_password
from registry.roles import LOGIN_ROLES
from registry.trail import keys
from registry.trail.verifying import Outside, verify

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
    sequencer(registry).turn()
    with registry.session() as session:
        before = hash_all(session)
    files, kept = registry.settings.home / "files", tmp_path / "backup"
    made = backup(dsn_of(registry, registry.database), files, kept)
    assert made["canonical_hash"] == before
    assert made["files"] == 1 + len(DRAWINGS), "the paper, and the portraits of the demo"
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
            epoch = session.execute(sa.text("SELECT epoch FROM statistics_epoch")).scalar_one()
        assert epoch != registry.scalar("SELECT epoch FROM statistics_epoch"), (
            "columns of the other are not used"
        )
        where = Outside(None, (kept / "audit-heads.txt", keys.folder(registry.settings) / "heads"))
        report = verify(other.engine("audit"), keys.verifier(registry.settings), where)
        assert report.as_json()["findings"] == []
        assert (report.heads, report.outside_heads) == (1, 2)
        again = other.api("hr.hanoi")
        assert again.get(f"/files/{sent.json['id']}").data == PAPER
        assert again.get("/officials?limit=1").json["items"], "rights and policies came along"
        counts = other.counts()
        with pytest.raises(BackupError, match="holds officials already"):
            restore(dsn_of(registry, "restored"), home / "files", kept)
        assert other.counts() == counts
        other.close()
    finally:
        _drop(registry.cluster, "restored")


def test_a_damaged_backup_is_refused_before_anything_is_written(
    cluster: Cluster, empty_template: str, tmp_path: Path
) -> None:
    """On a registry with nobody in it: what counts is the manifest."""
    kept, bent, unfinished, lying = (tmp_path / name for name in ("kept", "bent", "unfinished", "lying"))
    for name in ("nobody", "never"):
        _clone(cluster, name, empty_template)
    nobody, never = (Bed(cluster, name, settings_in(tmp_path)) for name in ("nobody", "never"))
    try:
        migrate.upgrade(nobody.engine("migrate"))
        backup(dsn_of(nobody, "nobody"), tmp_path / "files", kept)
        for copy in (bent, unfinished, lying):
            shutil.copytree(kept, copy)
        dump = bytearray((bent / "registry.dump").read_bytes())
        dump[len(dump) // 2] ^= 1
        (bent / "registry.dump").write_bytes(dump)
        (unfinished / "manifest.json").unlink()
        manifest = json.loads((lying / "manifest.json").read_text())
        (lying / "manifest.json").write_text(json.dumps(manifest | {"canonical_hash": "0" * 64}))
        for source, why in ((bent, "damaged"), (unfinished, "no finished backup")):
            with pytest.raises(BackupError, match=why):
                restore(dsn_of(never, "never"), tmp_path / "files", source)
        assert never.counts() == {}
        with pytest.raises(BackupError, match="canonical hash"):
            restore(dsn_of(never, "never"), tmp_path / "files", lying)
        restore(dsn_of(never, "never"), tmp_path / "files", kept)
    finally:
        for bed in (nobody, never):
            bed.close()
            _drop(cluster, bed.database)
