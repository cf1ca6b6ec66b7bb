"""The whole registry in a directory, and back: database, kept files, and a manifest that proves both.

`DIR/registry.dump` is pg_dump's custom format, `DIR/files/` the kept files by their digest, `DIR/manifest.json` says
when it was made, of which revision, with which canonical hash, and the SHA-256 of the dump; `DIR/audit-heads.txt` holds the
signed heads of the trail, for `registry audit verify --heads`. Dump, hash, heads and list of files are of one snapshot, so a
backup under load is a state that was.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.orm import Session

from registry import migrate
from registry.canonical import hash_all
from registry.cluster import wheel_programs
from registry.db import EVERYTHING, make_engine, transaction
from registry.documents.services import place_of

DUMP, FILES, HEADS, MANIFEST = "registry.dump", "files", "audit-heads.txt", "manifest.json"


class BackupError(Exception):
    """Why a backup or a restore did not happen, in words for the operator. Nothing usable was left half done."""


def backup(dsn: str, files: Path, target: Path) -> dict[str, Any]:
    """Write a backup into `target`, which must be empty or not there. Returns the manifest.

    `dsn` is the migrating role's; `files` where kept files lie. Raises BackupError.
    """
    if target.exists() and any(target.iterdir()):
        raise BackupError(f"{target} is not empty: a backup never overwrites anything")
    target.mkdir(parents=True, exist_ok=True)
    engine = make_engine(dsn).execution_options(isolation_level="REPEATABLE READ")
    try:
        with transaction(engine, EVERYTHING) as session:
            snapshot = session.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
            _run(
                "pg_dump", dsn, "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-comments",
                "--exclude-extension=*", f"--file={target / DUMP}",
            )  # fmt: skip
            manifest = _manifest(session, target) | _keep_heads(session, target)
            digests = session.execute(sa.text("SELECT DISTINCT sha256 FROM file ORDER BY 1")).scalars().all()
    finally:
        engine.dispose()
    for digest in digests:
        _copy(place_of(files, digest), place_of(target / FILES, digest), digest)
    manifest["files"] = len(digests)
    (target / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _manifest(session: Session, target: Path) -> dict[str, Any]:
    made_at = session.execute(sa.text("SELECT now()")).scalar_one()
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "revision": migrate.current(session.connection()),
        "canonical_hash": hash_all(session),
        "dump_sha256": _sha256(target / DUMP),
    }


def _keep_heads(session: Session, target: Path) -> dict[str, Any]:
    """Leave the signed heads of the trail's log in the backup, readable without the database."""
    notes = "\n".join(session.execute(_HEADS).scalars())
    (target / HEADS).write_text(notes, encoding="utf-8")
    return {
        "audit_size": session.execute(sa.text("SELECT max(size) FROM audit_head")).scalar_one(),
        "heads_sha256": _of(notes),
    }


_HEADS = sa.text("SELECT note FROM audit_head ORDER BY size")


def _of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def restore(dsn: str, files: Path, source: Path) -> dict[str, Any]:
    """Bring a backup into a database that holds no officials yet, and its files into `files`. Returns the manifest.

    What was restored is hashed again and must agree with the manifest. Raises BackupError.
    """
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BackupError(f"{source} holds no readable {MANIFEST}: it is no finished backup") from None
    if _sha256(source / DUMP) != manifest["dump_sha256"]:
        raise BackupError(f"{source / DUMP} is not the file that the manifest names: the backup is damaged")
    for kept in sorted((source / FILES).rglob("*")):
        if kept.is_file():
            _copy(kept, place_of(files, kept.name), kept.name)
    engine = make_engine(dsn)
    try:
        _empty(engine)
        _run("pg_restore", dsn, "--no-owner", "--exit-on-error", "--single-transaction", str(source / DUMP))
        with transaction(engine, EVERYTHING) as session:
            current = migrate.current(session.connection()) == migrate.head()
            found = hash_all(session) if current else None
            heads = _of("\n".join(session.execute(_HEADS).scalars())) if current else None
            if current:  # what was worked out from the other database is worth nothing here
                session.execute(sa.text("UPDATE statistics_epoch SET epoch = gen_random_uuid()"))
        if found is None:
            raise BackupError(
                f"restored at revision {manifest['revision']}, but this code is at {migrate.head()}: "
                "check with the code of that revision, or go on with `registry db upgrade`"
            )
        if found != manifest["canonical_hash"]:
            raise BackupError(
                "what was restored does not have the canonical hash of the manifest: do not use it"
            )
        if heads != manifest["heads_sha256"] or heads != _of((source / HEADS).read_text(encoding="utf-8")):
            raise BackupError("the signed heads restored are not those of the manifest: do not use it")
    finally:
        engine.dispose()
    return manifest


def _empty(engine: sa.Engine) -> None:
    """Take an unused schema away; refuse one that holds people."""
    with engine.connect() as connection:
        there = connection.execute(sa.text("SELECT to_regclass('public.official') IS NOT NULL")).scalar_one()
        if there and connection.execute(sa.text("SELECT EXISTS (SELECT FROM official)")).scalar_one():
            raise BackupError(
                "the database holds officials already: restore into an empty one (another REGISTRY_HOME)"
            )
    if there:
        migrate.downgrade(engine, "base")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))


def _run(program: str, dsn: str, *options: str) -> None:
    """One of PostgreSQL's own programs; the password goes by its environment, where `ps` does not show it."""
    parts = conninfo_to_dict(dsn)
    password = str(parts.pop("password", ""))
    command = [str(wheel_programs() / program), f"--dbname={make_conninfo('', **parts)}", *options]
    done = subprocess.run(
        command, env={"PGPASSWORD": password, "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} stopped: {done.stderr.strip()[-600:]}")


def _copy(origin: Path, place: Path, digest: str) -> None:
    """A kept file by content, checked as it is copied."""
    if not origin.is_file() or _sha256(origin) != digest:
        raise BackupError(f"the kept file {digest} is missing or is not what its name says")
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, place)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        raise BackupError(f"{path} cannot be read") from None
