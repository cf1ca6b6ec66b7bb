"""Decisions, the papers every fact rests on, and their files by content."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.access import models as access  # noqa: F401  foreign keys point there
from registry.db import Base
from registry.organizations import models as organizations  # noqa: F401


class File(Base):
    """A file by its SHA-256; bytes lie in storage, never in the database."""

    __tablename__ = "file"
    __table_args__ = (
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.CheckConstraint("purpose IN ('paper', 'portrait')", name="purpose"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    sha256: Mapped[str] = mapped_column(sa.Text, index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.Text)
    media_type: Mapped[str] = mapped_column(sa.Text)
    purpose: Mapped[str] = mapped_column(sa.Text, server_default="paper")
    uploaded_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    uploaded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class Decision(Base):
    """A paper: number, dates, who issued and signed it.

    `basis` says why a fact may stand: `decision`, or the two declared exceptions `self_declared` and `take_over`
    (data taken over from an earlier system). A draft made before its decision was signed has one without a number,
    and cannot be submitted.
    """

    __tablename__ = "decision"
    __table_args__ = (
        sa.CheckConstraint("basis IN ('decision','self_declared','take_over')", name="basis"),
        sa.CheckConstraint("number IS NFC NORMALIZED", name="number_text"),
        sa.Index("ix_decision_number", "number"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    number: Mapped[str] = mapped_column(sa.Text)
    issued_on: Mapped[date] = mapped_column(sa.Date)
    effective_on: Mapped[date | None] = mapped_column(sa.Date)
    issuer: Mapped[str] = mapped_column(sa.Text, server_default="")
    signer: Mapped[str] = mapped_column(sa.Text, server_default="")
    title: Mapped[str] = mapped_column(sa.Text, server_default="")
    basis: Mapped[str] = mapped_column(sa.Text, server_default="decision")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("file.id"))
