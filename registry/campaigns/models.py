"""A review campaign, and one task for each official of its units."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base
from registry.proposals import models as proposals  # noqa: F401  foreign keys point there

STATES = ("open", "confirmed", "corrected")


class Campaign(Base):
    """The files of a unit and all below it, to be checked by a day. `kinds` empty: the whole file."""

    __tablename__ = "campaign"
    __table_args__ = (
        sa.CheckConstraint("name IS NFC NORMALIZED AND name = btrim(name) AND name <> ''", name="name_text"),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        sa.Index("ix_campaign_org", "org_ord"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    name: Mapped[str] = mapped_column(sa.Text)
    message: Mapped[str] = mapped_column(sa.Text, server_default="")
    kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=sa.text("'{}'"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    due_on: Mapped[date] = mapped_column(sa.Date)
    started_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    started_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")
    )
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class CampaignTask(Base):
    """The file of one official in a campaign: who answered for it, how, with which change or proposal."""

    __tablename__ = "campaign_task"
    __table_args__ = (
        sa.CheckConstraint("state IN (" + ",".join(f"'{one}'" for one in STATES) + ")", name="state"),
        sa.CheckConstraint(
            "(state = 'open') = (done_by IS NULL) AND (state = 'open') = (done_at IS NULL)", name="done"
        ),
        sa.CheckConstraint("NOT on_behalf OR words <> ''", name="on_behalf_says_why"),
        sa.Index("ix_campaign_task_org", "campaign_id", "org_ord"),
        sa.Index("ix_campaign_task_official", "official_id"),
    )

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    official_id: Mapped[int] = mapped_column(sa.ForeignKey("official.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    org_ord: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.Text, server_default="open")
    on_behalf: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    words: Mapped[str] = mapped_column(sa.Text, server_default="")
    done_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    done_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("change.id"))
    proposal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("proposal.id"))
