"""Every operation × every role × every relation of its object to the caller, held against what the operation declares.

The rule is the product's own: `x-permission` and `x-scope` of the operation, ROLE_PERMISSIONS, and SEEN below, which says for
each kind of object which relations open it. ASKS says how an operation is asked; one without a row fails.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from cast import (
    CALLERS,
    CHILD,
    NOBODY,
    NOTHING,
    OWN,
    PARENT,
    PLACES,
    RELATIONS,
    ROLELESS,
    SELF,
    SIBLING,
    Cast,
    declared,
    exported,
    figures,
    proposed,
    recorded,
)
from conftest import PASSWORD
from make import newcomer, paper
from walk import FILLED, PROBLEM, QUESTIONS, Contract, row, sheet

from registry.access.permissions import EVEN_WITHOUT_ROLES, NATIONAL, ROLE_PERMISSIONS, Permission, Whose

P = Permission
EVERYWHERE = frozenset(RELATIONS) - {NOTHING}
IN_UNITS = frozenset({OWN, CHILD})
SERVE_UNITS = frozenset({"hr_officer", "hr_approver", "client"})
SEEN: dict[Whose, Callable[[str], frozenset[str]]] = {
    Whose.OWN: lambda role: frozenset({SELF}),
    Whose.UNIT: lambda role: _units(role),
    Whose.OFFICIAL: lambda role: _units(role) | ({SELF} if role == "official" else set()),
    Whose.CHANGE: lambda role: _units(role) | {SELF},
    Whose.PROPOSAL: lambda role: _units(role) | ({SELF} if role == "official" else set()),
    Whose.CAMPAIGN: lambda role: _units(role) | {"official": {SELF}, "auditor": set()}.get(role, {PARENT}),
    Whose.IMPORT: lambda role: _units(role) | {SELF},
    Whose.RUN: lambda role: EVERYWHERE if role == "auditor" else frozenset({SELF}),
    Whose.FILE: lambda role: _units(role) | {SELF},
    Whose.ACCOUNT: lambda role: EVERYWHERE,
    Whose.TRAIL: lambda role: EVERYWHERE,
}
"""At which relations a role that has the permission sees an object of each kind. SELF is the own official, and of what people
make, what the caller made."""


def _units(role: str) -> frozenset[str]:
    if role in NATIONAL:
        return EVERYWHERE
    return IN_UNITS if role in SERVE_UNITS else frozenset()


Body = Callable[[Cast, str, str], dict[str, Any]]


@dataclass(frozen=True)
class Ask:
    """How an operation is asked about a thing of a kind (`of`; '' has none).

    `query` and `path` are filled with its name, `body` gets cast, caller and name. Beyond SEEN: `more` relations that this
    operation opens, `only` those at which what is seen may be acted on (elsewhere `told`), `roles` the only ones that it serves.
    `missing`: what is answered where there is no such thing; `done`: statuses besides the declared one when allowed.
    `public_name`: anybody may know that it is there (units), so that the words may differ. `once`: costly, so that serving it
    once to each 'role', or to one of 'all', is enough.
    """

    of: str = ""
    body: Body | None = None
    query: str = ""
    path: str = ""
    tag: bool = False
    form: bool = False
    more: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    told: int = 403
    roles: frozenset[str] | None = None
    missing: int = 404
    done: tuple[int, ...] = ()
    public_name: bool = False
    once: str = ""


def says(**said: Any) -> Body:
    """A body that is always the same."""
    return lambda _cast, _caller, _name: said


def _mended(cast: Cast, caller: str, _name: str) -> dict[str, Any]:
    if caller == "official":
        return declared(cast.things["official"][SELF], cast.made["file"]["official"])
    return {"decision": paper("9/QĐ"), "operations": [newcomer(PLACES[OWN])]}


def _told_of(cast: Cast, caller: str, official: str) -> dict[str, Any]:
    return declared(official, cast.made["file"]["official"]) if caller == "official" else recorded(official)


def _registered(_cast: Cast, _caller: str, unit: str) -> dict[str, Any]:
    return {"decision": paper("9/QĐ"), "operations": [newcomer(unit)]}


def _on_paper(_cast: Cast, _caller: str, file: str) -> dict[str, Any]:
    return {"decision": paper("9/QĐ") | {"file_id": file}, "operations": [newcomer(PLACES[OWN])]}


def _withdrawn(cast: Cast, _caller: str, fact: str) -> dict[str, Any]:
    told = {"action": "withdraw", "kind": "salary", "fact_id": int(fact), "reason": "Ghi nhầm"}
    return {
        "decision": paper("9/QĐ"),
        "operations": [told | {"official": cast.things["official"][OWN]}],
    }


def _uploaded(_cast: Cast, _caller: str, unit: str) -> dict[str, Any]:
    content = sheet(row("Vũ Thị Nhập", newcomer()["personal"]["personal_id"], unit=unit))
    return {"file": (content, "nhap.csv"), "kind": "officials", "organization": unit}


def _confirmed(cast: Cast, _caller: str, campaign: str) -> dict[str, Any]:
    below = campaign == cast.things["campaign"][CHILD]
    return {"officials": [cast.things["official"][CHILD if below else OWN]], "reason": "Đã đối chiếu"}


def _printed(_cast: Cast, _caller: str, official: str) -> dict[str, Any]:
    return {"form": "2c", "parameters": {"personal_id": official}, "format": "pdf"}


NONE, THING, UNIT = Ask(), Ask("official"), Ask("unit", query="organization={}", public_name=True)
FIGURE = replace(UNIT, once="role")
RUN_OF_ANYBODY = frozenset({"hr_officer", "hr_approver", "auditor", "client"})
SEE_PERSONAL = frozenset({"hr_officer", "hr_approver", "auditor", "official"})
MINE = frozenset({SELF})
ASKS: dict[str, Ask | tuple[Ask, ...]] = {
    "GET /officials": NONE,
    "GET /officials/{named}": (THING, Ask("number")),
    "GET /officials/{named}/history": THING,
    "GET /officials/{named}/readers": THING,
    "GET /officials/{named}/portrait": Ask("official", roles=SEE_PERSONAL),
    "GET /officials/{named}/forms/{form}.pdf": THING,
    "GET /changes": NONE,
    "POST /changes": (
        Ask("official", _told_of, missing=422),
        Ask("unit", _registered, missing=422, public_name=True, roles=frozenset({"hr_officer"})),
        Ask("file", _on_paper, missing=422, more=MINE, roles=frozenset({"hr_officer"})),
        Ask(
            "fact", _withdrawn, missing=422, only=frozenset({OWN}), told=422, roles=frozenset({"hr_officer"})
        ),
    ),
    "GET /changes/{named}": (Ask("draft"), Ask("submitted")),
    "PUT /changes/{named}": Ask("draft", _mended, tag=True, only=MINE),
    "PUT /changes/{named}/decision": Ask(
        "draft", says(decision=paper("10/QĐ")), tag=True, only=MINE, done=(409,)
    ),
    "POST /changes/{named}/submit": Ask("draft", says(), tag=True, only=MINE),
    "POST /changes/{named}/withdraw": Ask("submitted", says(), tag=True, only=MINE),
    "POST /changes/{named}/approve": Ask("submitted", says(), tag=True),
    "POST /changes/{named}/return": Ask("submitted", says(reason="Thiếu"), tag=True),
    "POST /changes/{named}/reject": Ask("submitted", says(reason="Trùng"), tag=True),
    "GET /proposals": NONE,
    "POST /proposals": Ask(
        "official", lambda _c, _w, name: proposed(name), missing=422, roles=frozenset({"official"})
    ),
    "GET /proposals/{named}": Ask("proposal"),
    "POST /proposals/{named}/draft": Ask(
        "proposal", says(decision=paper("11/QĐ")), tag=True, only=IN_UNITS, told=404
    ),
    "POST /proposals/{named}/decline": Ask(
        "proposal", says(reason="Đúng rồi"), tag=True, only=IN_UNITS, told=404
    ),
    "POST /proposals/{named}/withdraw": Ask("proposal", says(), tag=True, only=MINE),
    "GET /campaigns": NONE,
    "POST /campaigns": Ask(
        "unit",
        lambda _c, _w, unit: {"name": "Rà soát", "organization": unit, "due_on": "2026-12-31"},
        missing=422,
    ),
    "GET /me/campaigns": NONE,
    "GET /campaigns/{named}": Ask("campaign"),
    "GET /campaigns/{named}/progress": Ask("campaign"),
    "GET /campaigns/{named}/progress.csv": Ask("campaign"),
    "GET /campaigns/{named}/tasks": Ask("campaign"),
    "POST /campaigns/{named}/answer": Ask("campaign", says(outcome="confirmed")),
    "POST /campaigns/{named}/confirm": Ask("campaign", _confirmed),
    "POST /campaigns/{named}/close": Ask("campaign", says(), only=IN_UNITS, told=404),
    "GET /imports": NONE,
    "POST /imports": Ask("unit", _uploaded, form=True, missing=422),
    "GET /imports/template.xlsx": NONE,
    "GET /imports/template.csv": NONE,
    "GET /imports/{named}": Ask("import"),
    "GET /imports/{named}/errors": Ask("import"),
    "GET /imports/{named}/errors.xlsx": Ask("import"),
    "GET /imports/{named}/rows": Ask("import", query="outcome=new"),
    "POST /imports/{named}/submit": Ask("import", says()),
    "POST /imports/{named}/undo": Ask("import", says(), done=(409,)),
    "GET /exports": NONE,
    "POST /exports": Ask("unit", lambda _c, _w, unit: exported(unit), missing=422, more=frozenset({PARENT})),
    "GET /exports/{named}": Ask("export"),
    "GET /exports/{named}/file": Ask("export"),
    "GET /jobs/{named}": (Ask("export"), Ask("report")),
    "DELETE /jobs/{named}": Ask("export", only=MINE, told=404, done=(409,)),
    "GET /reports": NONE,
    "POST /reports": (
        Ask("unit", lambda _c, _w, unit: figures(unit), missing=422),
        Ask("official", _printed, missing=422, roles=RUN_OF_ANYBODY),
    ),
    "GET /reports/runs": NONE,
    "GET /reports/{named}": Ask("report"),
    "GET /reports/{named}/file": Ask("report"),
    "POST /reports/{named}/cancel": Ask("report", only=MINE, told=404, done=(409,)),
    "POST /reports/{named}/repeat": Ask("report"),
    "POST /files": Ask(body=lambda _c, _w, _n: {"file": (b"%PDF-1.7", "giấy.pdf")}, form=True),
    "GET /files/{named}": Ask("file"),
    **{
        f"GET /organizations{more}": NONE
        for more in (
            "",
            *(f"/{{code}}{end}" for end in ("", "/children", "/history", "/positions", "/successors")),
        )
    },
    **{
        f"GET {path}": NONE
        for path in (
            "/catalogues",
            "/catalogues/{name}",
            "/fact-kinds",
            "/fact-kinds/{kind}",
            "/fields",
            "/quality/rules",
            "/statistics/measures",
            "/statistics/dimensions",
            "/audit/entries",
            "/audit/heads",
            "/audit/entries/{entry}/proof",
            "/me",
            "/me/sessions",
            "/users",
        )
    },
    **{f"GET {path}": Ask(query=asked[1:]) for path, asked in QUESTIONS.items()},
    "GET /law/retirement": Ask(query="sex=nu&birth_date=1975-06"),
    "GET /law/pay": Ask(query="rank=01.003&step=3"),
    "GET /law/deadline": Ask(query="from=2026-11-25&days=5"),
    "POST /law/regrade": Ask(body=says(rank="01.003", step=3, since="2024-01-01", to_rank="01.002")),
    "GET /quality": UNIT,
    "GET /quality/findings": UNIT,
    "GET /statistics": FIGURE,
    "GET /statistics/series": replace(FIGURE, query="organization={}&from=2026-01-01&to=2026-06-01"),
    "GET /statistics/forecast/retirements": replace(FIGURE, roles=SEE_PERSONAL | {"statistician"}),
    "GET /statistics/forecast/salary-steps": FIGURE,
    "GET /statistics/people": replace(FIGURE, roles=RUN_OF_ANYBODY),
    "GET /worklists": UNIT,
    "GET /worklists/{worklist}": UNIT,
    "POST /worklists/{worklist}/draft": Ask(
        "unit", lambda cast, _w, unit: _due(cast, unit), public_name=True, roles=frozenset({"hr_officer"})
    ),
    "POST /tokens": Ask(body=says(username="hr.hanoi", password=PASSWORD), once="all"),
    "DELETE /tokens/current": NONE,
    "DELETE /me/sessions": NONE,
    "DELETE /me/sessions/{named}": Ask("session"),
    "POST /me/second-factor": Ask(body=says(otp="000000"), done=(409,)),
    "PUT /me/password": Ask(body=says(old=PASSWORD, new="Mot-Mat-Khau-Khac-2026"), once="all"),
    "POST /users": Ask(
        body=says(username="nguoi.moi", password="mat-khau-rat-dai", display_name="Người mới")
    ),
    "GET /users/{username}": Ask("account"),
    "PATCH /users/{username}": Ask("account", says(active=False), tag=True),
    "POST /users/{username}/grants": Ask("account", says(role="hr_approver", organization="H26")),
    "POST /users/{username}/grants/{grant}/confirm": Ask("waiting"),
    "DELETE /users/{username}/grants/{grant}": Ask("account", tag=True),
    "GET /users/{username}/tokens": Ask("account"),
    "POST /users/{username}/tokens": Ask("program", says(name="lương", scopes=["officials:record:read"])),
    "POST /users/{username}/tokens/{token}/confirm": Ask("program"),
    "DELETE /users/{username}/tokens/{token}": Ask("program"),
    "POST /users/{username}/recovery": Ask("account", says(reason="Quên mật khẩu")),
    "POST /users/{username}/recovery/confirm": Ask("recovering"),
    "DELETE /users/{username}/recovery": Ask("recovering"),
}
"""How every operation is asked; where several rows, what it names is named in several places."""


def _due(cast: Cast, unit: str) -> dict[str, Any]:
    relation = next((name for name, code in PLACES.items() if code == unit), OWN)
    return {"organization": unit, "people": [cast.things["official"][relation]]}


# The rule

ALLOWED, ANONYMOUS, ROLE, HIDDEN = "allowed", "nobody", "role", "hidden"
REFUSED, UNSERVED = "refused", "unserved"


def held(role: str) -> frozenset[Permission]:
    """Permissions of a caller; a program's token has those written on it and no more."""
    if role == ROLELESS:
        return EVEN_WITHOUT_ROLES
    return ROLE_PERMISSIONS[role] | (frozenset() if role == "client" else EVEN_WITHOUT_ROLES)


def wanted(operation: dict[str, Any], ask: Ask, role: str, relation: str) -> str:
    """The verdict that the declarations give."""
    permission, scope = Permission(operation["x-permission"]), Whose(operation["x-scope"])
    if permission is Permission.PUBLIC:
        return ALLOWED
    if role == NOBODY:
        return ANONYMOUS
    if permission not in held(role):
        return ROLE
    if not ask.of:
        return ALLOWED
    seen = SEEN[scope](role) | ask.more if role not in NATIONAL else SEEN[scope](role)
    if ask.roles is not None and role not in ask.roles:
        return UNSERVED
    if relation not in seen:
        return HIDDEN
    return ALLOWED if ask.only is None or relation in ask.only else REFUSED


@dataclass(frozen=True)
class Cell:
    """One request: by whom, of what, and what ought to come of it."""

    operation: str
    ask: Ask
    role: str
    relation: str
    name: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.operation} of {self.ask.of or 'nothing'}, {self.role}, {self.relation}"


def cells(contract: Contract, cast: Cast) -> Iterator[Cell]:
    """Every request there is to make.

    Whoever has no token or not the right is refused before anything is opened: these ask for what would be open to them else,
    and for what is not there. Whoever serves the nation is served no less beside the own unit than in another province.
    """
    for operation, declared_as in operations(contract).items():
        for ask in asks_of(operation):
            served: set[str] = set()
            for role, relation in product(CALLERS, RELATIONS if ask.of else (OWN,)):
                name = cast.named(ask.of, role, relation) if ask.of else ""
                verdict = wanted(declared_as, ask, role, relation)
                if name is None or (verdict in (ANONYMOUS, ROLE) and relation not in (SELF, OWN, NOTHING)):
                    continue
                if role in NATIONAL and verdict == ALLOWED and relation in (CHILD, PARENT, SIBLING):
                    continue
                whom = {"role": role, "all": "all"}.get(ask.once, "")
                if verdict != ALLOWED or not whom or whom not in served:
                    yield Cell(operation, ask, role, relation, name, verdict)
                    served |= {whom} if verdict == ALLOWED else set()


def asks_of(operation: str) -> tuple[Ask, ...]:
    """The rows of an operation."""
    found = ASKS[operation]
    return found if isinstance(found, tuple) else (found,)


def operations(contract: Contract) -> dict[str, dict[str, Any]]:
    """Every operation of the served document, as 'METHOD /path'."""
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": one
        for path, methods in contract.document["paths"].items()
        for method, one in methods.items()
    }


def send(cast: Cast, cell: Cell, **more: Any) -> Any:
    """The reply to the request of a cell; `more` replaces the body."""
    method, path = cell.operation.split(" ")
    numbers = {part: of.get(cell.name, "1") for part, of in cast.numbers.items()}
    for part, value in {**FILLED, **numbers, "named": cell.name, "username": cell.name}.items():
        path = path.replace(f"{{{part}}}", value)
    query = cell.ask.query.format(cell.name)
    headers = {"If-Match": cast.tags.get(cell.name, '"1"')} if cell.ask.tag else {}
    sent = more
    if not more and cell.ask.body is not None:
        said = cell.ask.body(cast, cell.role, cell.name)
        sent = {"data": _form(said)} if cell.ask.form else {"json": said}
    return cast.clients[cell.role]._call(
        method, f"{path}?{query}" if query else path, headers=headers, **sent
    )


def _form(said: dict[str, Any]) -> dict[str, Any]:
    """Files of a form from (content, name)."""
    return {
        name: (io.BytesIO(one[0]), one[1]) if isinstance(one, tuple) else one for name, one in said.items()
    }


@pytest.fixture(scope="module")
def contract(cast: Cast) -> Contract:
    return Contract(cast.bed)


@pytest.fixture(scope="module")
def asked(contract: Contract, cast: Cast) -> list[Cell]:
    """All cells, once every operation has its row."""
    declared_as = operations(contract)
    assert set(ASKS) == set(declared_as), "write how the new operation is asked into ASKS"
    return list(cells(contract, cast))


def test_who_may_not_is_told_so_or_nothing_and_nothing_changes(
    contract: Contract, cast: Cast, asked: list[Cell]
) -> None:
    """No token: 401. No such right: 403. Not among those the rule names: to the byte what is said of what is not there."""
    before, wrong, nothing = cast.bed.counts(), [], {}
    for one in sorted(
        (one for one in asked if one.verdict != ALLOWED), key=lambda one: one.relation != NOTHING
    ):
        reply = send(cast, one)
        wrong += [f"{one}: {flaw}" for flaw in flaws_of(one, reply, nothing)]
    assert not wrong, "\n".join(wrong)
    after = cast.bed.counts()
    assert {name for name in before if before[name] != after[name]} <= {"audit_event"}


def flaws_of(cell: Cell, reply: Any, nothing: dict[Any, Any]) -> Iterator[str]:
    """What is wrong with a refusal; `nothing` gathers what each is told of what is not there."""
    told = (reply.status_code, *said(reply))
    statuses = {
        ANONYMOUS: {401},
        ROLE: {403},
        REFUSED: {cell.ask.told},
        UNSERVED: {403, 404, cell.ask.missing},
        HIDDEN: {
            cell.ask.missing,
            *((400, 422) if cell.ask.public_name and cell.relation == NOTHING else ()),
        },
    }[cell.verdict]
    if reply.status_code not in statuses or reply.mimetype != PROBLEM:
        yield f"{reply.status_code} {reply.text[:200]}"
    if reply.status_code == 401 and reply.headers.get("WWW-Authenticate") != "Bearer":
        yield "does not say how to sign in"
    key = (cell.operation, cell.ask, cell.role)
    if cell.relation == NOTHING:
        nothing[key] = told
    elif cell.verdict == HIDDEN and not cell.ask.public_name and told != nothing[key]:
        yield f"{told} is not {nothing[key]}"


def said(reply: Any) -> tuple[Any, Any]:
    """Body and headers but for what differs from request to request."""
    headers = sorted((name, value) for name, value in reply.headers if name not in ("X-Request-Id", "Date"))
    return reply.json | {"request_id": ""} if reply.is_json else reply.data, headers


def test_who_may_is_served(contract: Contract, cast: Cast, asked: list[Cell]) -> None:
    declared_as, wrong = operations(contract), []
    for one in (one for one in asked if one.verdict == ALLOWED):
        done = {int(next(iter(declared_as[one.operation]["responses"]))), *one.ask.done}
        with cast.undone():
            reply = send(cast, one)
            if reply.status_code not in done:
                wrong.append(f"{one}: {reply.status_code} {reply.text[:300]}")
    assert not wrong, "\n".join(wrong)


def test_every_operation_is_both_given_and_refused_where_the_rule_has_both(
    contract: Contract, asked: list[Cell]
) -> None:
    """So that neither of the tests above passes by asking nothing."""
    found: dict[str, set[str]] = {}
    for one in asked:
        found.setdefault(one.operation, set()).add(one.verdict)
    for operation, declared_as in operations(contract).items():
        permission = Permission(declared_as["x-permission"])
        assert ALLOWED in found[operation], operation
        assert (ANONYMOUS in found[operation]) == (permission is not Permission.PUBLIC), operation
        assert (ROLE in found[operation]) == (
            any(permission not in held(role) for role in CALLERS if role != NOBODY)
            and permission is not Permission.PUBLIC
        )
        if any(one.of for one in asks_of(operation)):
            assert HIDDEN in found[operation], operation
