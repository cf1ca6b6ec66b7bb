"""Imports with their staged rows and findings, and the queue of jobs."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

IMPORT_STATUSES = ("queued", "checking", "checked", "refused", "submitted", "applied", "undone")


class Import(Base):
    """A file handed in. Counts are null until checked; rows = new + changed + unchanged + rejected always."""

    __tablename__ = "import_file"
    __table_args__ = (
        sa.CheckConstraint("rows = new + changed + unchanged + rejected", name="counts"),
        sa.CheckConstraint("status IN (" + ",".join(f"'{one}'" for one in IMPORT_STATUSES) + ")", name="status"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    kind: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text, server_default="queued")
    dry_run: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("file.id"))
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    checked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    sheet: Mapped[str | None] = mapped_column(sa.Text)
    columns: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=sa.text("'{}'"))
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default=sa.text("'[]'"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    rows: Mapped[int | None] = mapped_column(sa.Integer)
    new: Mapped[int | None] = mapped_column(sa.Integer)
    changed: Mapped[int | None] = mapped_column(sa.Integer)
    unchanged: Mapped[int | None] = mapped_column(sa.Integer)
    rejected: Mapped[int | None] = mapped_column(sa.Integer)
    warnings: Mapped[int | None] = mapped_column(sa.Integer)
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"))
    undo_change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"))


class ImportRow(Base):
    """A row as read, every cell as text, and what became of it."""

    __tablename__ = "import_row"
    __table_args__ = (
        sa.CheckConstraint("outcome IN ('new','changed','unchanged','rejected')", name="outcome"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("import_file.id"), primary_key=True)
    row: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    cells: Mapped[list[str | None]] = mapped_column(ARRAY(sa.Text))
    outcome: Mapped[str | None] = mapped_column(sa.Text)


class ImportFinding(Base):
    """Something wrong or odd in one cell; the message is made from `code` and `detail` in the reader's language."""

    __tablename__ = "import_finding"
    __table_args__ = (
        sa.CheckConstraint("severity IN ('error','warning')", name="severity"),
        sa.Index("ix_import_finding_row", "import_id", "row"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("import_file.id"))
    row: Mapped[int] = mapped_column(sa.Integer)
    column: Mapped[str] = mapped_column(sa.Text)
    value: Mapped[str | None] = mapped_column(sa.Text)
    code: Mapped[str] = mapped_column(sa.Text)
    severity: Mapped[str] = mapped_column(sa.Text, server_default="error")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))


class Job(Base):
    """Work done after the reply: at least once, with effects once. Taken with SKIP LOCKED; a dead worker's lease ends."""

    __tablename__ = "job"
    __table_args__ = (
        sa.CheckConstraint("status IN ('queued','running','done','failed','cancelled')", name="status"),
        sa.Index("ix_job_open", "id", postgresql_where=sa.text("status IN ('queued','running')")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    kind: Mapped[str] = mapped_column(sa.Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))
    status: Mapped[str] = mapped_column(sa.Text, server_default="queued")
    attempts: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    done: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    total: Mapped[int | None] = mapped_column(sa.Integer)
    error: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    leased_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
