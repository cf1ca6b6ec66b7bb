"""What protection costs: the same requests with row-level security, read log and policy, and with them off.

Off is only here: a server of the bench's own whose database role is the owner of the tables, for whom no policy holds, and in
whose process the trail's writing and the deciding function are taken out. Who asks is looked up in both.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text

from bench.bed import TODAY, Bed
from bench.measures import PROVINCE, USERNAME, load, serving
from bench.timing import Result, in_turns
from registry.access import services as access
from registry.access.models import User

GOAL = 0.7
ROUNDS = 7


@contextmanager
def both(bed: Bed) -> Iterator[tuple[int, int, dict[str, str]]]:
    """(port with protection, port without, what a request carries)."""
    with bed.session() as session:
        user = session.query(User).filter_by(username=USERNAME).one()
        token, _ = access.create_token(
            session, user, bed.actor(USERNAME), name="bench", lasts=timedelta(hours=2)
        )
    with (
        tempfile.TemporaryDirectory() as home,
        serving("ours", bed.dsn("web"), bed.dsn("stats"), home) as one,
        serving("open", bed.dsn("migrate"), bed.dsn("migrate"), home) as other,
    ):
        yield one, other, {"Authorization": f"Bearer {token}"}


def compared(bed: Bed, name: str, paths: list[str]) -> Result:
    """Requests a second with protection and without, two workers each."""
    with both(bed) as (one, other, headers):
        return in_turns(
            name,
            "requests/s",
            GOAL,
            "the same request, no row security, no read log, no policy",
            lambda: load(one, paths, headers),
            lambda: load(other, paths, headers),
            rounds=ROUNDS,
        )


def record(bed: Bed) -> Result:
    """Records as JSON."""
    return compared(
        bed,
        "protection: record JSON",
        [f"/api/v1/officials/{uid}" for uid in _some(bed, "c.uid::text", 400)],
    )


def lists(bed: Bed) -> Result:
    """Searches by two words of a name, and first pages of the list."""
    names = _some(bed, "c.full_name", 60)
    asked: list[dict[str, Any]] = [{"q": " ".join(one.split()[-2:])} for one in names]
    asked += [{"sort": sort, "category": "cong_chuc"} for sort in ("name", "next_step", "retirement")]
    return compared(
        bed,
        "protection: list and search",
        [f"/api/v1/officials?{urlencode(one | {'organization': PROVINCE})}" for one in asked],
    )


def statistics(bed: Bed) -> Result:
    """Tables counted by PostgreSQL over the present rows."""
    asked = [
        {"measures": "headcount", "by": by, "organization": PROVINCE, "as_of": TODAY.isoformat()}
        for by in ("sex,age_band", "rank,sex", "education,sex")
    ]
    return compared(
        bed, "protection: statistics table", [f"/api/v1/statistics?{urlencode(one)}" for one in asked]
    )


def _some(bed: Bed, what: str, most: int) -> list[str]:
    """Of people of the province, in an order that has nothing to do with how they lie."""
    with bed.session() as session:
        return list(
            session.execute(
                text(f"""SELECT {what} FROM official_current c JOIN organization o ON o.code = :code
                    AND c.org_ord BETWEEN o.ord AND o.last ORDER BY md5(c.uid::text) LIMIT :most"""),
                {"code": PROVINCE, "most": most},
            ).scalars()
        )


MEASURES = {
    "protection_record": record,
    "protection_list": lists,
    "protection_statistics": statistics,
}
