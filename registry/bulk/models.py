"""Imports with their staged rows and findings, runs of exports and reports, and the queue of jobs."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.access import models as access  # noqa: F401  foreign keys point there
from registry.changes import models as changes  # noqa: F401
from registry.db import Base
from registry.documents import models as documents  # noqa: F401
from registry.organizations import models as organizations  # noqa: F401

RUN_KINDS = ("export", "report")
RUN_STATUSES = ("queued", "running", "done", "failed", "cancelled", "expired")
RUN_FORMATS = ("csv", "xlsx", "json", "pdf")
IMPORT_STATUSES = ("queued", "checking", "checked", "refused", "submitted", "applied", "undone")


class Import(Base):
    """A file handed in. Counts are null until checked; rows = new + changed + unchanged + rejected always.

    `checked_on` is the day that the check counted with, `checked_by` whose rights it used: the uploader's, or
    those of whoever submitted. `notes` are [{code, detail}], `problem` is {code, detail} of a refused file.
    """

    __tablename__ = "import_file"
    __table_args__ = (
        sa.CheckConstraint("rows = new + changed + unchanged + rejected", name="counts"),
        sa.CheckConstraint(
            "status IN (" + ",".join(f"'{one}'" for one in IMPORT_STATUSES) + ")", name="status"
        ),
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
    checked_on: Mapped[date | None] = mapped_column(sa.Date)
    checked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
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
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"), index=True)
    undo_change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"))


class ImportRow(Base):
    """A row as read, every cell as text in the order of the import's `columns`, and what became of it.

    `differs` are the titles of the columns that differ from the record, of a changed row only.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        sa.CheckConstraint("outcome IN ('new','changed','unchanged','rejected')", name="outcome"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("import_file.id"), primary_key=True)
    row: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    cells: Mapped[list[str | None]] = mapped_column(ARRAY(sa.Text))
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    differs: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))


class ImportNew(Base):
    """A row of a person not yet on the registry, typed, from the check to the approval.

    Unlogged, like `import_planned`: after a crash both are made again from `import_row`. `cells` are there.
    """

    __tablename__ = "import_new"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012  read by SQLAlchemy once

    import_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    row: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    full_name: Mapped[str] = mapped_column(sa.Text)
    birth_date: Mapped[date] = mapped_column(sa.Date)
    birth_date_precision: Mapped[str] = mapped_column(sa.String(5))
    sex: Mapped[str] = mapped_column(sa.Text)
    personal_id: Mapped[str] = mapped_column(sa.Text)
    staff_code: Mapped[str | None] = mapped_column(sa.Text)
    organization_id: Mapped[int] = mapped_column(sa.BigInteger)
    category: Mapped[str] = mapped_column(sa.Text)
    ethnic_group: Mapped[str | None] = mapped_column(sa.Text)
    religion: Mapped[str | None] = mapped_column(sa.Text)
    native_place: Mapped[str | None] = mapped_column(sa.Text)
    recruited_on: Mapped[date] = mapped_column(sa.Date)
    recruited_on_precision: Mapped[str] = mapped_column(sa.String(5))
    position: Mapped[str | None] = mapped_column(sa.Text)
    job_position: Mapped[str | None] = mapped_column(sa.Text)
    rank: Mapped[str | None] = mapped_column(sa.Text)
    step: Mapped[int | None] = mapped_column(sa.Integer)
    coefficient: Mapped[Decimal | None] = mapped_column(sa.Numeric(4, 2))
    paid_from: Mapped[date | None] = mapped_column(sa.Date)
    paid_from_precision: Mapped[str | None] = mapped_column(sa.String(5))
    education: Mapped[str | None] = mapped_column(sa.Text)
    political_theory: Mapped[str | None] = mapped_column(sa.Text)
    joined_on: Mapped[date | None] = mapped_column(sa.Date)
    joined_on_precision: Mapped[str | None] = mapped_column(sa.String(5))
    decision_number: Mapped[str] = mapped_column(sa.Text)
    issued_on: Mapped[date] = mapped_column(sa.Date)


class ImportPlanned(Base):
    """One operation planned for a person on the registry; `version` is that of the record compared with."""

    __tablename__ = "import_planned"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012

    import_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    row: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer)
    action: Mapped[str] = mapped_column(sa.Text)
    official_id: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    fact_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_from_precision: Mapped[str] = mapped_column(sa.String(5))
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    valid_to_precision: Mapped[str] = mapped_column(sa.String(5))
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    said: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    decision_number: Mapped[str] = mapped_column(sa.Text)
    issued_on: Mapped[date] = mapped_column(sa.Date)


class ImportFinding(Base):
    """Something wrong or odd in one cell; its message is made from `code` and `detail`."""

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


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN (" + ",".join(f"'{one}'" for one in words) + ")"


class Run(Base):
    """Something to be answered as a file: an export or a report, `form` with `parameters`, as of both clocks.

    `known_at` is fixed when it is asked for, so that the same bytes can be made again. Its `uid` is that of its job as
    well. A report has the `version` of its form; `repeats` is the run that it makes again. Answered: rows, size, sha256
    of the file, and `reach`, the rights it was made with, as {ranges: [[low, high]], classes: [...]}: who holds less
    since may not fetch it. A repetition has a reach from the beginning, that of the first run, and does not pass it.
    `problem` is the code of a failure. The file lies by its content until `expires_at`.
    """

    __tablename__ = "report_run"
    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", RUN_KINDS), name="kind"),
        sa.CheckConstraint(_one_of("status", RUN_STATUSES), name="status"),
        sa.CheckConstraint(_one_of("format", RUN_FORMATS), name="format"),
        sa.CheckConstraint("(kind = 'report') = (version IS NOT NULL)", name="version"),
        sa.CheckConstraint(
            "status NOT IN ('done','expired') OR sha256 IS NOT NULL AND rows IS NOT NULL"
            " AND size IS NOT NULL AND reach IS NOT NULL AND expires_at IS NOT NULL",
            name="answered",
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.Index("ix_report_run_created_by", "created_by", "id"),
        sa.Index("ix_report_run_kept", "expires_at", postgresql_where=sa.text("status = 'done'")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    kind: Mapped[str] = mapped_column(sa.Text)
    form: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[str | None] = mapped_column(sa.Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))
    format: Mapped[str] = mapped_column(sa.Text)
    as_of: Mapped[date] = mapped_column(sa.Date)
    known_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    repeats: Mapped[int | None] = mapped_column(sa.ForeignKey("report_run.id"))
    status: Mapped[str] = mapped_column(sa.Text, server_default="queued")
    problem: Mapped[str | None] = mapped_column(sa.Text)
    reach: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    rows: Mapped[int | None] = mapped_column(sa.Integer)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Job(Base):
    """Work done after the reply: at least once, with effects once. A dead worker's lease ends."""

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
