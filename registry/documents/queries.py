"""Reading files: one by its uuid, within what row-level security shows."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.policy import Target
from registry.documents.models import File
from registry.errors import not_found
from registry.officials.queries import _believed
from registry.periods import AsOf


def get_file(session: Session, uid: str) -> File:
    """A file by its uuid; NotFound when absent or out of scope."""
    try:
        found = session.scalar(sa.select(File).where(File.uid == UUID(uid)))
    except ValueError:
        found = None
    if found is None:
        raise not_found()
    return found


def usable_portraits(session: Session, named: Collection[str]) -> frozenset[str]:
    """Of some uuids those of portraits in sight."""
    if not named:
        return frozenset()
    statement = sa.select(File.uid).where(
        File.purpose == "portrait", File.uid.in_([UUID(one) for one in named])
    )
    return frozenset(str(uid) for uid in session.scalars(statement))


def find_files(session: Session, named: Collection[str]) -> list[File]:
    """Files by their uuids, those in sight."""
    if not named:
        return []
    return list(session.scalars(sa.select(File).where(File.uid.in_([UUID(one) for one in named]))))


def find_portrait(session: Session, official_id: int, as_of: AsOf) -> File | None:
    """The portrait of a person that holds on the day, as believed."""
    believed = _believed("f", as_of.known_at is not None)
    uid = session.scalar(
        sa.text(f"""SELECT f.photo FROM fact_portrait f WHERE f.official_id = :official AND f.valid_from <= :on
            AND (f.valid_to IS NULL OR f.valid_to > :on) AND {believed}"""),
        {"official": official_id, "on": as_of.on}
        | ({"known": as_of.known_at} if as_of.known_at is not None else {}),
    )
    return session.scalar(sa.select(File).where(File.uid == uid)) if uid else None


def target_of(session: Session, file: File) -> Target:
    """What the right to open a file depends on: the unit whose readers may, and who uploaded it.

    A portrait is seen on the record and on the change that brings it; by itself only whoever uploaded it opens it.
    """
    if file.purpose == "portrait":
        return Target(maker_id=file.uploaded_by)
    place = session.scalar(
        sa.text("SELECT ord FROM organization WHERE id = :unit"), {"unit": file.organization_id}
    )
    return Target(org_ord=place, maker_id=file.uploaded_by)
