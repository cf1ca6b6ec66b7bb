"""An answer in words: one sentence for every rule that was asked, in the order in which it was."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from registry.access.actor import ROLE_LABELS
from registry.access.permissions import NATIONAL, OWN_ONLY, ROLE_PERMISSIONS, Permission, Sensitivity
from registry.access.policy import MADE_BY_ONESELF, Rule
from registry.explaining.actions import ACTIONS, EVERY
from registry.explaining.queries import Answer, Held, Unit
from registry.law.why import vn
from registry.words import Words


class Reason(NamedTuple):
    """One rule: its name for programs, how it came out, and the sentence."""

    rule: str
    holds: bool
    words: Words


CLASS_WORDS: dict[Sensitivity, Words] = {
    "ordinary": Words("Của vị trí công tác", "Of the post"),
    "personal": Words("Của cá nhân", "Of the person"),
    "sensitive": Words("Nhạy cảm theo luật", "Sensitive by law"),
    "secret": Words("Bảo vệ chính trị nội bộ", "Internal political protection"),
}


def title_of(answer: Answer) -> Words:
    """What is asked to be done, in words."""
    kind = answer.question.kind
    return (ACTIONS[kind] if kind else EVERY)[answer.question.action]


def verdict_of(answer: Answer) -> Words:
    """The answer in one sentence."""
    if not answer.open:
        return Words("Không: tài khoản đang khóa.", "No: the account is closed.")
    if answer.verdict is None:
        return Words(
            "Không trả lời được: bạn không được xem đối tượng này, hoặc nó không có.",
            "Not told: the object is not yours to see, or not there.",
        )
    if answer.verdict.allowed:
        return Words("Được.", "Yes.")
    if answer.verdict.hidden:
        return Words("Không: trả lời như không có.", "No: the answer is as if it were not there.")
    return Words("Không.", "No.")


def reasons(answer: Answer) -> list[Reason]:
    """Why, rule by rule; the last one decided."""
    told = []
    if not answer.about_self or not answer.open:
        told.append(Reason("account", answer.open, _account(answer)))
    if answer.verdict is not None:
        told += [
            Reason(rule.asked, rule.holds, _SAYING[rule.asked](answer, rule)) for rule in answer.verdict.rules
        ]
    refused = answer.verdict is not None and not answer.verdict.allowed and not answer.verdict.hidden
    if answer.question.kind is not None and answer.open and not answer.seen and not refused:
        told.append(Reason("visible", False, _not_there(answer)))
    return told


def period_of(held: Held) -> Words:
    """From which day to which last day a grant holds."""
    since = vn(held.valid_from)
    if held.valid_to is None:
        return Words(f"từ {since}, không thời hạn", f"from {since}, without an end")
    last = vn(held.valid_to - timedelta(days=1))
    return Words(f"từ {since} đến hết {last}", f"from {since} to {last} included")


def state_of(held: Held, today: date) -> Words:
    """Whether a grant holds today, or held, or will."""
    if held.in_force:
        return Words("đang có hiệu lực", "in force")
    if held.valid_from > today:
        return Words("chưa bắt đầu", "not begun")
    return Words("đã hết hiệu lực", "ended")


def _account(answer: Answer) -> Words:
    if answer.open:
        return Words("Tài khoản đang mở.", "The account is open.")
    return Words(
        "Tài khoản đang khóa: không phiên nào, không mã truy cập nào dùng được.",
        "The account is closed: no session and no token of it works.",
    )


def _second_factor(_answer: Answer, rule: Rule) -> Words:
    if rule.holds:
        return Words(
            "Không thiếu xác thực hai lớp: vai trò không cần, hoặc tài khoản đã bật.",
            "No second factor is missing: the roles need none, or the account has one.",
        )
    return Words(
        "Vai trò này cần xác thực hai lớp mà tài khoản chưa bật, nên mọi quyền còn tắt.",
        "A role of this account needs a second factor and there is none yet, so no right works.",
    )


def _role(answer: Answer, rule: Rule) -> Words:
    action = answer.question.action
    if rule.holds:
        giving = list(dict.fromkeys(one.role for one in answer.held if one.in_force and one.gives))
        vi, en = _roles(giving)
        return Words(f"Vai trò có quyền này: {vi}.", f"A role held gives this: {en}.")
    vi, en = _roles([role for role, given in ROLE_PERMISSIONS.items() if action in given])
    return Words(
        f"Không vai trò nào đang giữ có quyền này. Có quyền này: {vi}.",
        f"No role held today gives this. It is given by: {en}.",
    )


def _roles(names: list[str]) -> tuple[str, str]:
    labels = [ROLE_LABELS[one] for one in names]
    return ", ".join(one.vi for one in labels), ", ".join(one.en for one in labels)


def _token(answer: Answer, rule: Rule) -> Words:
    scope = answer.question.action.value
    if rule.holds:
        return Words(f"Mã truy cập có phạm vi {scope}.", f"The token carries the scope {scope}.")
    return Words(f"Mã truy cập không có phạm vi {scope}.", f"The token lacks the scope {scope}.")


def _two_people(_answer: Answer, rule: Rule) -> Words:
    if rule.holds:
        return Words("Người khác lập đề nghị này.", "Somebody else made this request.")
    return Words(
        "Chính người này lập đề nghị, bằng tài khoản này hoặc tài khoản khác: phải có hai người.",
        "The same person made this request, with this account or another one: it takes two people.",
    )


def _unit(answer: Answer, rule: Rule) -> Words:
    where = _named(answer.unit)
    if rule.holds:
        grants = [one for one in answer.held if one.in_force and one.gives and one.covers]
        vi, en = _grants(grants)
        return Words(f"{where.vi} thuộc phạm vi: {vi}.", f"{where.en} lies in: {en}.")
    grants = [one for one in answer.held if one.in_force and one.gives and one.role not in OWN_ONLY]
    if not grants:
        return Words(
            "Quyền này không gắn với đơn vị nào, chỉ với hồ sơ hay việc của chính mình.",
            "This right is over no unit, only over what is one's own.",
        )
    vi, en = _grants(grants)
    return Words(f"{where.vi} ngoài phạm vi: {vi}.", f"{where.en} lies outside: {en}.")


def _named(unit: Unit | None) -> Words:
    if unit is None:
        return Words("Đối tượng không gắn với đơn vị nào,", "The object belongs to no unit and")
    return Words(f"{unit.name} ({unit.code})", f"{unit.name} ({unit.code})")


def _grants(grants: list[Held]) -> tuple[str, str]:
    """Grants in words: role, unit, period."""
    vi, en = [], []
    for one in grants:
        role, period, nation = ROLE_LABELS[one.role], period_of(one), one.role in NATIONAL
        vi.append(f"{role.vi}, {'cả nước' if nation else one.name or 'không đơn vị'}, {period.vi}")
        en.append(f"{role.en}, {'the nation' if nation else one.name or 'no unit'}, {period.en}")
    return "; ".join(vi), "; ".join(en)


def _own(answer: Answer, rule: Rule) -> Words:
    if answer.question.action in MADE_BY_ONESELF:
        if rule.holds:
            return Words("Chính tài khoản này đã lập hoặc tải lên.", "This account made or uploaded it.")
        return Words(
            "Không phải tài khoản này lập hay tải lên.", "It was not made or uploaded by this account."
        )
    if rule.holds:
        return Words("Đây là hồ sơ của chính chủ tài khoản.", "It is the account holder's own record.")
    return Words(
        "Không phải hồ sơ của chính chủ tài khoản.",
        "It is not the account holder's own record.",
    )


def _other_record(_answer: Answer, rule: Rule) -> Words:
    if rule.holds:
        return Words(
            "Đề nghị không chạm đến hồ sơ của chính người quyết định.",
            "The request does not touch the record of whoever decides.",
        )
    return Words(
        "Đề nghị có nội dung về hồ sơ của chính người quyết định.",
        "The request touches the record of whoever decides.",
    )


_SAYING: dict[str, Callable[[Answer, Rule], Words]] = {
    "second_factor": _second_factor,
    "role": _role,
    "token": _token,
    "two_people": _two_people,
    "unit": _unit,
    "own": _own,
    "other_record": _other_record,
}


THIS: dict[str, Words] = {
    "official": Words("Hồ sơ này", "The record is"),
    "unit": Words("Đơn vị này", "The unit is"),
    "change": Words("Đề nghị này", "The request is"),
    "file": Words("Tệp này", "The file is"),
}


def _not_there(answer: Answer) -> Words:
    kind = THIS[answer.question.kind or "official"]
    grants = [
        one
        for one in answer.held
        if one.in_force
        and one.role not in OWN_ONLY
        and Permission.OFFICIALS_RECORD_READ in ROLE_PERMISSIONS[one.role]
    ]
    if not answer.about_self:
        return Words(
            f"{kind.vi} không có, hoặc bạn, người hỏi, không được xem: hai trường hợp trả lời như nhau.",
            f"{kind.en} not there, or not visible to you who ask; both get this answer.",
        )
    if not grants:
        return Words(
            f"{kind.vi} không có, hoặc không phải của bạn: hai trường hợp trả lời như nhau.",
            f"{kind.en} not there, or not your own; both get this answer.",
        )
    vi, en = _grants(grants)
    return Words(
        f"{kind.vi} không có, hoặc ngoài phạm vi của bạn ({vi}): hai trường hợp trả lời như nhau.",
        f"{kind.en} not there, or outside your units ({en}); both get this answer.",
    )
