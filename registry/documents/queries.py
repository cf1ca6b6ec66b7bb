"""Reading files: one by its uuid, within what row-level security shows."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.policy import Target
from registry.documents.models import File
from registry.errors import not_found


def get_file(session: Session, uid: str) -> File:
    """A file by its uuid; NotFound when absent or out of scope."""
    try:
        found = session.scalar(sa.select(File).where(File.uid == UUID(uid)))
    except ValueError:
        found = None
    if found is None:
        raise not_found()
    return found


def target_of(session: Session, file: File) -> Target:
    """What the right to open a file depends on: the unit whose readers may, and who uploaded it."""
    place = session.scalar(
        sa.text("SELECT ord FROM organization WHERE id = :unit"), {"unit": file.organization_id}
    )
    return Target(org_ord=place, maker_id=file.uploaded_by)
