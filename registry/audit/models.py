"""The trail: one event per effect and per read of personal data. Rows enter; nothing of the service can change them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class AuditEvent(Base):
    """Who did what to which object, when, acting as what; `official_id` is set when a person's data were touched.

    The role is stored as it was at the moment, so later grants do not rewrite history. The table is parted by months of
    `at` (UTC); the worker makes them ahead of time. What stands behind `at` and `id` in an
    index is what a search by two things holds entries against, and what the policy reads: a search fetches the rows of its page only.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_at", "at"),
        sa.Index("ix_audit_event_actor", "actor_id", "at", "id", "action", "official_id"),
        sa.Index("ix_audit_event_nameless", "actor_name", "at", postgresql_where=sa.text("actor_id IS NULL")),
        sa.Index("ix_audit_event_action", "action", "at", "id", "actor_id", "official_id"),
        sa.Index("ix_audit_event_object", "object_id", "at", "id", "action", "actor_id", "official_id"),
        sa.Index(
            "ix_audit_event_official",
            "official_id",
            "at",
            "id",
            "action",
            "actor_id",
            postgresql_where=sa.text("official_id IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), primary_key=True
    )
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor_name: Mapped[str] = mapped_column(sa.Text)
    actor_role: Mapped[str] = mapped_column(sa.Text)
    action: Mapped[str] = mapped_column(sa.Text)
    object_type: Mapped[str] = mapped_column(sa.Text)
    object_id: Mapped[str] = mapped_column(sa.Text)
    official_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    request_id: Mapped[str | None] = mapped_column(sa.Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sa.text("'{}'"))


# The log over the events: docs/trail.md says how each of these is made


class AuditLeaf(Base):
    """The place of an event in the log, counted from 0, and its leaf hash."""

    __tablename__ = "audit_leaf"
    __table_args__ = (
        sa.CheckConstraint("place >= 0", name="place"),
        sa.CheckConstraint("octet_length(hash) = 32", name="hash"),
    )

    place: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    event_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)


class AuditNode(Base):
    """A complete subtree of 2^level leaves, the `place`-th of its level; kept at levels 8, 16, 24 …"""

    __tablename__ = "audit_node"
    __table_args__ = (sa.CheckConstraint("octet_length(hash) = 32", name="hash"),)

    level: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)


class AuditHead(Base):
    """A signed head of the tree over the first `size` leaves; `note` is the checkpoint with its signature."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("octet_length(root) = 32", name="root"),)

    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    note: Mapped[str] = mapped_column(sa.Text)


class AuditAnchor(Base):
    """A head that was left at a place outside, with the place's receipt (a time-stamp token) where it gives one."""

    __tablename__ = "audit_anchor"

    outside: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    size: Mapped[int] = mapped_column(sa.ForeignKey("audit_head.size"), primary_key=True)
    at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")
    )
    receipt: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class AuditAnchorState(Base):
    """How the last try to leave a head at a place went; `problem` is the kind of error, null when it worked."""

    __tablename__ = "audit_anchor_state"

    outside: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    tried_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    problem: Mapped[str | None] = mapped_column(sa.Text)


class AuditSeal(Base):
    """Which event of the trail tells of the content of an object (change, user) as it stood."""

    __tablename__ = "audit_seal"

    object_type: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    object_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)


class AuditProgress(Base):
    """The one row of the sequencer: every event up to `settled` has its place or was never committed; `baseline` is the
    event that sealed what was there before the log began; `problem` says why no head is signed, null when all is well.
    `form` is that of the seals that everything has got: 0 before the log began.
    """

    __tablename__ = "audit_progress"
    __table_args__ = (sa.CheckConstraint("one", name="one"),)

    one: Mapped[bool] = mapped_column(sa.Boolean, primary_key=True, server_default=sa.true())
    settled: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    baseline: Mapped[int | None] = mapped_column(sa.BigInteger)
    problem: Mapped[str | None] = mapped_column(sa.Text)
    form: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
