"""A change: one decision, many operations, submitted by one person and approved by another."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.access import models as access  # noqa: F401  foreign keys point there
from registry.db import Base
from registry.documents import models as documents  # noqa: F401
from registry.organizations import models as organizations  # noqa: F401

STATUSES = ("draft", "submitted", "approved", "returned", "rejected", "withdrawn")


class Change(Base):
    """A request and its fate. Approver and maker differ by constraint; `digest` is what the approver saw, under a `salt` that
    nobody is shown: it goes over fields that are closed to them as well."""

    __tablename__ = "change"
    __table_args__ = (
        sa.CheckConstraint("checker_id <> maker_id", name="two_people"),
        sa.CheckConstraint("status IN (" + ",".join(f"'{one}'" for one in STATUSES) + ")", name="status"),
        sa.CheckConstraint("origin IN ('form','import','undo','self','seed')", name="origin"),
        sa.CheckConstraint(
            "(status IN ('approved','returned','rejected')) <= (checker_id IS NOT NULL AND decided_at IS NOT NULL)",
            name="decided",
        ),
        sa.Index("ix_change_org_status", "org_ord", "status"),
        sa.Index("ix_change_maker", "maker_id", "status"),
        sa.Index("ix_change_decided", "decided_at", "id", postgresql_where=sa.text("status = 'approved'")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    number: Mapped[str] = mapped_column(
        sa.Text,
        unique=True,
        server_default=sa.text(
            "'ĐN-' || to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh','YYYY') || '-'"
            " || lpad(nextval('change_number_seq')::text, 6, '0')"
        ),
    )
    status: Mapped[str] = mapped_column(sa.Text, server_default="draft")
    origin: Mapped[str] = mapped_column(sa.Text, server_default="form")
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    maker_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    checker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    submitted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    note: Mapped[str] = mapped_column(sa.Text, server_default="")
    reason: Mapped[str] = mapped_column(sa.Text, server_default="")
    digest: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    salt: Mapped[uuid.UUID | None] = mapped_column(sa.Uuid, server_default=sa.func.gen_random_uuid())


change_number_seq = sa.Sequence("change_number_seq", metadata=Base.metadata)


class ChangeOperation(Base):
    """One operation. `fields` holds column values by name; `fact_id` the target of correct, end and withdraw.

    `said` names the columns that whoever made it gave; the others were carried on from what is recorded. Null: none of them.

    `official_id` is assigned when the draft is made, for a person still to be registered as well. That change and paper
    exist is proved once a statement by a trigger (migration 0006), since an import brings a hundred thousand.
    """

    __tablename__ = "change_operation"
    __table_args__ = (
        sa.CheckConstraint(
            "action IN ('register','record','correct','end','amend','withdraw','restore')", name="action"
        ),
        sa.Index("ix_change_operation_official", "official_id"),
    )

    change_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    action: Mapped[str] = mapped_column(sa.Text)
    official_id: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    fact_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    decision_id: Mapped[int] = mapped_column(sa.BigInteger)
    valid_from: Mapped[date | None] = mapped_column(sa.Date)
    valid_from_precision: Mapped[str] = mapped_column(sa.String(5), server_default="day")
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    valid_to_precision: Mapped[str] = mapped_column(sa.String(5), server_default="day")
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))
    reason: Mapped[str] = mapped_column(sa.Text, server_default="")
    said: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))


class ChangeEvent(Base):
    """The steps of a change, for its page: who did what when, with the words given."""

    __tablename__ = "change_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.id"), index=True)
    at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")
    )
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    step: Mapped[str] = mapped_column(sa.Text)
    words: Mapped[str] = mapped_column(sa.Text, server_default="")


class ChangeApplied(Base):
    """Changes that brought or closed facts: put down by a trigger, approved when the transaction commits or all is refused."""

    __tablename__ = "change_applied"

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.id"), primary_key=True, autoincrement=False)
