"""The kinds of sheets that can be imported: people, and every kind of fact that decisions or papers bring."""

from registry.bulk.fact_sheet import FACT_SHEETS, UNREAD, others_of
from registry.bulk.sheet import OFFICIALS, Column, folded
from registry.officials.facts import FACTS
from registry.words import Words

PEOPLE = "officials"
KINDS: dict[str, tuple[Column, ...]] = {PEOPLE: OFFICIALS} | FACT_SHEETS


def _titles(kind: str) -> dict[str, Column]:
    found = {folded(one.title): one for one in KINDS[kind]}
    if kind in FACT_SHEETS:
        unread = (Column(title, f"unread_{place}", "text") for place, title in enumerate(UNREAD))
        found = {folded(one.title): one for one in (*unread, *others_of(FACTS[kind]))} | found
    return found


_TITLES = {kind: _titles(kind) for kind in KINDS}


def by_title(title: str, kind: str = PEOPLE) -> Column | None:
    """The column under a header; a closing asterisk, as some forms mark mandatory columns, does not count."""
    return _TITLES[kind].get(folded(title).rstrip(" *"))


def said(kind: str) -> Words:
    """What a kind of sheet is called."""
    return (
        Words("Hồ sơ (mỗi người một dòng)", "People (one row each)") if kind == PEOPLE else FACTS[kind].label
    )
