"""Opening an account anew: two officers and the owner, three people, by the service and by the database alone."""

from datetime import timedelta
from typing import Any

import pytest
from conftest import PASSWORD, SECRET, Bed
from factor import enrolled, kind, knock
from make import forget_ties
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.access import factors, recovery
from registry.access.services import Door
from registry.errors import Conflict, Invalid, NotFound, Unauthenticated

NEW = "một cây làm chẳng nên non"
HOME = Door("203.0.113.9")


def step(bed: Bed, who: str, act: Any, *values: Any) -> Any:
    """One administrator's step about hr.hanoi, committed."""
    with bed.acting(who) as (session, actor):
        return act(session, actor, "hr.hanoi", *values)


def both_halves(bed: Bed) -> tuple[str, str]:
    """What two administrators hand to the owner of hr.hanoi."""
    first = step(bed, "admin1", recovery.ask, "Mất điện thoại, gặp trực tiếp", SECRET)
    return first, step(bed, "admin2", recovery.confirm, SECRET)


def use(bed: Bed, halves: tuple[str, str], password: str = NEW) -> None:
    """The owner's step; a failure is committed, as the page does."""
    with bed.session("web") as session:
        try:
            recovery.use(session, "hr.hanoi", halves, password, SECRET, HOME)
        except (Unauthenticated, Invalid):
            session.commit()
            raise


def test_two_officers_and_the_owner_open_an_account_anew(registry: Bed) -> None:
    enrolled(registry, "hr.hanoi")
    with registry.session() as session:
        for what in (
            "security_key (user_id, name, credential_id, credential, sign_count) SELECT id, 'Khóa', 'a', 'b', 1",
            "identity_tie (user_id, issuer, subject) SELECT id, 'https://issuer.example', 'sub'",
        ):
            session.execute(text(f"INSERT INTO {what} FROM app_user WHERE username = 'hr.hanoi'"))
    proofs = """SELECT (SELECT count(*) FROM second_factor) + (SELECT count(*) FROM security_key)
        + (SELECT count(*) FROM identity_tie)"""
    with pytest.raises(Invalid):
        step(registry, "admin1", recovery.ask, "  ", SECRET)
    halves = both_halves(registry)
    with pytest.raises(Conflict, match="recovery_open"):
        step(registry, "admin2", recovery.ask, "Lần nữa", SECRET)
    for wrong in ((halves[0], "AAAA-AAAA"), ("AAAA-AAAA", halves[1]), (halves[1], halves[0]), ("", "")):
        with pytest.raises(Unauthenticated):
            use(registry, wrong)
    with pytest.raises(Invalid):
        use(registry, halves, "ngan")
    assert registry.scalar(proofs) == 3
    assert registry.scalar("SELECT max(cardinality(at)) FROM sign_in_tries") == 4, "guesses are counted"
    assert kind(knock(registry, "hr.hanoi")) == (401, "otp_required"), "the old way in holds until the end"

    use(registry, (halves[0].lower().replace("-", " "), halves[1]))
    assert registry.scalar(proofs) == 0
    assert registry.scalar("SELECT count(*) FROM recovery_code") == 0
    assert kind(knock(registry, "hr.hanoi")) == (401, "wrong_credentials")
    assert knock(registry, "hr.hanoi", NEW).status_code == 201
    with pytest.raises(Unauthenticated):
        use(registry, halves, "một mật khẩu khác nữa")
    trail = registry.scalar("""SELECT array_agg(concat_ws(' ', action, actor_name, object_id) ORDER BY id)
        FROM audit_event WHERE action LIKE 'recovery.%'""")
    assert trail == [
        "recovery.ask Phan Gia Huy hr.hanoi",
        "recovery.confirm Mai Khánh Vân hr.hanoi",
        "recovery.use Trần Thu Hà hr.hanoi",
    ]
    shown = "SELECT count(*) FROM audit_event e WHERE strpos(e::text, :half) > 0"
    assert [registry.scalar(shown, half=half) for half in halves] == [0, 0]


def test_nobody_is_two_of_the_three_people(registry: Bed) -> None:
    with registry.acting("admin1") as (session, actor), pytest.raises(Conflict, match="same_person"):
        recovery.ask(session, actor, "admin1", "Cho mình", SECRET)
    step(registry, "admin1", recovery.ask, "Mất điện thoại", SECRET)
    with pytest.raises(Conflict, match="same_person"):
        step(registry, "admin1", recovery.confirm, SECRET)
    with pytest.raises(NotFound), registry.acting("admin2") as (session, actor):
        recovery.confirm(session, actor, "hr.danang", SECRET)
    assert registry.scalar("SELECT count(*) FROM account_recovery WHERE confirmed_by IS NULL") == 1

    ids = {name: registry.actor(name).user_id for name in ("admin1", "admin2", "hr.hanoi")}
    confirm = """UPDATE account_recovery SET confirmed_at = now(), confirmed_hash = 'x',
        confirmed_by = :who RETURNING 1"""
    for who in (ids["admin1"], ids["hr.hanoi"]):
        assert refused(registry, confirm, who=who) == "ck_account_recovery_two_officers"
    tie = "UPDATE app_user SET official_id = :one WHERE username IN ('admin1', 'admin2') RETURNING 1"
    one = registry.scalar("SELECT max(official_id) FROM official_current")
    registry.scalar(tie, one=one)
    assert refused(registry, confirm, who=ids["admin2"]) == "ck_account_recovery_two_officers", (
        "two accounts of one official are one officer"
    )
    registry.scalar(tie, one=None)
    assert refused(registry, confirm, who=ids["admin2"]) == "ck_account_recovery_two_officers", (
        "and stay one whatever the accounts are tied to later"
    )
    forget_ties(registry)
    assert refused(registry, confirm, who=ids["admin2"]) == ""
    assert refused(registry, "UPDATE account_recovery SET asked_by = :who RETURNING 1", who=1) == "denied"
    step(registry, "admin2", recovery.confirm, SECRET)
    assert refused(registry, confirm, who=ids["admin2"]) == "ck_account_recovery_rewritten"


def refused(bed: Bed, statement: str, **values: Any) -> str:
    """The constraint that stops a statement of the web role, 'denied' for a missing right, '' for none; nothing stays."""
    with bed.engine("web").connect() as connection, connection.begin() as transaction:
        try:
            connection.execute(text(statement), values)
        except DBAPIError as error:
            diag = error.orig.diag  # type: ignore[union-attr]
            return "denied" if diag.sqlstate == "42501" else str(diag.constraint_name)
        transaction.rollback()
    return ""


def test_a_recovery_ends_by_the_clock_and_by_being_cancelled(registry: Bed) -> None:
    halves = both_halves(registry)
    older = "UPDATE account_recovery SET expires_at = expires_at - CAST(:time AS interval) RETURNING 1"
    registry.scalar(older, time=timedelta(minutes=15))
    with pytest.raises(Unauthenticated):
        use(registry, halves)
    first = step(registry, "admin2", recovery.ask, "Lần nữa, mã cũ hết hạn", SECRET)
    registry.scalar(older, time=timedelta(days=1))
    with pytest.raises(NotFound):
        step(registry, "admin1", recovery.confirm, SECRET)
    second = step(registry, "admin1", recovery.ask, "Lần ba", SECRET)
    step(registry, "admin2", recovery.cancel)
    with pytest.raises(NotFound):
        step(registry, "admin2", recovery.confirm, SECRET)
    for one in ((first, second), (second, first)):
        with pytest.raises(Unauthenticated):
            use(registry, one)
    assert knock(registry, "hr.hanoi", PASSWORD).status_code == 201, "nothing was changed"


def test_recovery_by_program_is_for_administrators_and_shown_once(registry: Bed) -> None:
    admin, other, officer = (registry.api(name) for name in ("admin1", "admin2", "hr.danang"))
    path, sent = "/users/hr.hanoi/recovery", {"reason": "Mất điện thoại"}
    assert officer.post(path, json=sent).status_code == 403
    asked = admin.post(path, json=sent, headers={"Idempotency-Key": "a"})
    assert (asked.status_code, len(factors.plain_code(asked.json["half"]))) == (201, 8)
    assert admin.post(path, json=sent, headers={"Idempotency-Key": "a"}).status_code == 409
    assert kind(admin.post(f"{path}/confirm")) == (409, "same_person")
    assert other.post(f"{path}/confirm").status_code == 201
    assert other.delete(path).status_code == 204
    assert other.delete(path).status_code == 404
