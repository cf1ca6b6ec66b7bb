"""Officials, and the row of their present state that lists, search and today's statistics read."""

import uuid
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base
from registry.officials.facts import FACTS  # noqa: F401  the fact tables belong to the metadata


class Official(Base):
    """A person on the registry: only what never changes. Everything else is a fact."""

    __tablename__ = "official"
    __table_args__ = (sa.CheckConstraint("personal_id ~ '^[0-9]{12}$'", name="personal_id_digits"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    personal_id: Mapped[str] = mapped_column(sa.String(12), unique=True)
    staff_code: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.id"))
    recorded_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


def _at_the_end(column: str) -> sa.ForeignKey:
    """A reference that is looked at when the transaction ends, out of the way of whoever makes many present rows."""
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")


class OfficialCurrent(Base):
    """The present state of an official, kept in the same transaction as each apply.

    `org_ord` is the ordinal of the main post's unit; `turns_on` is the next day on which a future-dated fact
    begins or a present one ends, so that a decision takes effect by itself.
    """

    __tablename__ = "official_current"
    __table_args__ = (
        sa.Index("ix_official_current_org_sort", "org_ord", "sort_key"),
        sa.Index("ix_official_current_sort", "sort_key", "official_id"),
        sa.Index("ix_official_current_fold", "fold", postgresql_ops={"fold": "text_pattern_ops"}),
        sa.Index(
            "ix_official_current_fold_trgm",
            "fold",
            postgresql_using="gin",
            postgresql_ops={"fold": "gin_trgm_ops"},
        ),
        sa.Index("ix_official_current_turns", "turns_on", postgresql_where=sa.text("turns_on IS NOT NULL")),
        sa.Index("ix_official_current_next_step", "next_step_on"),
        sa.Index("ix_official_current_retirement", "retirement_on"),
    )

    official_id: Mapped[int] = mapped_column(_at_the_end("official.id"), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True)
    personal_id: Mapped[str] = mapped_column(sa.String(12), unique=True)
    staff_code: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    full_name: Mapped[str] = mapped_column(sa.Text)
    fold: Mapped[str] = mapped_column(
        sa.Text(collation="C"), sa.Computed("registry_fold(full_name)", persisted=True)
    )
    sort_key: Mapped[str] = mapped_column(
        sa.Text(collation="C"), sa.Computed("registry_sort_key(full_name)", persisted=True)
    )
    birth_date: Mapped[date] = mapped_column(sa.Date)
    birth_date_precision: Mapped[str] = mapped_column(sa.String(5))
    sex: Mapped[str] = mapped_column(sa.Text)
    ethnic_group: Mapped[str | None] = mapped_column(sa.Text)
    religion: Mapped[str | None] = mapped_column(sa.Text)
    organization_id: Mapped[int | None] = mapped_column(_at_the_end("organization.id"), index=True)
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    position: Mapped[str | None] = mapped_column(sa.Text)
    job_position: Mapped[str | None] = mapped_column(sa.Text)
    term_ends_on: Mapped[date | None] = mapped_column(sa.Date)
    category: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[str | None] = mapped_column(sa.Text)
    in_headcount: Mapped[bool] = mapped_column(sa.Boolean)
    recruited_on: Mapped[date | None] = mapped_column(sa.Date)
    rank: Mapped[str | None] = mapped_column(sa.Text)
    step: Mapped[int | None] = mapped_column(sa.Integer)
    coefficient: Mapped[Decimal | None] = mapped_column(sa.Numeric(4, 2))
    step_from: Mapped[date | None] = mapped_column(sa.Date)
    next_step_on: Mapped[date | None] = mapped_column(sa.Date)
    retirement_on: Mapped[date | None] = mapped_column(sa.Date)
    education: Mapped[str | None] = mapped_column(sa.Text)
    political_theory: Mapped[str | None] = mapped_column(sa.Text)
    party: Mapped[bool] = mapped_column(sa.Boolean)
    last_evaluation_year: Mapped[int | None] = mapped_column(sa.Integer)
    turns_on: Mapped[date | None] = mapped_column(sa.Date)
