"""Accounts tied to what another authority calls somebody (issuer and subject). Only the owner ties one, and never by a name or address."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.models import IdentityTie, User
from registry.audit import log
from registry.errors import Conflict, not_found
from registry.words import Words

TAKEN = Words(
    "Tài khoản định danh này đã gắn với một tài khoản. Gỡ ở đó trước.",
    "That identity is tied to an account already. Untie it there first.",
)


def find(session: Session, issuer: str, subject: str) -> User | None:
    """The account that somebody known to the authority signs in to."""
    return session.scalar(
        sa.select(User)
        .join(IdentityTie, IdentityTie.user_id == User.id)
        .where(IdentityTie.issuer == issuer, IdentityTie.subject == subject)
    )


def since(session: Session, user_id: int, issuer: str) -> datetime | None:
    """Since when the account is tied to the authority; None when it is not."""
    return session.scalar(
        sa.select(IdentityTie.tied_at).where(IdentityTie.user_id == user_id, IdentityTie.issuer == issuer)
    )


def add(session: Session, actor: Actor, issuer: str, subject: str) -> None:
    """Tie the own account. Raises Conflict when either side is tied already."""
    taken = (IdentityTie.issuer == issuer) & (
        (IdentityTie.subject == subject) | (IdentityTie.user_id == actor.user_id)
    )
    if session.scalar(sa.select(sa.exists().where(taken))):
        raise Conflict(TAKEN, "tied_already")
    session.add(IdentityTie(user_id=actor.user_id, issuer=issuer, subject=subject))
    session.flush()
    log.record(session, actor, log.Action.TIE_ADD, "user", actor.username, detail={"issuer": issuer})


def drop(session: Session, actor: Actor, issuer: str) -> None:
    """Untie the own account. Raises NotFound when it is not tied."""
    dropped = session.scalar(
        sa.delete(IdentityTie)
        .where(IdentityTie.user_id == actor.user_id, IdentityTie.issuer == issuer)
        .returning(IdentityTie.user_id)
    )
    if dropped is None:
        raise not_found()
    log.record(session, actor, log.Action.TIE_DROP, "user", actor.username, detail={"issuer": issuer})


def drop_all(session: Session, user_id: int) -> None:
    """Untie an account from every authority."""
    session.execute(sa.delete(IdentityTie).where(IdentityTie.user_id == user_id))
