"""Whatever shows a person writes the trail first: with the trail broken, every address that showed somebody answers 503."""

import re
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from conftest import PASSWORD, Bed
from flask.testing import FlaskClient
from walk import Contract, Places, reads

ACCOUNTS = ("auditor1", "hr.hanoi", "official1")
"""Who sees persons; statisticians and administrators are shown none (tests/web/test_pages_by_role.py)."""
BINARY = re.compile(r"^image/|^application/(pdf|zip|octet-stream|vnd\.)")
QUESTIONS = (
    "/api/v1/officials?q=nguyen",
    "/api/v1/officials?organization=H26&count=exact",
    "/ho-so?q=nguyen",
    "/don-vi/tim?q=so",
)
"""Ways to ask that the templates do not name."""
EMPTY_FORMS = {"/nhap-du-lieu/mau.xlsx", "/api/v1/imports/template.xlsx"}
"""Files that hold nobody."""


def addresses(bed: Bed, places: Places) -> list[str]:
    """Every address that can be read, of API and pages, filled with things that are there."""
    told = {
        "ho-so": places.official, "de-nghi": places.change, "bao-sai": places.proposal, "nhap-du-lieu": places.imported,
        "xuat-du-lieu": places.exported, "ra-soat": places.campaign, "viec-den-han": "salary_steps", "luat": "law_rules",
        "chat-luong": "H26-SNV", "to-chuc": "H26-SNV", "cua-toi": "salary", "quan-tri": "hr.hanoi",
    }  # fmt: skip
    parts = {"form": "2c", "ending": "csv", "kind": "salary", "decision": "1", "entry": "1"}
    found = [f"/api/v1{places.fill(one)}" for one in reads(Contract(bed))]
    for rule in bed.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(
            ("/api", "/static", "/logout", "/ngon-ngu")
        ):
            room = rule.rule.split("/")[1]
            found.append(
                re.sub(
                    r"<(?:\w+:)?(\w+)>",
                    lambda m, room=room: parts.get(m[1]) or told.get(room, "1"),
                    rule.rule,
                )  # type: ignore[misc]
            )
    return sorted({*found, *QUESTIONS})


class Readers:
    """Everybody, signed in while that could still be written."""

    def __init__(self, bed: Bed) -> None:
        self.programs = {name: bed.api(name) for name in ACCOUNTS}
        self.browsers = {name: self._browser(bed, name) for name in ACCOUNTS}

    def _browser(self, bed: Bed, name: str) -> FlaskClient:
        client: FlaskClient = bed.app.test_client()
        form = client.get("/login").get_data(as_text=True)
        filled = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        client.post("/login", data=filled | {"username": name, "password": PASSWORD})
        assert client.get_cookie("cbccvc_session") is not None
        return client

    def get(self, name: str, path: str) -> Any:
        """The reply to somebody."""
        if path.startswith("/api/v1"):
            return self.programs[name].get(path.removeprefix("/api/v1"))
        return self.browsers[name].get(path)


@pytest.fixture
def people(registry: Bed) -> tuple[Bed, Readers, list[tuple[str, str]], re.Pattern[str]]:
    """A registry, its readers, what each of them can open that shows somebody, and what tells that it does."""
    places = Places.made_in(registry)
    readers = Readers(registry)
    marks = registry.scalar("""SELECT array_agg(m) FROM (SELECT personal_id AS m FROM official_current UNION SELECT staff_code
        FROM official_current WHERE staff_code <> '' UNION SELECT full_name FROM official_current
        WHERE full_name NOT IN (SELECT display_name FROM app_user)) x""")
    somebody = re.compile("|".join(map(re.escape, marks)))
    shown = []
    for path in addresses(registry, places):
        for name in ACCOUNTS:
            reply = readers.get(name, path)
            assert reply.status_code < 500, (name, path, reply.status_code)
            if reply.status_code == 200 and shows(reply, somebody) and path not in EMPTY_FORMS:
                shown.append((name, path))
                break  # one reader an address: the view is the same for all of them
    return registry, readers, shown, somebody


def shows(reply: Any, somebody: re.Pattern[str]) -> bool:
    """Whether a reply tells of a person; a file of another program is taken to."""
    return bool(BINARY.match(reply.content_type) or somebody.search(reply.get_data(as_text=True)))


def test_without_the_trail_nothing_about_a_person_leaves(
    people: tuple[Bed, Readers, list[tuple[str, str]], re.Pattern[str]],
) -> None:
    bed, readers, shown, somebody = people
    assert len({path for _, path in shown}) > 25
    events = bed.scalar("SELECT count(*) FROM audit_event")
    with bed.session() as session:
        session.execute(sa.text("REVOKE INSERT ON audit_event FROM registry_web, registry_reader"))
    leaks = []
    for name, path in shown:
        reply = readers.get(name, path)
        if reply.status_code != 503 or somebody.search(reply.get_data(as_text=True)):
            leaks.append((name, path, reply.status_code))
    assert leaks == []
    assert bed.scalar("SELECT count(*) FROM audit_event") == events


def test_a_trail_that_is_locked_is_waited_for_and_then_nothing_leaves(registry: Bed) -> None:
    readers = {name: registry.api(name) for name in ("hr.hanoi", "auditor1")}
    uid = registry.scalar("""SELECT c.uid::text FROM official_current c JOIN organization o ON o.code = 'H26'
        AND c.org_ord BETWEEN o.ord AND o.last LIMIT 1""")
    registry.engine("web").dispose()

    @sa.event.listens_for(registry.engine("web"), "connect")
    def impatient(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.execute("SET lock_timeout = '200ms'")
        connection.commit()

    with registry.engine("migrate").begin() as holder:
        holder.execute(sa.text("LOCK TABLE audit_event IN EXCLUSIVE MODE"))
        for name, path in (
            ("hr.hanoi", f"/officials/{uid}"),
            ("hr.hanoi", "/officials"),
            ("hr.hanoi", f"/officials/{uid}/forms/2c.pdf"),
            ("hr.hanoi", "/statistics?measures=headcount&by=sex"),
            ("auditor1", f"/officials/{uid}/history"),
        ):
            reply = readers[name].get(path)
            assert (reply.status_code, reply.json["type"]) == (503, "/api/v1/problems/trail_unavailable"), (
                path
            )
        holder.rollback()
    assert readers["hr.hanoi"].get(f"/officials/{uid}").status_code == 200
