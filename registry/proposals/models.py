"""A proposal: what an official says is wrong in the own record, with evidence, and what became of it."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.changes import models as changes  # noqa: F401  foreign keys point there
from registry.db import Base

STATUSES = ("received", "drafted", "declined", "withdrawn")


class Proposal(Base):
    """One operation an official asks for. `operation` is as for a change; `change_id` is what HR made of it."""

    __tablename__ = "proposal"
    __table_args__ = (
        sa.CheckConstraint("status IN (" + ",".join(f"'{one}'" for one in STATUSES) + ")", name="status"),
        sa.CheckConstraint("answered_by <> made_by", name="two_people"),
        sa.CheckConstraint(
            "(status IN ('drafted','declined')) <= (answered_by IS NOT NULL AND answered_at IS NOT NULL)",
            name="answered",
        ),
        sa.CheckConstraint("(status = 'drafted') <= (change_id IS NOT NULL)", name="drafted"),
        sa.Index("ix_proposal_org_status", "org_ord", "status"),
        sa.Index("ix_proposal_official", "official_id"),
        sa.Index("ix_proposal_change_id", "change_id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    status: Mapped[str] = mapped_column(sa.Text, server_default="received")
    official_id: Mapped[int] = mapped_column(sa.ForeignKey("official.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    kind: Mapped[str] = mapped_column(sa.Text)
    operation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(sa.Text)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("file.id"))
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"))
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    answer: Mapped[str] = mapped_column(sa.Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")
    )
    answered_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
