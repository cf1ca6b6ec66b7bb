"""How many officials have a field: counts for the whole nation, derived from the facts and made anew each day."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class FieldShare(Base):
    """Of `people` in the headcount on `counted_on`, `officials` have the field; `field` '' is the kind itself."""

    __tablename__ = "field_share"

    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    field: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    officials: Mapped[int] = mapped_column(sa.Integer)
    people: Mapped[int] = mapped_column(sa.Integer)
    counted_on: Mapped[date] = mapped_column(sa.Date)
