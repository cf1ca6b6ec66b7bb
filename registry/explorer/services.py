"""Saving and deleting views of the explorer."""

from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import require
from registry.audit import log
from registry.errors import Flaw, Invalid
from registry.explorer import queries
from registry.explorer.models import LONGEST_NAME, LONGEST_QUESTION, StatisticsView
from registry.explorer.questions import Question
from registry.officials.facts.parsing import Wrong, clean_text
from registry.words import Words

MOST_VIEWS = 200


def save_view(session: Session, actor: Actor, name: str, question: Question) -> StatisticsView:
    """Keep a question under a name of its own.

    Raises Invalid with a flaw at `name` for none, one too long, one the owner has already, or for too many views.
    """
    require(actor, Permission.STATISTICS_TABLE_READ)
    try:
        plain = clean_text(" ".join(name.split()), max(len(name), 1)) if name.strip() else ""
    except Wrong as odd:
        raise Invalid(odd.words, "invalid_view", [Flaw("name", odd.code, odd.words)]) from None
    asked = urlencode(question.pairs())
    wrong = _wrong_name(session, actor, plain, asked)
    if wrong is not None:
        raise Invalid(wrong, "invalid_view", [Flaw("name", "invalid_view", wrong)])
    view = StatisticsView(owner_id=actor.user_id, name=plain, question=asked)
    session.add(view)
    session.flush()
    log.record(
        session, actor, log.Action.VIEW_SAVE, "view", str(view.uid), detail={"name": plain, "question": asked}
    )
    return view


def _wrong_name(session: Session, actor: Actor, name: str, asked: str) -> Words | None:
    if not name:
        return Words("Đặt tên cho bảng.", "Give the table a name.")
    if len(name) > LONGEST_NAME:
        return Words(
            f"Tên dài {len(name)} chữ; tối đa {LONGEST_NAME}.",
            f"The name has {len(name)} letters; at most {LONGEST_NAME}.",
        )
    if len(asked) > LONGEST_QUESTION:
        return Words(
            "Câu hỏi quá dài để lưu: bỏ bớt bộ lọc.", "The question is too long to keep: drop filters."
        )
    taken = sa.select(StatisticsView.id).where(
        StatisticsView.owner_id == actor.user_id, StatisticsView.name == name
    )
    if session.scalar(taken) is not None:
        return Words(
            f"Bạn đã có bảng tên “{name}”. Đặt tên khác, hoặc xóa bảng cũ.",
            "You have a table of this name already. Choose another or delete the old one.",
        )
    if queries.count_views(session, actor) >= MOST_VIEWS:
        return Words(
            f"Đã đủ {MOST_VIEWS} bảng. Xóa bớt bảng cũ.", f"You have {MOST_VIEWS} tables. Delete old ones."
        )
    return None


def delete_view(session: Session, actor: Actor, uid: str) -> None:
    """Forget a view of one's own. Raises NotFound for that of somebody else."""
    require(actor, Permission.STATISTICS_TABLE_READ)
    view = queries.get_view(session, uid)
    log.record(session, actor, log.Action.VIEW_DELETE, "view", str(view.uid), detail={"name": view.name})
    session.delete(view)
    session.flush()
