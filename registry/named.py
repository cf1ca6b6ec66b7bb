"""A row by the uuid that an address names."""

from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import not_found

Row = TypeVar("Row", bound=Any)


def get_by_uid(session: Session, model: type[Row], named: str, *, lock: bool = False) -> Row:
    """The row of a table with this uuid, read anew and held with `lock`; NotFound when absent or out of scope."""
    try:
        statement = sa.select(model).where(model.uid == UUID(named))
    except ValueError:
        raise not_found() from None
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: Row | None = session.scalar(statement)
    if found is None:
        raise not_found()
    return found
