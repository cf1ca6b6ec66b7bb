"""Views that somebody saved: a name and the question, as it stands in an address. Row-level security shows each only its owner's."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.access import models as access  # noqa: F401  foreign keys point there
from registry.db import Base

LONGEST_NAME = 120
LONGEST_QUESTION = 4000


class StatisticsView(Base):
    """`question` is the query string of the explorer's address; it holds no figure, which is counted anew when opened."""

    __tablename__ = "statistics_view"
    __table_args__ = (
        sa.UniqueConstraint("owner_id", "name"),
        sa.CheckConstraint(
            f"name <> '' AND length(name) <= {LONGEST_NAME} AND name IS NFC NORMALIZED", name="name"
        ),
        sa.CheckConstraint(f"length(question) <= {LONGEST_QUESTION}", name="question"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True, server_default=sa.text("uuidv7()"))
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    name: Mapped[str] = mapped_column(sa.Text)
    question: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
