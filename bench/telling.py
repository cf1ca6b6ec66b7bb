"""Whether the time of a 404 tells if somebody is there whom one may not see: a thousand asks of each, in turns, over the loopback."""

import http.client
import statistics
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from random import Random

from sqlalchemy import text

from bench.bed import Bed
from bench.measures import serving
from bench.timing import Result
from registry.access import services as access
from registry.access.models import User

PAIRS, ASKS = 6, 1000
WHO, ELSEWHERE = "hr.danang", "H26"
GOAL = 0.5


def telling(bed: Bed) -> Result:
    """How much more often a hidden person is told than by a coin (0: never, 1: always), by the medians of ASKS answers each."""
    with bed.session() as session:
        user = session.query(User).filter_by(username=WHO).one()
        token, _ = access.create_token(session, user, bed.actor(WHO), name="bench", lasts=timedelta(hours=2))
        hidden = list(
            session.execute(
                text("""SELECT c.uid::text FROM official_current c JOIN organization o ON o.code = :code
                    AND c.org_ord BETWEEN o.ord AND o.last ORDER BY md5(c.uid::text) LIMIT :most"""),
                {"code": ELSEWHERE, "most": PAIRS},
            ).scalars()
        )
    chance, later, single, gaps = Random(1), 0, [], []
    with (
        tempfile.TemporaryDirectory() as home,
        serving("ours", bed.dsn("web"), bed.dsn("stats"), home) as port,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def ask(named: str) -> float:
            begun = time.perf_counter()
            connection.request(
                "GET", f"/api/v1/officials/{named}", headers={"Authorization": f"Bearer {token}"}
            )
            reply = connection.getresponse()
            reply.read()
            if reply.status != 404:
                raise RuntimeError(f"status {reply.status}")
            return time.perf_counter() - begun

        for one in hidden:
            two = {"hidden": one, "nobody": str(uuid.UUID(int=uuid.UUID(one).int ^ 1))}
            spent: dict[str, list[float]] = {name: [] for name in two}
            for _ in range(ASKS):
                for name in chance.sample(sorted(two), 2):
                    spent[name].append(ask(two[name]))
            middles = {name: statistics.median(taken) for name, taken in spent.items()}
            gaps.append(middles["hidden"] - middles["nobody"])
            later += middles["hidden"] > middles["nobody"]
            single.append(_greater(spent["hidden"], spent["nobody"]))
    print(
        f"# a hidden person answered later in {later} of {PAIRS} pairs of {ASKS:,} asks; medians differ by "
        f"{statistics.mean(gaps) * 1e6:+.1f} (from {min(gaps) * 1e6:+.1f} to {max(gaps) * 1e6:+.1f}) microseconds; of single "
        f"asks {statistics.mean(single):.3f} are later (0.5: a coin)",
        file=sys.stderr,
    )
    told = abs(2 * later / PAIRS - 1)
    return Result(
        "404 of the hidden", "told by 1,000 asks", told, 1, told, told, told, GOAL, "1: always told; at most"
    )


def _greater(some: list[float], others: list[float]) -> float:
    """The share of pairs in which the first is greater."""
    merged = sorted([(one, 1) for one in some] + [(one, 0) for one in others])
    below = above = 0
    for _, mine in merged:
        if mine:
            above += below
        else:
            below += 1
    return above / (len(some) * len(others))


MEASURES = {"telling": telling}
