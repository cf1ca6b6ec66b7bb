"""What the rules found, the score that follows, when each paper came on the registry, and which records wait.

All of it is derived from facts and can be made anew at any time; nothing here is business content. There are no foreign
keys to `official`: checking one locks the person's row, on which an approval would wait.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.changes import models as changes  # noqa: F401  foreign keys point there
from registry.db import Base


class Due(Base):
    """A record that a change altered and whose findings are to be counted anew. Put down by trigger, only added."""

    __tablename__ = "quality_due"
    __table_args__ = (sa.Index("ix_quality_due_official", "official_id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    official_id: Mapped[int] = mapped_column(sa.BigInteger)


class Finding(Base):
    """A rule that a record breaks. `fact_id` 0: the record as a whole; `detail` fills the rule's sentence.

    `found_on` is the day on which it was first found, kept while it lasts.
    """

    __tablename__ = "quality_finding"
    __table_args__ = (sa.Index("ix_quality_finding_rule", "rule", "official_id"),)

    official_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    fact_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))
    found_on: Mapped[date] = mapped_column(sa.Date)


class Score(Base):
    """The six points of a record, 0 to 100, their mean, and the day with which the rules were counted."""

    __tablename__ = "quality_score"
    __table_args__ = (sa.Index("ix_quality_score_checked", "checked_on"),)

    official_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    correct: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    complete: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    clean: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    alive: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    consistent: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    shared: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    total: Mapped[Decimal] = mapped_column(sa.Numeric(4, 1))
    checked_on: Mapped[date] = mapped_column(sa.Date)


class Entry(Base):
    """A decision as it came on a record: the day it was signed and the day of its approval in the registry.

    Decisions that came with the take-over of older files are not entries: they were never to be recorded in time.
    """

    __tablename__ = "quality_entry"
    __table_args__ = (sa.Index("ix_quality_entry_decided", "decided_on"),)

    official_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.id"), primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"), primary_key=True)
    issued_on: Mapped[date] = mapped_column(sa.Date)
    decided_on: Mapped[date] = mapped_column(sa.Date)
