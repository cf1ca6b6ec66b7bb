"""Administration: accounts and their rights from a day to a day, and the code lists by date. No personal data
is shown.
"""

from datetime import date
from typing import Any

from flask import Blueprint, Response

from api.http import status_of
from registry.access import queries, recovery, services
from registry.access.actor import ROLE_LABELS
from registry.access.passwords import SHORTEST
from registry.access.permissions import Permission
from registry.access.services import UNITLESS
from registry.catalogues import lists
from registry.catalogues import queries as catalogues
from registry.errors import Conflict, Flaw, Invalid, NotFound, RegistryError, not_found
from registry.officials.facts.parsing import Wrong, parse_day
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.words import Words
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("administration_pages", __name__)
MANAGE = Permission.ACCESS_USER_MANAGE
PAGE = 50
ITEMS_AT_ONCE = 200
CERTAINTIES: dict[str, tuple[str, Words]] = {
    "verified": ("green", Words("Đã đối chiếu", "Verified")),
    "recalled": ("amber", Words("Chưa đối chiếu", "Not verified")),
    "product": ("grey", Words("Của hệ thống", "Own")),
    "computed": ("blue", Words("Tính ra", "Computed")),
}


# Accounts


@page(rooms, "/quan-tri", MANAGE)
def list_accounts(call: PageCall) -> Response:
    """All accounts by user name, with the rights they have today."""
    q, after = call.args.get("q", "").strip(), call.args.get("after", "")
    rows = queries.list_users(call.session, call.today, q=q, after=after, limit=PAGE + 1)
    for one in rows:
        one["held"] = [grant for grant in one["grants"] if grant["in_force"]]
    following = rows[PAGE - 1]["username"] if len(rows) > PAGE else None
    return call.render(
        "administration/accounts.html",
        title=call.t("Quản trị", "Administration"),
        accounts=rows[:PAGE],
        q=q,
        total=queries.count_users(call.session, q),
        recoveries=[
            one
            for one in recovery.find_open(call.session)
            if one["confirmed_by"] is None and call.actor.user_id not in (one["asked_by"], one["user_id"])
        ],
        waiting=queries.list_waiting(call.session, call.today, call.actor.user_id),
        role=lambda key: call.say(ROLE_LABELS[key]),
        soon=lambda grant: _ends_soon(call, grant),
        next=call.link(after=following) if following else None,
        first=call.link(after=None) if after else None,
    )


def _ends_soon(call: PageCall, grant: dict[str, Any]) -> bool:
    """Whether a right ends within thirty days."""
    end = grant["valid_to"]
    return end is not None and 0 <= (date.fromisoformat(end) - call.today).days <= 30


@page(rooms, "/quan-tri/tai-khoan/moi", MANAGE)
def new_account(call: PageCall) -> Response:
    """The form for an account."""
    return _account_form(call, NO_MISTAKES)


def _account_form(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    return call.render(
        "administration/new_account.html",
        status=status,
        title=call.t("Tạo tài khoản", "New account"),
        mistakes=mistakes,
        errors=mistakes.fields,
        form=call.form,
        shortest=SHORTEST,
    )


@page(rooms, "/quan-tri/tai-khoan/moi", MANAGE, methods=("POST",))
def create_account(call: PageCall) -> Response:
    """An account without any right; rights are given on its page."""
    form = call.form
    try:
        with call.savepoint():
            user = services.create_user(
                call.session,
                call.actor,
                username=form.get("username", "").strip(),
                password=form.get("password", ""),
                display_name=form.get("display_name", ""),
            )
    except (Invalid, Conflict) as error:
        return _account_form(
            call, mistakes_of(error, call.language, ("username", "password", "display_name")), status=422
        )
    return call.redirect(f"/quan-tri/tai-khoan/{user.username}?xong=tao")


@page(rooms, "/quan-tri/tai-khoan/<username>", MANAGE)
def show_account(call: PageCall, username: str) -> Response:
    """One account: its rights, past ones too, and giving another."""
    return _account(call, username, NO_MISTAKES)


def _account(call: PageCall, username: str, mistakes: Mistakes, *, status: int = 200) -> Response:
    account = _get_account(call, username)
    form = call.form
    return call.render(
        "administration/account.html",
        status=status,
        title=account["display_name"],
        account=account,
        mistakes=mistakes,
        errors=mistakes.fields,
        own=account["id"] == call.actor.user_id,
        reader_id=call.actor.user_id,
        tokens=[one for one in queries.list_tokens(call.session, username) if one["waits"]],
        recovery=_recovery(call, username),
        roles=[(key, call.say(words)) for key, words in ROLE_LABELS.items()],
        role=lambda key: call.say(ROLE_LABELS[key]),
        done=call.args.get("xong"),
        form=form,
        soon=lambda grant: _ends_soon(call, grant),
        valid_from=form.get("valid_from", call.today.strftime("%d/%m/%Y")),
        last_day=_last_day,
    )


def _recovery(call: PageCall, username: str) -> dict[str, Any] | None:
    """The open recovery of an account, with when it was asked for and until when it holds."""
    found = recovery.find_open(call.session, username)
    return (
        found[0]
        | {
            "mine": found[0]["asked_by"] == call.actor.user_id,
            "asked": found[0]["asked_at"].astimezone(queries.LOCAL).strftime("%d/%m/%Y %H:%M"),
            "until": found[0]["expires_at"].astimezone(queries.LOCAL).strftime("%d/%m/%Y %H:%M"),
        }
        if found
        else None
    )


def _last_day(end: str | None) -> date | None:
    """The last day on which a half-open period holds."""
    return date.fromordinal(date.fromisoformat(end).toordinal() - 1) if end else None


def _get_account(call: PageCall, username: str) -> dict[str, Any]:
    found = queries.list_users(call.session, call.today, username=username)
    if not found:
        raise not_found()
    return found[0]


@page(rooms, "/quan-tri/tai-khoan/<username>/cap-quyen", MANAGE, methods=("POST",))
def grant(call: PageCall, username: str) -> Response:
    """Give a role over a unit, from a day to the last day typed."""
    form = call.form
    flaws: list[Flaw] = []
    start, last = (
        _day(form.get("valid_from", ""), "valid_from", flaws),
        _day(form.get("valid_to", ""), "valid_to", flaws),
    )
    try:
        if flaws:
            raise Invalid(Words("Chưa cấp được quyền.", "The right was not granted."), "invalid", flaws)
        with call.savepoint():
            services.grant_role(
                call.session,
                call.actor,
                username=username,
                role=form.get("role", ""),
                organization=_unit_code(call),
                valid_from=start or call.today,
                valid_to=date.fromordinal(last.toordinal() + 1) if last else None,
            )
    except NotFound:
        raise
    except (Invalid, Conflict) as error:
        return _account(
            call,
            username,
            mistakes_of(error, call.language, ("role", "organization", "valid_from", "valid_to")),
            status=422,
        )
    return call.redirect(f"/quan-tri/tai-khoan/{username}?xong=cap")


def _day(typed: str, name: str, flaws: list[Flaw]) -> date | None:
    try:
        return parse_day(typed) if typed.strip() else None
    except Wrong as wrong:
        flaws.append(Flaw(name, wrong.code, wrong.words))
        return None


def _unit_code(call: PageCall) -> str | None:
    """The unit typed, by code or by a name that one unit alone bears; none for roles of the whole nation."""
    typed = call.form.get("organization", "").strip()
    if not typed:
        return "VN" if call.form.get("role") in UNITLESS else None
    found = organizations.search(call.session, typed, AsOf(call.today), limit=2)
    exact = [one for one in found if one.code == typed.upper()]
    return exact[0].code if exact else found[0].code if len(found) == 1 else typed


@page(rooms, "/quan-tri/tai-khoan/<username>/xac-nhan/<what>/<int:number>", MANAGE, methods=("POST",))
def confirm(call: PageCall, username: str, what: str, number: int) -> Response:
    """Confirm a right (`quyen`) or a program's token (`ma`) that another administrator gave."""
    account = _get_account(call, username)
    if what not in ("quyen", "ma") or (
        what == "quyen" and number not in {one["id"] for one in account["grants"]}
    ):
        raise not_found()
    try:
        with call.savepoint():
            if what == "quyen":
                services.confirm_grant(call.session, call.actor, number, call.today)
            else:
                services.confirm_program_token(call.session, call.actor, username, number)
    except Conflict as error:
        return _account(call, username, _refusal(call, error), status=409)
    return call.redirect(f"/quan-tri/tai-khoan/{username}?xong=xac-nhan")


@page(rooms, "/quan-tri/tai-khoan/<username>/thu-hoi/<int:grant_id>", MANAGE)
def ask_revoke(call: PageCall, username: str, grant_id: int) -> Response:
    """What stops at once, before a right is taken away."""
    account = _get_account(call, username)
    held = next((one for one in account["grants"] if one["id"] == grant_id), None)
    if held is None:
        raise not_found()
    left = [one for one in account["grants"] if one["in_force"] and one["id"] != grant_id]
    return call.render(
        "administration/revoke.html",
        title=call.t("Thu hồi quyền", "Revoke the right"),
        account=account,
        grant=held,
        left=left,
        role=lambda key: call.say(ROLE_LABELS[key]),
    )


@page(rooms, "/quan-tri/tai-khoan/<username>/thu-hoi/<int:grant_id>", MANAGE, methods=("POST",))
def revoke(call: PageCall, username: str, grant_id: int) -> Response:
    """Take a right away; it is gone with the next request of whoever had it."""
    if grant_id not in {one["id"] for one in _get_account(call, username)["grants"]}:
        raise not_found()
    services.revoke_grant(call.session, call.actor, grant_id, call.today)
    return call.redirect(f"/quan-tri/tai-khoan/{username}?xong=thu-hoi")


@page(rooms, "/quan-tri/tai-khoan/<username>/trang-thai", MANAGE, methods=("POST",))
def set_active(call: PageCall, username: str) -> Response:
    """Close or reopen an account."""
    active = call.form.get("active") == "1"
    try:
        with call.savepoint():
            services.set_active(call.session, call.actor, username, active)
    except Conflict as error:
        return _account(call, username, _refusal(call, error), status=409)
    return call.redirect(f"/quan-tri/tai-khoan/{username}?xong={'mo' if active else 'khoa'}")


@page(rooms, "/quan-tri/tai-khoan/<username>/khoi-phuc", MANAGE, methods=("POST",))
def recover(call: PageCall, username: str) -> Response:
    """By the button: ask for a recovery, confirm another's, or drop one. Half of the code is shown this once."""
    what, key = call.form.get("what", ""), call.settings.secret_key
    _get_account(call, username)
    try:
        with call.savepoint():
            if what == "cancel":
                recovery.cancel(call.session, call.actor, username)
                return call.redirect(f"/quan-tri/tai-khoan/{username}?xong=huy-khoi-phuc")
            half = (
                recovery.confirm(call.session, call.actor, username, key)
                if what == "confirm"
                else recovery.ask(call.session, call.actor, username, call.form.get("reason", ""), key)
            )
    except (Invalid, Conflict) as error:
        return _account(
            call, username, mistakes_of(error, call.language, ("reason",)), status=status_of(error)
        )
    return call.render(
        "administration/half.html",
        title=call.t("Khôi phục truy cập", "Recover the access"),
        account=_get_account(call, username),
        half=half,
        second=what == "confirm",
    )


def _refusal(call: PageCall, error: RegistryError) -> Mistakes:
    words = call.say(error.message)
    return Mistakes(words, {}, [(None, words)])


# Code lists


@page(rooms, "/quan-tri/danh-muc", MANAGE)
def list_catalogues(call: PageCall) -> Response:
    """All code lists with their size and legal source."""
    found = catalogues.find_catalogues(call.session)
    return call.render(
        "administration/catalogues.html",
        title=call.t("Danh mục", "Code lists"),
        catalogues=found,
        say=call.say,
    )


@page(rooms, "/quan-tri/danh-muc/<name>", MANAGE)
def show_catalogue(call: PageCall, name: str) -> Response:
    """The rows of a list that hold on a day, or all it ever had."""
    crumbs = [
        ("/quan-tri", call.t("Quản trị", "Administration")),
        ("/quan-tri/danh-muc", call.t("Danh mục", "Code lists")),
    ]
    return catalogue_page(call, name, f"/quan-tri/danh-muc/{name}", crumbs)


def catalogue_page(call: PageCall, name: str, path: str, crumbs: list[tuple[str, str]]) -> Response:
    """A code list at an address of its own, under pages (href, text)."""
    catalogue = catalogues.get_catalogue(call.session, name)
    on, everything = call.day("as_of") or call.today, call.args.get("tat-ca") == "1"
    q = call.args.get("q", "").strip().casefold()
    items = [
        one
        for one in lists.items(call.session, name)
        if (everything or one.holds(on))
        and (
            not q
            or q in one.name.vi.casefold()
            or q in one.key.casefold()
            or q in (one.code or "").casefold()
        )
    ]
    start = (
        int(call.args["tu"]) if call.args.get("tu", "").isascii() and call.args.get("tu", "").isdigit() else 0
    )
    shown = items[start : start + ITEMS_AT_ONCE]
    return call.render(
        "administration/catalogue.html",
        title=catalogue.title_en if call.language == "en" else catalogue.title_vi,
        catalogue=catalogue,
        path=path,
        crumbs=crumbs,
        items=shown,
        total=len(items),
        start=start,
        on=on,
        everything=everything,
        q=call.args.get("q", ""),
        say=call.say,
        certainty=lambda key: (CERTAINTIES[key][0], call.say(CERTAINTIES[key][1])),
        next=call.link(tu=start + ITEMS_AT_ONCE) if start + ITEMS_AT_ONCE < len(items) else None,
        prev=call.link(tu=max(0, start - ITEMS_AT_ONCE) or None) if start else None,
        last_day=_last_of,
    )


def _last_of(end: date | None) -> date | None:
    return date.fromordinal(end.toordinal() - 1) if end else None
