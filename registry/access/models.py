"""Users, their grants over subtrees, how they sign in, browser sessions and tokens."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

ROLES = ("hr_officer", "hr_approver", "statistician", "auditor", "administrator", "official", "client")


class User(Base):
    """Somebody who signs in. `official_id` ties the account to the own record.

    `locked_until` tells administrators of the last time that too many tries from one place were stopped there; `used_at` is when
    it was last signed in to, made or opened again.
    """

    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.Text, unique=True)
    password_hash: Mapped[str] = mapped_column(sa.Text)
    display_name: Mapped[str] = mapped_column(sa.Text)
    official_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    is_active: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.true())
    is_demo: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    used_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    locked_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class AccountTie(Base):
    """Whose an account ever was, kept by a trigger and never forgotten: for nobody is two of two people by another account."""

    __tablename__ = "account_tie"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, index=True)


class Grant(Base):
    """A role over a unit and everything under it, from a day to a day (half open); an empty range was taken back at once.

    What one administrator gives waits until another confirms it; without `granted_by` it was entered by the operator of the
    machine and holds at once. Administrators and programs hold no other role in the same days.
    """

    __tablename__ = "access_grant"
    __table_args__ = (
        sa.CheckConstraint("role IN (" + ",".join(f"'{role}'" for role in ROLES) + ")", name="role"),
        sa.CheckConstraint("valid_to >= valid_from", name="valid"),
        sa.CheckConstraint("granted_by <> user_id", name="for_another"),
        sa.CheckConstraint("confirmed_by <> granted_by AND confirmed_by <> user_id", name="two_officers"),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_at IS NOT NULL AND granted_by IS NOT NULL", name="confirmed"
        ),
        ExcludeConstraint(
            (sa.column("user_id"), "="),
            (sa.text("(CASE role WHEN 'administrator' THEN 1 WHEN 'client' THEN 2 ELSE 0 END)"), "<>"),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_access_grant_apart",
            using="gist",
        ),
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
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class WebSession(Base):
    """A signed-in browser. The cookie holds a random key; only its SHA-256 is stored, so a dump opens no door.

    `uid` names it to its owner; `agent` is a coarse name of the browser, such as 'Firefox, Windows'; `new_place`: the
    account had not been signed in from there lately; `proved_at`: when the second factor was last given in it.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        sa.Index("ix_web_session_user_id", "user_id", postgresql_where=sa.text("ended_at IS NULL")),
        sa.Index("ix_web_session_latest", "user_id", "created_at"),
    )

    key_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    uid: Mapped[str] = mapped_column(UUID(as_uuid=False), unique=True, server_default=sa.text("uuidv7()"))
    agent: Mapped[str] = mapped_column(sa.Text, server_default="")
    csrf: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    seen_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    new_place: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    proved_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Token(Base):
    """A bearer token of a person or a program; stored as SHA-256. `scopes` empty: all the user's permissions.

    One that an administrator asked for (`asked_by`) opens nothing until another has confirmed it.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        sa.CheckConstraint("confirmed_by <> asked_by", name="two_officers"),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL OR asked_by IS NOT NULL)",
            name="confirmed",
        ),
        sa.Index("ix_api_token_user_id", "user_id", postgresql_where=sa.text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    name: Mapped[str] = mapped_column(sa.Text)
    uid: Mapped[str] = mapped_column(UUID(as_uuid=False), unique=True, server_default=sa.text("uuidv7()"))
    agent: Mapped[str] = mapped_column(sa.Text, server_default="")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=sa.text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    proved_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class SecondFactor(Base):
    """The authenticator app of an account. `secret` is sealed with a key of the service's own; until `confirmed_at` it counts for nothing.

    `last_step` is the time step (of 30 seconds since 1970) of the last code taken: no code up to it is taken again.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    last_step: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class RecoveryCode(Base):
    """A code that stands in for the app once; stored as a keyed digest."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class SecurityKey(Base):
    """A security key (WebAuthn) of an account, under a name its owner chose.

    `credential` is what its signatures are checked with: AAGUID, credential id and public key as the key gave them.
    `sign_count` is its counter at the last use; it never goes back.
    """

    __tablename__ = "security_key"
    __table_args__ = (sa.Index("ix_security_key_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    uid: Mapped[str] = mapped_column(UUID(as_uuid=False), unique=True, server_default=sa.text("uuidv7()"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    name: Mapped[str] = mapped_column(sa.Text)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    credential: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    added_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class IdentityTie(Base):
    """The account that somebody known to another authority (issuer, subject) signs in to; tied by its owner alone."""

    __tablename__ = "identity_tie"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject", name="uq_identity_tie_subject"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    subject: Mapped[str] = mapped_column(sa.Text)
    tied_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class SpentOnce(Base):
    """The digest of a challenge or state that was used and is not taken again."""

    __tablename__ = "spent_once"
    __table_args__ = (sa.Index("ix_spent_once_expires_at", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class PendingSignIn(Base):
    """A browser whose password was right and whose second factor is still to come; its cookie's key is stored as SHA-256."""

    __tablename__ = "sign_in_pending"
    __table_args__ = (sa.Index("ix_sign_in_pending_user_id", "user_id"),)

    key_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    began_by: Mapped[str] = mapped_column(sa.Text, server_default="password")
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Tries(Base):
    """When something was tried lately, by the digest of what is limited: registry.access.limits."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (sa.Index("ix_sign_in_tries_last_at", "last_at"),)

    bucket: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    at: Mapped[list[datetime]] = mapped_column(ARRAY(sa.DateTime(timezone=True)))
    last_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class KnownSource(Base):
    """A place (digest of its address) an account has signed in from lately: what strangers try elsewhere does not stop it there."""

    __tablename__ = "sign_in_source"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    source: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    last_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class AccountRecovery(Base):
    """Opening an account anew by two officers: one asks, another confirms, each holds half of the code (keyed digests)."""

    __tablename__ = "account_recovery"
    __table_args__ = (
        sa.CheckConstraint("asked_by <> user_id", name="for_another"),
        sa.CheckConstraint("confirmed_by <> asked_by AND confirmed_by <> user_id", name="two_officers"),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL) = (confirmed_hash IS NULL)",
            name="confirmed",
        ),
        sa.CheckConstraint("used_at IS NULL OR confirmed_at IS NOT NULL", name="used"),
        sa.Index(
            "uq_account_recovery_open",
            "user_id",
            unique=True,
            postgresql_where=sa.text("used_at IS NULL AND ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"))
    asked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    asked_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("app_user.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    confirmed_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class IdempotentReply(Base):
    """The first reply to a POST with an Idempotency-Key, given again for a day to repetitions that still have its `rights`."""

    __tablename__ = "idempotent_reply"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    status: Mapped[int] = mapped_column(sa.Integer)
    body: Mapped[str] = mapped_column(sa.Text)
    headers: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    rights: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, server_default=sa.text("'null'"), nullable=False
    )
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
