"""Rights at the end of a transaction that writes: what was allowed when it began must still be allowed when it commits.

A request may wait long for somebody else's lock. A right that was withdrawn meanwhile, an account that was closed, a unit that
was moved: none of them may be written past. Asked last, and held until the commit, so that who withdraws a right comes
either before the whole of it or after it, and never waits longer than a commit takes.
"""

from datetime import date

from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.db import ask
from registry.errors import Conflict, Forbidden
from registry.words import Words

GIVEN_UP = "own rights given up"
"""In `session.info`: the transaction itself ends a right of its actor."""
WITHDRAWN = Words(
    "Quyền của bạn vừa được thu hồi trong lúc ghi. Chưa ghi gì cả.",
    "Your right was withdrawn while this was being written. Nothing was written.",
)
MOVED = Words(
    "Cây đơn vị vừa thay đổi trong lúc ghi. Chưa ghi gì cả; tải lại rồi làm lại.",
    "The tree of units changed while this was being written. Nothing was written; reload and do it again.",
)


def still(session: Session, actor: Actor, today: date) -> None:
    """Let the transaction commit only if every grant it acted on is in force and covers the same units.

    Raises Forbidden when a right or the account is gone, Conflict when the units of a right were renumbered.
    """
    if not actor.user_id or session.info.pop(GIVEN_UP, False):
        return
    row = ask(session, "SELECT registry_rights_held($1, $2)", [actor.user_id, today]).first()
    held = {(role, unit, first, last) for role, unit, first, last in row[0] or ()} if row else set()
    began = {(one.role, one.organization_id, one.ord, one.last) for one in actor.grants}
    if row is None or row[0] is None or {one[:2] for one in began} - {one[:2] for one in held}:
        raise Forbidden(WITHDRAWN, "right_withdrawn")
    if began - held:
        raise Conflict(MOVED, "units_moved")
