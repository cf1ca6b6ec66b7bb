"""Units of the state: identity, dated versions on two clocks, successors, and positions with quotas."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Organization(Base):
    """A unit's identity. `ord` and `last` are today's nested-set interval [ord, last]: a subtree is an int range.

    Numbers leave gaps; moving a unit renumbers in one transaction.
    """

    __tablename__ = "organization"
    __table_args__ = (
        sa.CheckConstraint("last >= ord", name="interval"),
        sa.Index("ix_organization_ord", "ord"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(sa.Text, unique=True)
    ord: Mapped[int] = mapped_column(sa.Integer)
    last: Mapped[int] = mapped_column(sa.Integer)


class OrganizationVersion(Base):
    """What a unit was called, where it stood and what it was, from–to, as recorded from–to."""

    __tablename__ = "organization_version"
    __table_args__ = (
        sa.CheckConstraint("valid_to > valid_from", name="valid"),
        sa.CheckConstraint("recorded_to > recorded_from", name="recorded"),
        sa.CheckConstraint("name IS NFC NORMALIZED AND name = btrim(name) AND name <> ''", name="name_text"),
        ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_organization_version_one_at_a_time",
            using="gist",
            where=text("recorded_to IS NULL"),
        ),
        sa.Index("ix_organization_version_organization", "organization_id", "valid_from"),
        sa.Index("ix_organization_version_parent", "parent_id", postgresql_where=text("recorded_to IS NULL")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(sa.Text)
    name_en: Mapped[str] = mapped_column(sa.Text, server_default="")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(sa.Text)
    electronic_id: Mapped[str | None] = mapped_column(sa.Text)
    province: Mapped[str | None] = mapped_column(sa.Text)
    fold: Mapped[str] = mapped_column(sa.Text, sa.Computed("registry_fold(name)", persisted=True))
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    recorded_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    recorded_to: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    legal_basis: Mapped[str] = mapped_column(sa.Text, server_default="")


class OrganizationSuccessor(Base):
    """A unit's tasks went over to another: written by merges, splits and dissolutions; never rewrites the past."""

    __tablename__ = "organization_successor"

    predecessor_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    on: Mapped[date] = mapped_column(sa.Date)
    legal_basis: Mapped[str] = mapped_column(sa.Text, server_default="")


class Position(Base):
    """A post of a unit: title or job position, category and quota (biên chế), from–to."""

    __tablename__ = "position"
    __table_args__ = (
        sa.CheckConstraint("quota >= 0", name="quota"),
        sa.CheckConstraint("valid_to > valid_from", name="valid"),
        sa.Index("ix_position_organization", "organization_id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    title: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[str | None] = mapped_column(sa.Text)
    category: Mapped[str] = mapped_column(sa.Text)
    quota: Mapped[int] = mapped_column(sa.Integer)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
