"""No text of a request becomes a part of a statement: every place for a text × texts that would tell.

The engines count what PostgreSQL calls a syntax error or a missing name (SQLSTATE class 42): a text that reached a
statement as more than a value would show there, whatever the reply says. Delays would show in the time.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import sqlalchemy as sa
from browsing import Browser
from conftest import Api, Bed
from test_pages_by_role import ACCOUNTS, OPEN
from walk import Contract, Places

from registry.driver import Driver

PAYLOADS = (
    "'",
    "')) OR 1=1--",
    "1; SELECT pg_sleep(5)--",
    "'||(SELECT pg_sleep(5))||'",
    '" OR ""="',
    "\\'; DROP TABLE official;--",
    "%(x)s :x $1 {0}",
    "id, (SELECT 1/0)",
)
TELLING = ("psycopg", "sqlalchemy", "SQLSTATE", "syntax error", "UndefinedColumn")
NAMES = (
    "Accept-Language",
    "If-Match",
    "Idempotency-Key",
    "X-Request-Id",
    "User-Agent",
    "Accept",
    "If-None-Match",
    "Referer",
)


@contextmanager
def faults(bed: Bed) -> Iterator[list[str]]:
    """SQLSTATEs of class 42 (and 54, 0A) that PostgreSQL answers with while the block runs."""
    found: list[str] = []

    def note(context: Any) -> None:
        keep(context.original_exception)

    def keep(error: BaseException | None) -> None:
        state = getattr(error, "sqlstate", None) or ""
        if state.startswith(("42", "54", "0A")) and state != "42501":  # 42501: row-level security said no
            found.append(f"{state} {error}")

    real = Driver.ask

    def execute(self: Any, *of: Any, **named: Any) -> Any:
        try:
            return real(self, *of, **named)
        except psycopg.Error as error:
            keep(error)
            raise

    engines = [bed.engine(role) for role in ("web", "stats")]
    for engine in engines:
        sa.event.listen(engine, "handle_error", note)
    Driver.ask = execute  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Driver.ask = real  # type: ignore[method-assign]
        for engine in engines:
            sa.event.remove(engine, "handle_error", note)


@pytest.fixture(scope="module")
def places(demo: Bed) -> Places:
    return Places.made_in(demo)


@pytest.fixture(scope="module")
def clients(demo: Bed) -> dict[str, Api]:
    return {
        name: demo.api(name) for name in ("hr.hanoi", "approver.hanoi", "auditor1", "admin1", "official1")
    }


def told(reply: Any, where: Any) -> None:
    """Fail when a reply is ours to blame or speaks of the database."""
    assert reply.status_code < 500, (where, reply.status_code)
    if reply.status_code >= 400:
        words = reply.get_data(as_text=True)
        assert not [one for one in TELLING if one in words], (where, words[:300])


def test_no_parameter_or_header_of_any_read_reaches_a_statement(
    demo: Bed, places: Places, clients: dict[str, Api]
) -> None:
    contract, began, sent = Contract(demo), time.monotonic(), 0
    held = {name: set(client.get("/me").json["permissions"]) for name, client in clients.items()}
    with faults(demo) as found:
        for template, operations in contract.document["paths"].items():
            operation = operations.get("get")
            if operation is None:
                continue
            wanted = operation["x-permission"]
            client = next(
                one for name, one in clients.items() if wanted in held[name] or wanted == "public:page:read"
            )
            path = places.fill(template)
            asked = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            for number, payload in enumerate(PAYLOADS[sent % 4 :: 4]):
                told(
                    client.get(f"{path}{'&' if '?' in path else '?'}{quote(payload)}={quote(payload)}"),
                    (path, payload),
                )
                for name in asked:
                    plain = path.partition("?")[0]
                    told(client.get(f"{plain}?{name}={quote(payload)}"), (path, name, payload))
                    sent += 1
                if number < 2 and "{" in template:
                    at = template.removeprefix("/api/v1")
                    odd = at[: at.index("{")] + quote(payload, safe="") + at[at.index("}") + 1 :]
                    told(client.get(odd.replace("{form}", "2c")), odd)
            header = NAMES[sent % len(NAMES)]
            told(client.get(path, headers={header: PAYLOADS[sent % len(PAYLOADS)]}), (path, header))
    assert found == []
    assert sent > 250
    assert time.monotonic() - began < 60 + sent, "nothing slept five seconds a time"


def texts(schema: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, ...]]:
    """Where the properties of a body stand, to a depth of three."""
    found: list[tuple[str, ...]] = []

    def walk(one: dict[str, Any], at: tuple[str, ...]) -> None:
        if "$ref" in one:
            one = document["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]]
        if len(at) < 3:
            for name, inner in one.get("properties", {}).items():
                found.append((*at, name))
                walk(inner, (*at, name))

    walk(schema, ())
    return found


def placed(at: tuple[str, ...], payload: Any) -> dict[str, Any]:
    """A body with a payload at one place."""
    for name in reversed(at):
        payload = {name: payload}
    return payload  # type: ignore[no-any-return]


def test_no_property_of_any_body_reaches_a_statement_and_nothing_is_done(
    demo: Bed, places: Places, clients: dict[str, Api]
) -> None:
    contract = Contract(demo)
    held = {name: set(client.get("/me").json["permissions"]) for name, client in clients.items()}
    clients = clients | {"nobody": demo.api()}
    held["nobody"] = {"public:page:read"}
    sent = 0
    with faults(demo) as found:
        for template, operations in contract.document["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                if not content or (template.endswith(("/me/password", "/tokens")) and method != "post"):
                    continue
                wanted = operation["x-permission"]
                client = next(one for name, one in clients.items() if wanted in held[name])
                path = places.fill(template)
                for media, one in content.items():
                    for number, at in enumerate(texts(one["schema"], contract.document)):
                        payload = PAYLOADS[number % len(PAYLOADS)]
                        headers = {"If-Match": f'"{payload}"', "Idempotency-Key": payload + template}
                        if media == "multipart/form-data":
                            sent_as = {
                                "data": {"file": (io.BytesIO(b"a;b"), f"{payload}.csv"), at[0]: payload}
                            }
                            if at[0] == "file":
                                sent_as = {"data": {"file": (io.BytesIO(b"a;b"), f"{payload}.csv")}}
                        else:
                            value = (payload, [payload], {payload: payload})[(number + sent) % 3]
                            sent_as = {
                                "data": json.dumps(placed(at, value)),
                                "content_type": "application/json",
                            }  # type: ignore[dict-item]
                        told(
                            client._call(method.upper(), path, headers=headers, **sent_as),
                            (path, at, payload),
                        )
                        sent += 1
    assert found == []
    assert sent > 100


def test_no_field_of_any_page_reaches_a_statement(demo: Bed, places: Places) -> None:
    sent, tried = 0, set()
    with faults(demo) as found:
        for role, account in (
            (one, ACCOUNTS[one]) for one in ("officer", "auditor", "administrator", "official")
        ):
            browser = Browser(demo, account)
            for path in (
                one for one, roles in OPEN.items() if role in roles and "." not in one.rsplit("/", 1)[1]
            ):
                browser.open(path)
                for form in browser.page.forms:
                    names = {name for name, _ in form.filled} | set(form.choices) - {"csrf"}
                    if form.action in ("/logout",) or (form.action or path, form.method) in tried:
                        continue
                    tried.add((form.action or path, form.method))
                    kept = dict(form.filled)
                    for number, name in enumerate(sorted(names - {"csrf"})):
                        data = kept | {name: PAYLOADS[(sent + number) % len(PAYLOADS)]}
                        target = form.action or path
                        if form.method == "get":
                            told(browser.client.get(target, query_string=data), (target, name))
                        else:
                            told(
                                browser.client.post(target, data=data | {"csrf": kept.get("csrf", "")}),
                                (target, name),
                            )
                        sent += 1
    assert found == []
    assert sent > 60


def test_the_count_of_faults_would_tell(demo: Bed) -> None:
    with faults(demo) as found, demo.session("web") as session, pytest.raises(sa.exc.ProgrammingError):
        session.execute(sa.text(f"SELECT 1 FROM official WHERE id = {PAYLOADS[0]}"))
    assert len(found) == 1
