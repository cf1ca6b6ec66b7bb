"""Requests nobody thought of, made by schemathesis from the API's own description: none breaks the service and every reply
is one that the description promises.

A short run is part of the suite; `make fuzz` makes many more requests of each operation and other ones each time
(FUZZ_EXAMPLES, FUZZ_SEED). What is right by the description and wrong by the law is refused with a reason, so refusals of
good input are not failures here.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from conftest import Bed
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.specs.openapi import checks
from walk import FILLED, Contract, Places

from registry.access.models import User
from registry.access.services import create_token

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
SEED = os.environ.get("FUZZ_SEED")
WHO = ("hr.hanoi", "approver.hanoi", "auditor1", "admin1", "official1", "statistician1")
CHECKS = [
    not_a_server_error,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.missing_required_header,
]
REFUSAL = 400


@dataclass
class Fuzzed:
    """What came of it: replies by status, and what was wrong."""

    statuses: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def requests_of(operation: Any, told: dict[str, str]) -> st.SearchStrategy[Any]:
    """Requests that fit the description and ones that do not, half of them naming things that are there."""
    named = {one.name: told[one.name] for one in operation.path_parameters if one.name in told}
    nothing_learnt = FeedbackSources()
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ways: list[st.SearchStrategy[Any]] = [
        operation.as_strategy(generation_mode=mode, path_parameters=parts or None, feedback=nothing_learnt)
        for mode in modes
        for parts in ([{}, named] if named else [{}])
    ]
    return st.one_of(ways)


def run_all(bed: Bed, places: Places) -> Fuzzed:
    """Every operation of the description, EXAMPLES requests each."""
    found = Fuzzed()
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", bed.app)
    operations = [one.ok() for one in described.get_all_operations()]
    contract = Contract(bed)
    tokens = Tokens(bed)
    for operation in operations:
        wanted = contract.document["paths"][operation.path][operation.method]["x-permission"]
        _run_one(operation, tokens, tokens.holding(wanted), told(operation.path, places), found)
    return found


class Tokens:
    """Everybody's token, made again when a request has ended it; and who holds a permission."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.made = {one: bed.api(one) for one in WHO}
        self.held = {one: set(self.made[one].get("/me").json["permissions"]) for one in WHO}

    def holding(self, permission: str) -> list[str]:
        """Accounts that may, or all of them for what nobody needs a right for."""
        return [one for one in WHO if permission in self.held[one]] or list(WHO)

    def of(self, who: str) -> str:
        """A token that is good. It is not asked for at the door, which is shut after so many wrong passwords of this source."""
        if self.made[who].get("/me").status_code == 401:
            actor = self.bed.actor(who)
            with self.bed.session() as session:
                user = session.get_one(User, actor.user_id)
                self.made[who].token, _ = create_token(session, user, actor)
        return str(self.made[who].token)


def told(path: str, places: Places) -> dict[str, str]:
    """The parts of a path that name something: from a filled one."""
    filled = places.fill(path).partition("?")[0].split("/")
    wanted = path.removeprefix("/api/v1").split("/")
    parts = {
        name.strip("{}"): value for name, value in zip(wanted, filled, strict=False) if name.startswith("{")
    }
    return {name: value for name, value in {**FILLED, **parts}.items() if value}


def fits_after_all(operation: Any, case: Any, url: str) -> bool:
    """Whether a request that was meant to be wrong went out right: of a parameter whose value is nothing nothing is sent, and
    the token that was left out we put there."""
    if case.operation.body:
        return False
    known = {
        one["name"]: one["schema"]
        for one in operation.definition.raw.get("parameters", ())
        if one["in"] == "query"
    }
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    names = [name for name, _ in sent]
    return len(names) == len(set(names)) and all(
        name in known
        and known[name].get("type") == "string"
        and Draft202012Validator(known[name]).is_valid(value)
        for name, value in sent
    )


def _run_one(operation: Any, tokens: Tokens, may: list[str], parts: dict[str, str], found: Fuzzed) -> None:
    @given(case=requests_of(operation, parts), who=st.sampled_from(may))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=SEED is None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def one(case: Any, who: str) -> None:
        reply = case.call(headers={"Authorization": f"Bearer {tokens.of(who)}"})
        found.statuses[reply.status_code] = found.statuses.get(reply.status_code, 0) + 1
        try:
            taken = reply.status_code < REFUSAL and not fits_after_all(operation, case, reply.request.url)
            wrong_input = [checks.negative_data_rejection] if taken else []
            case.validate_response(reply, checks=CHECKS + wrong_input)
        except FailureGroup as error:  # every failure is told, not only the first
            found.wrong.append(f"{operation.method} {operation.path} as {who}: {error}"[:2_000])

    repeatable: Callable[[], None] = seed(int(SEED))(one) if SEED else one
    repeatable()


def test_no_request_made_from_the_description_breaks_the_service_or_gets_a_reply_it_does_not_promise(
    demo: Bed,
) -> None:
    fuzzed = run_all(demo, Places.made_in(demo))
    assert not fuzzed.wrong, "\n".join(fuzzed.wrong)
    assert {200, 400, 404, 422} <= set(fuzzed.statuses), "the requests must reach the services"
