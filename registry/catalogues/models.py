"""Code lists and law tables: dated rows with their legal source. Rows are loaded from seed/catalogues."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Catalogue(Base):
    """A code list by name."""

    __tablename__ = "catalogue"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    title_vi: Mapped[str] = mapped_column(sa.Text)
    title_en: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text, server_default="")
    note: Mapped[str] = mapped_column(sa.Text, server_default="")


class CatalogueItem(Base):
    """One dated row of a list. `key` is the product's stable name, `code` the official code (null: none published).

    `certainty`: verified | recalled | product | computed. `extra` holds the list's own columns as text.
    """

    __tablename__ = "catalogue_item"
    __table_args__ = (
        sa.UniqueConstraint(
            "catalogue", "key", "applies_to", "valid_from", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("valid_to > valid_from", name="valid"),
        sa.CheckConstraint("certainty IN ('verified','recalled','product','computed')", name="certainty"),
        sa.CheckConstraint("name_vi IS NFC NORMALIZED", name="name_nfc"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    catalogue: Mapped[str] = mapped_column(sa.ForeignKey("catalogue.name"))
    key: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[str | None] = mapped_column(sa.Text)
    name_vi: Mapped[str] = mapped_column(sa.Text)
    name_en: Mapped[str] = mapped_column(sa.Text, server_default="")
    valid_from: Mapped[date | None] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    sort: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    applies_to: Mapped[str] = mapped_column(sa.Text, server_default="")
    certainty: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text, server_default="")
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))
