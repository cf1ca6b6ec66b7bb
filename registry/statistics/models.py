"""What keeps the columnar snapshot true: the database it was read from, and whom which transaction changed since."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Epoch(Base):
    """One row: a new `epoch` makes every snapshot worthless, as does one older than `forgotten_to`."""

    __tablename__ = "statistics_epoch"
    __table_args__ = (sa.CheckConstraint("one", name="one"),)

    one: Mapped[bool] = mapped_column(sa.Boolean, primary_key=True, server_default=sa.true())
    epoch: Mapped[uuid.UUID] = mapped_column(sa.Uuid, server_default=sa.text("gen_random_uuid()"))
    forgotten_to: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class Touched(Base):
    """An official changed by a transaction; 0: the organizations. Put down by trigger, kept for a day."""

    __tablename__ = "statistics_touched"
    __table_args__ = (
        sa.Index("ix_statistics_touched_by", "by"),
        sa.Index("ix_statistics_touched_at", "at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    official_id: Mapped[int] = mapped_column(sa.BigInteger)
    by: Mapped[int] = mapped_column(
        sa.BigInteger, server_default=sa.text("((pg_current_xact_id())::text)::bigint")
    )
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
