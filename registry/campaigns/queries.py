"""Reading campaigns: which there are, how far each unit is, whose files are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry import cells
from registry.campaigns.models import Campaign
from registry.cursors import read_cursor, write_cursor
from registry.named import get_by_uid
from registry.words import Words


def get_campaign(session: Session, named: str, *, lock: bool = False) -> Campaign:
    """A campaign by its uuid; NotFound when absent or out of scope."""
    return get_by_uid(session, Campaign, named, lock=lock)


def uids(named: Any) -> list[str]:
    """The distinct registry ids in a list; anything else in it is left out, an empty list says so."""
    if isinstance(named, str) or not isinstance(named, Sequence):
        return []
    found = []
    for one in named:
        try:
            found.append(str(UUID(str(one))))
        except ValueError:
            return []
    return list(dict.fromkeys(found))


_COUNTS = """count(t.*)::int AS total, (count(*) FILTER (WHERE t.state = 'confirmed'))::int AS confirmed,
    (count(*) FILTER (WHERE t.state = 'corrected'))::int AS corrected,
    (count(*) FILTER (WHERE t.state = 'open'))::int AS open,
    (count(*) FILTER (WHERE t.state = 'open' AND k.due_on < :today))::int AS overdue"""


@dataclass(frozen=True)
class Progress:
    """How far a unit is: officials whose file was confirmed, corrected, is open; of the open ones how many too late."""

    total: int
    confirmed: int
    corrected: int
    open: int
    overdue: int
    code: str = ""
    name: str = ""
    has_more: bool = False

    @property
    def done(self) -> int:
        """Answered, one way or the other."""
        return self.confirmed + self.corrected

    @property
    def percent(self) -> int:
        """Whole percent done, rounded down, so that 100 means all."""
        return 100 * self.done // self.total if self.total else 0

    def counts(self) -> dict[str, int]:
        """The figures by name."""
        return {
            "total": self.total,
            "confirmed": self.confirmed,
            "corrected": self.corrected,
            "done": self.done,
            "open": self.open,
            "overdue": self.overdue,
            "percent": self.percent,
        }


def _progress(row: Any, **unit: Any) -> Progress:
    return Progress(row.total, row.confirmed, row.corrected, row.open, row.overdue, **unit)


def progress(session: Session, campaign: Campaign, today: date, unit: str | None = None) -> Progress:
    """The figures of a campaign within the reader's scope, or of one unit with all below it."""
    row = session.execute(
        text(f"""SELECT {_COUNTS} FROM campaign k LEFT JOIN campaign_task t ON t.campaign_id = k.id
                AND (CAST(:unit AS text) IS NULL OR EXISTS (SELECT 1 FROM organization u WHERE u.code = :unit
                    AND t.org_ord BETWEEN u.ord AND u.last))
            WHERE k.id = :campaign GROUP BY k.id"""),
        {"campaign": campaign.id, "today": today, "unit": unit},
    ).one()
    return _progress(row)


def progress_by_unit(
    session: Session, campaign: Campaign, today: date, unit: str | None = None
) -> list[Progress]:
    """The figures of each unit directly under one (default: the campaign's), each with all below it.

    The unit itself comes first with the people who stand directly in it; units without a task are left out.
    """
    rows = session.execute(
        text(f"""
        WITH top AS (SELECT id, ord FROM organization WHERE code = :unit OR (CAST(:unit AS text) IS NULL AND id = :root)),
        part AS (
            SELECT u.id, u.code, u.ord, u.last, false AS itself FROM top
                JOIN organization_version v ON v.parent_id = top.id AND v.recorded_to IS NULL
                    AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
                JOIN organization u ON u.id = v.organization_id
            UNION ALL SELECT u.id, u.code, u.ord, u.ord, true FROM top JOIN organization u ON u.id = top.id)
        SELECT p.code, p.itself, p.last > p.ord AS has_more, n.name, {_COUNTS}
        FROM part p JOIN campaign k ON k.id = :campaign
        JOIN campaign_task t ON t.campaign_id = k.id AND t.org_ord BETWEEN p.ord AND p.last
        LEFT JOIN LATERAL (SELECT name FROM organization_version WHERE organization_id = p.id AND recorded_to IS NULL
            ORDER BY valid_from DESC LIMIT 1) n ON true
        GROUP BY p.id, p.code, p.ord, p.last, p.itself, n.name ORDER BY p.itself DESC, p.ord"""),
        {"campaign": campaign.id, "root": campaign.organization_id, "unit": unit, "today": today},
    )
    return [_progress(row, code=row.code, name=row.name or "", has_more=row.has_more) for row in rows]


def progress_of_all_units(session: Session, campaign: Campaign, today: date) -> list[Progress]:
    """The figures of every single unit that has a task, in the order of the tree, without those below it."""
    rows = session.execute(
        text(f"""SELECT o.code, n.name, {_COUNTS}
            FROM campaign k JOIN campaign_task t ON t.campaign_id = k.id JOIN organization o ON o.id = t.organization_id
            LEFT JOIN LATERAL (SELECT name FROM organization_version WHERE organization_id = o.id
                AND recorded_to IS NULL ORDER BY valid_from DESC LIMIT 1) n ON true
            WHERE k.id = :campaign GROUP BY o.id, o.code, o.ord, n.name ORDER BY o.ord"""),
        {"campaign": campaign.id, "today": today},
    )
    return [_progress(row, code=row.code, name=row.name or "") for row in rows]


TITLES = (
    Words("Mã đơn vị", "Unit code"),
    Words("Tên đơn vị", "Unit"),
    Words("Số hồ sơ", "Files"),
    Words("Đã xác nhận đúng", "Confirmed"),
    Words("Đã báo sai", "Corrected"),
    Words("Chưa trả lời", "Open"),
    Words("Quá hạn", "Overdue"),
    Words("Tỷ lệ hoàn thành (%)", "Done (%)"),
)


def to_csv(rows: list[Progress], language: str) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read the Vietnamese; a line a unit."""
    told = (
        (one.code, one.name, one.total, one.confirmed, one.corrected, one.open, one.overdue, one.percent)
        for one in rows
    )
    return cells.to_csv([one.said_in(language) for one in TITLES], told)


@dataclass(frozen=True)
class ListQuery:
    """Filters; `own` keeps those with a task for this official."""

    own: int | None = None
    running: bool | None = None
    cursor: str | None = None
    limit: int = 50
    exact: bool = False


def list_campaigns(
    session: Session, query: ListQuery, today: date, own: int | None
) -> tuple[list[dict[str, Any]], str | None, int]:
    """Campaigns in scope, newest first, with the reader's own task (`own` official) and the progress that is in scope:
    (items, next cursor, count up to 1001 or exact).
    """
    where: list[str] = ["true"]
    parameters: dict[str, Any] = {"limit": query.limit + 1, "today": today, "own": own}
    if query.own is not None:
        where.append(
            "EXISTS (SELECT 1 FROM campaign_task s WHERE s.campaign_id = k.id AND s.official_id = :only)"
        )
        parameters["only"] = query.own
    if query.running is not None:
        where.append(f"k.closed_at IS {'' if query.running else 'NOT '}NULL")
    total = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM campaign k WHERE {" AND ".join(where)}
            {"" if query.exact else "LIMIT 1001"}) n"""),
        {name: value for name, value in parameters.items() if name == "only"},
    ).scalar_one()
    if query.cursor:
        where.append("k.id < :before")
        parameters["before"] = read_cursor(query.cursor, int)[0]
    rows = session.execute(
        text(f"{_LIST} WHERE {' AND '.join(where)} ORDER BY k.id DESC LIMIT :limit"), parameters
    ).all()
    shown = [_shown(row) for row in rows[: query.limit]]
    return shown, write_cursor(rows[query.limit - 1].key) if len(rows) > query.limit else None, total


_LIST = f"""
    SELECT k.id AS key, k.uid::text AS id, k.name, k.message, k.kinds, k.due_on, k.started_at, k.closed_at, o.code, n.name AS unit,
        a.display_name AS started_by, m.state, m.on_behalf, m.done_at, p.*
    FROM campaign k JOIN organization o ON o.id = k.organization_id JOIN app_user a ON a.id = k.started_by
    LEFT JOIN LATERAL (SELECT name FROM organization_version WHERE organization_id = o.id AND recorded_to IS NULL
        ORDER BY valid_from DESC LIMIT 1) n ON true
    LEFT JOIN campaign_task m ON m.campaign_id = k.id AND m.official_id = :own
    CROSS JOIN LATERAL (SELECT {_COUNTS} FROM campaign_task t WHERE t.campaign_id = k.id) p
"""


def show(session: Session, campaign: Campaign, today: date, own: int | None) -> dict[str, Any]:
    """One campaign as lists show it."""
    row = session.execute(
        text(f"{_LIST} WHERE k.id = :campaign"), {"campaign": campaign.id, "today": today, "own": own}
    ).one()
    return _shown(row)


def _shown(row: Any) -> dict[str, Any]:
    """{id, name, message, kinds, organization, due_on, started_by, mine, progress …}."""
    return {
        "id": row.id,
        "name": row.name,
        "message": row.message,
        "kinds": row.kinds,
        "organization": {"code": row.code, "name": row.unit},
        "due_on": row.due_on,
        "started_by": row.started_by,
        "started_at": row.started_at,
        "closed_at": row.closed_at,
        "mine": {"state": row.state, "on_behalf": row.on_behalf, "done_at": row.done_at}
        if row.state
        else None,
        "progress": _progress(row).counts(),
    }


def list_tasks(
    session: Session,
    campaign: Campaign,
    *,
    states: tuple[str, ...] = (),
    unit: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    exact: bool = False,
) -> tuple[list[dict[str, Any]], str | None, int]:
    """Files of a campaign in the order of the units: (items, next cursor, count up to 1001 or exact)."""
    where = ["t.campaign_id = :campaign"]
    parameters: dict[str, Any] = {"campaign": campaign.id, "limit": limit + 1}
    if states:
        where.append("t.state = ANY (:states)")
        parameters["states"] = list(states)
    if unit:
        where.append(
            "EXISTS (SELECT 1 FROM organization w WHERE w.code = :unit AND t.org_ord BETWEEN w.ord AND w.last)"
        )
        parameters["unit"] = unit
    total = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM campaign_task t WHERE {" AND ".join(where)}
            {"" if exact else "LIMIT 1001"}) n"""),
        {name: value for name, value in parameters.items() if name != "limit"},
    ).scalar_one()
    if cursor:
        where.append("(t.org_ord, t.official_id) > (:after_ord, :after)")
        parameters["after_ord"], parameters["after"] = read_cursor(cursor, int, int)
    rows = session.execute(
        text(f"""SELECT t.org_ord, t.official_id, t.state, t.on_behalf, t.words, t.done_at, c.uid::text AS uid,
                c.full_name, o.code, n.name AS unit, a.display_name AS done_by
            FROM campaign_task t JOIN organization o ON o.id = t.organization_id
            LEFT JOIN official_current c ON c.official_id = t.official_id
            LEFT JOIN app_user a ON a.id = t.done_by
            LEFT JOIN LATERAL (SELECT name FROM organization_version WHERE organization_id = o.id
                AND recorded_to IS NULL ORDER BY valid_from DESC LIMIT 1) n ON true
            WHERE {" AND ".join(where)} ORDER BY t.org_ord, t.official_id LIMIT :limit"""),
        parameters,
    ).all()
    items = [
        {
            "official": {"id": row.uid, "full_name": row.full_name},
            "organization": {"code": row.code, "name": row.unit},
            "state": row.state,
            "on_behalf": row.on_behalf,
            "words": row.words,
            "done_by": row.done_by,
            "done_at": row.done_at,
        }
        for row in rows[:limit]
    ]
    more = len(rows) > limit
    return items, write_cursor(rows[limit - 1].org_ord, rows[limit - 1].official_id) if more else None, total


def own_tasks(session: Session, own: int, today: date) -> list[dict[str, Any]]:
    """Running campaigns that ask this official to check the own file and have no answer yet, the nearest day first."""
    rows = session.execute(
        text("""SELECT k.uid::text AS id, k.name, k.message, k.kinds, k.due_on FROM campaign_task t
            JOIN campaign k ON k.id = t.campaign_id
            WHERE t.official_id = :own AND t.state = 'open' AND k.closed_at IS NULL ORDER BY k.due_on, k.id"""),
        {"own": own},
    )
    return [{**row._mapping, "days": (row.due_on - today).days} for row in rows]
