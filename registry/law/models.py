"""Law tables flattened for set-based statements; derived from the catalogues whenever these are loaded."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class LawStep(Base):
    """A salary step of a rank in its time; the first row of a step holds for all days before it as well.

    `months` is the regular time to the next one, null on the top step.
    """

    __tablename__ = "law_step"

    rank: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    step: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    valid_from: Mapped[date] = mapped_column(sa.Date, primary_key=True, server_default="0001-01-01")
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    coefficient: Mapped[Decimal] = mapped_column(sa.Numeric(4, 2))
    months: Mapped[int | None] = mapped_column(sa.Integer)
    overrun_months: Mapped[int | None] = mapped_column(sa.Integer)


class LawRetirement(Base):
    """The retirement day of everybody of a sex born in a month (Decree 135/2020/NĐ-CP arts 3, 4, 7)."""

    __tablename__ = "law_retirement"

    sex: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    birth_month: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    retire_on: Mapped[date] = mapped_column(sa.Date)


class LawWorkday(Base):
    """A day and how many working days there were until then, itself included: a term is a subtraction."""

    __tablename__ = "law_workday"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer)
