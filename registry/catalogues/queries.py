"""Reading the code lists: which there are, and one with its rows."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.models import Catalogue
from registry.errors import not_found
from registry.words import Words


@dataclass(frozen=True)
class Listed:
    """A code list as the list of lists shows it; `rows` counts dated rows, `keys` the things they are
    about."""

    name: str
    title: Words
    source: str
    note: str
    rows: int
    keys: int


def find_catalogues(session: Session) -> list[Listed]:
    """All lists by name, with their size."""
    rows = session.execute(
        text("""
        SELECT c.name, c.title_vi, c.title_en, c.source, c.note, count(i.id) AS rows,
            count(DISTINCT i.key) AS keys
        FROM catalogue c LEFT JOIN catalogue_item i ON i.catalogue = c.name GROUP BY c.name ORDER BY c.name
    """)
    )
    return [Listed(r.name, Words(r.title_vi, r.title_en), r.source, r.note, r.rows, r.keys) for r in rows]


def get_catalogue(session: Session, name: str) -> Catalogue:
    """One list by name; NotFound when there is none. Its rows are `lists.items`."""
    found = session.get(Catalogue, name)
    if found is None:
        raise not_found()
    return found
