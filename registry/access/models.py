"""Users, their grants over subtrees, web sessions and program tokens."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

ROLES = ("hr_officer", "hr_approver", "statistician", "auditor", "administrator", "official", "client")


class User(Base):
    """Somebody who signs in. `official_id` ties the account to the own record; failures lock it for a while."""

    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.Text, unique=True)
    password_hash: Mapped[str] = mapped_column(sa.Text)
    display_name: Mapped[str] = mapped_column(sa.Text)
    official_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    is_active: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.true())
    is_demo: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    failed_logins: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class Grant(Base):
    """A role over a unit and everything under it, from a day to a day (half open); an empty range was taken back at once."""

    __tablename__ = "access_grant"
    __table_args__ = (
        sa.CheckConstraint("role IN (" + ",".join(f"'{role}'" for role in ROLES) + ")", name="role"),
        sa.CheckConstraint("valid_to >= valid_from", name="valid"),
        sa.Index("ix_access_grant_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    role: Mapped[str] = mapped_column(sa.Text)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    granted_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    granted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class WebSession(Base):
    """A signed-in browser. The cookie holds a random key; only its SHA-256 is stored, so a dump opens no door."""

    __tablename__ = "web_session"

    key_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    csrf: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    seen_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Token(Base):
    """A bearer token of a person or a program; stored as SHA-256. `scopes` empty: all the user's permissions."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    name: Mapped[str] = mapped_column(sa.Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=sa.text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class IdempotentReply(Base):
    """The first reply to a POST with an Idempotency-Key, given again to its repetitions for a day."""

    __tablename__ = "idempotent_reply"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    status: Mapped[int] = mapped_column(sa.Integer)
    body: Mapped[str] = mapped_column(sa.Text)
    headers: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
