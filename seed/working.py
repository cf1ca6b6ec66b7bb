"""Work under way in a fresh demo: reviews of files, what officials proposed, what they declared and is to be decided.

Written as rows with days reckoned from today and ids from the seed, so that the same demo is the same, byte for byte.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.changes.queries import DIGEST
from registry.law.why import vn
from registry.officials.facts import FACTS
from registry.periods import add_months
from seed.chance import uid_of
from seed.papers import HANOI

REVIEWS: tuple[tuple[str, str, str, int, int, int, bool], ...] = (
    ("Rà soát hồ sơ cuối năm", "H26-00004", "hr.badinh", 9, 21, 55, False),
    ("Rà soát quan hệ gia đình, nơi ở sau sắp xếp địa giới", "H26-SNV", "hr.hanoi", 4, 30, 20, False),
    ("Rà soát trình độ, bồi dưỡng", "H17", "hr.danang", 60, -15, 100, True),
)
"""(name, unit, who began it, days ago, days until it is due, percent answered for, closed)."""
KINDS = {"H26-SNV": ["family", "address"], "H17": ["qualification", "training"]}
MESSAGE = "Đối chiếu từng mục với giấy tờ đang giữ; thiếu thì bổ sung, sai thì báo."
ON_BEHALF = "Đã đối chiếu với hồ sơ giấy lưu tại cơ quan."


def load_work(session: Session, seed: int, today: date) -> dict[str, int]:
    """Reviews, proposals and changes under way. Loading again adds nothing; a unit without people has no review."""
    if session.scalar(text("SELECT EXISTS (SELECT FROM campaign) OR EXISTS (SELECT FROM proposal)")):
        return {}
    reviews = sum(_review(session, seed, today, place) for place in range(len(REVIEWS)))
    work = Work(session, seed, today)
    for username, officer in (("official1", "hr.hanoi"), ("official2", "hr.danang")):
        work.of(username, officer)
    return {"campaign": reviews, "proposal": work.proposals, "change under way": work.changes}


def _at(today: date, days_ago: int, hour: int = 9) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), time(hour, 15), HANOI)


def _user(session: Session, username: str) -> int:
    return int(
        session.execute(
            text("SELECT id FROM app_user WHERE username = :name"), {"name": username}
        ).scalar_one()
    )


def _review(session: Session, seed: int, today: date, place: int) -> int:
    """One review with its tasks, of which some are answered for; how many were begun."""
    name, unit, username, ago, due, answered, closed = REVIEWS[place]
    user = _user(session, username)
    campaign = session.scalar(
        text("""INSERT INTO campaign (uid, name, message, kinds, organization_id, org_ord, due_on, started_by, started_at,
                closed_by, closed_at)
            SELECT :uid, :name, :message, :kinds, o.id, o.ord, :due, :user, :at, CASE WHEN :closed THEN :user END,
                CASE WHEN :closed THEN CAST(:ended AS timestamptz) END
            FROM organization o WHERE o.code = :unit AND EXISTS (SELECT FROM official_current c
                WHERE c.in_headcount AND c.org_ord BETWEEN o.ord AND o.last) RETURNING id"""),
        {
            "uid": str(uid_of(seed, "campaign", place)), "name": name, "message": MESSAGE,
            "kinds": KINDS.get(unit, []), "due": today + timedelta(days=due), "user": user, "unit": unit,
            "at": _at(today, ago), "closed": closed, "ended": _at(today, max(-due, 0), 16),
        },
    )  # fmt: skip
    if campaign is None:
        return 0
    session.execute(
        text("""INSERT INTO campaign_task (campaign_id, official_id, organization_id, org_ord, state, on_behalf, words,
                done_by, done_at)
            SELECT :campaign, c.official_id, c.organization_id, c.org_ord, CASE WHEN d.one THEN 'confirmed' ELSE 'open' END,
                d.one, CASE WHEN d.one THEN :words ELSE '' END, CASE WHEN d.one THEN CAST(:user AS bigint) END,
                CASE WHEN d.one THEN CAST(:at AS timestamptz) + (c.official_id % 3) * interval '1 day' END
            FROM organization o JOIN official_current c ON c.in_headcount AND c.org_ord BETWEEN o.ord AND o.last
            CROSS JOIN LATERAL (SELECT (c.official_id * 37 + 11) % 100 < :answered AND NOT EXISTS (
                SELECT FROM app_user u WHERE u.official_id = c.official_id) AS one) d
            WHERE o.code = :unit ORDER BY c.official_id"""),
        {
            "campaign": campaign, "unit": unit, "words": ON_BEHALF, "user": user, "answered": answered,
            "at": _at(today, max(ago - 3, 1), 10),
        },
    )  # fmt: skip
    return 1


class Work:
    """What officials of the demo sent, and what came of it."""

    def __init__(self, session: Session, seed: int, today: date) -> None:
        self.session, self.seed, self.today = session, seed, today
        self.proposals = self.changes = 0

    def of(self, username: str, officer: str) -> None:
        """Of one official: an award that was not taken, a planned post of which the officer made a draft, a wrong step that
        waits, and a declaration to be decided."""
        row = self.session.execute(
            text("""SELECT u.id AS user_id, c.official_id, c.uid::text AS uid, c.organization_id, c.org_ord
                FROM app_user u JOIN official_current c ON c.official_id = u.official_id WHERE u.username = :name"""),
            {"name": username},
        ).one()
        step = self.session.execute(
            text("""SELECT id, valid_from FROM fact_salary WHERE official_id = :one AND recorded_to IS NULL
                ORDER BY valid_from DESC LIMIT 1"""),
            {"one": row.official_id},
        ).one()
        told = {"official": row.uid}
        award = {
            "action": "record", "kind": "reward", "form": "gk", "year": self.today.year - 1,
            "valid_from": date(self.today.year - 1, 12, 20).isoformat(), **told,
        }  # fmt: skip
        answer = "Giấy khen của chi đoàn không thuộc mục khen thưởng của cơ quan có thẩm quyền."
        self._proposal(
            row, award, "Còn thiếu giấy khen năm trước.", "declined", days_ago=20, by=officer, answer=answer
        )
        post = {
            "action": "record", "kind": "planning", "term": "2025_2030", "post": "Phó Trưởng phòng",
            "valid_from": (self.today - timedelta(days=40)).isoformat(), **told,
        }  # fmt: skip
        draft = self._draft(row, officer)
        self._proposal(
            row, post, "Đã có quyết định phê duyệt quy hoạch, chưa thấy trong hồ sơ.", "drafted",
            days_ago=6, by=officer, change=draft,
        )  # fmt: skip
        earlier = add_months(step.valid_from, -1)
        wrong = {
            "action": "correct",
            "kind": "salary",
            "fact_id": step.id,
            "valid_from": earlier.isoformat(),
            **told,
        }
        self._proposal(
            row,
            wrong,
            "Quyết định nâng bậc ghi hưởng sớm hơn một tháng so với hồ sơ.",
            "received",
            days_ago=3,
        )
        self._declared(row)

    def _proposal(
        self,
        row: Any,
        operation: dict[str, Any],
        reason: str,
        status: str,
        *,
        days_ago: int,
        by: str | None = None,
        answer: str = "",
        change: int | None = None,
    ) -> None:
        self.session.execute(
            text("""INSERT INTO proposal (uid, status, official_id, organization_id, org_ord, made_by, kind, operation,
                    reason, change_id, answered_by, answer, made_at, answered_at, version)
                VALUES (:uid, :status, :official, :unit, :ord, :made_by, :kind, CAST(:operation AS jsonb), :reason,
                    :change, :by, :answer, :made, :answered, :version)"""),
            {
                "uid": str(uid_of(self.seed, "proposal", row.official_id * 10 + self.proposals)),
                "status": status, "official": row.official_id, "unit": row.organization_id, "ord": row.org_ord,
                "made_by": row.user_id, "kind": operation["kind"], "operation": json.dumps(operation), "reason": reason,
                "change": change, "by": _user(self.session, by) if by else None, "answer": answer,
                "made": _at(self.today, days_ago), "version": 2 if by else 1,
                "answered": _at(self.today, days_ago - 2, 14) if by else None,
            },
        )  # fmt: skip
        self.proposals += 1

    def _draft(self, row: Any, officer: str) -> int:
        """The officer's draft of what was proposed; the number of the decision is still to come."""
        fields = dict.fromkeys(FACTS["planning"].columns()) | {
            "term": "2025_2030",
            "post": "Phó Trưởng phòng",
        }
        return self._change(
            row, _user(self.session, officer), "form", "record", "planning", None, self.today - timedelta(days=40),
            fields, said=list(fields), number="", basis="decision",
            title="Phê duyệt quy hoạch nhiệm kỳ 2025 - 2030", days_ago=4,
        )  # fmt: skip

    def _declared(self, row: Any) -> None:
        """A new telephone and address that the official declares, handed in."""
        fact = self.session.execute(
            text("""SELECT f.id, f.valid_from, to_jsonb(f) AS fact FROM fact_identity f WHERE f.official_id = :one
                AND f.recorded_to IS NULL ORDER BY f.valid_from DESC LIMIT 1"""),
            {"one": row.official_id},
        ).one()
        fields = {name: fact.fact[name] for name in FACTS["identity"].columns()} | {"phone": "0912345678"}
        change = self._change(
            row, row.user_id, "self", "amend", "identity", fact.id, fact.valid_from, fields, said=["phone"],
            number=f"Tự khai {vn(self.today - timedelta(days=2))}", basis="self_declared",
            title="Sửa thông tin chung: điện thoại", days_ago=2,
        )  # fmt: skip
        self.session.execute(
            text(f"""UPDATE change SET status = 'submitted', submitted_at = :at, version = version + 1,
                digest = {DIGEST.replace(":decision", "change.decision_id").replace(":id", "change.id")} WHERE id = :change"""),
            {"change": change, "at": _at(self.today, 2, 10)},
        )
        self._event(change, row.user_id, "submit", _at(self.today, 2, 10))

    def _change(
        self,
        row: Any,
        maker: int,
        origin: str,
        action: str,
        kind: str,
        fact: int | None,
        since: date,
        fields: dict[str, Any],
        *,
        said: Sequence[str],
        number: str,
        basis: str,
        title: str,
        days_ago: int,
    ) -> int:
        """A draft with one operation; its id."""
        place, at = row.official_id * 10 + self.changes, _at(self.today, days_ago)
        day = self.today - timedelta(days=days_ago)
        decision = self.session.scalar(
            text("""INSERT INTO decision (uid, number, issued_on, effective_on, title, basis)
                VALUES (:uid, :number, :day, :day, :title, :basis) RETURNING id"""),
            {
                "uid": str(uid_of(self.seed, "paper under way", place)), "number": number, "day": day,
                "title": title, "basis": basis,
            },
        )  # fmt: skip
        change = self.session.execute(
            text("""INSERT INTO change (uid, salt, number, origin, decision_id, organization_id, org_ord, maker_id, created_at)
                VALUES (:uid, :salt, 'ĐN-' || CAST(:year AS text) || '-' || lpad(nextval('change_number_seq')::text, 6, '0'), :origin,
                    :decision, :unit, :ord, :maker, :at) RETURNING id"""),
            {
                "uid": str(uid_of(self.seed, "change under way", place)),
                "salt": str(uid_of(self.seed, "salt of a change under way", place)), "year": str(self.today.year),
                "origin": origin, "decision": decision, "unit": row.organization_id, "ord": row.org_ord,
                "maker": maker, "at": at,
            },
        ).scalar_one()  # fmt: skip
        self.session.execute(
            text("""INSERT INTO change_operation (change_id, seq, action, official_id, kind, fact_id, decision_id,
                    valid_from, fields, said)
                VALUES (:change, 0, :action, :official, :kind, :fact, :decision, :since, CAST(:fields AS jsonb), :said)"""),
            {
                "change": change, "action": action, "official": row.official_id, "kind": kind, "fact": fact,
                "decision": decision, "since": since, "fields": json.dumps(fields, ensure_ascii=False), "said": said,
            },
        )  # fmt: skip
        self._event(change, maker, "draft", at)
        self.changes += 1
        return int(change)

    def _event(self, change: int, actor: int, step: str, at: datetime) -> None:
        self.session.execute(
            text(
                "INSERT INTO change_event (change_id, at, actor_id, step) VALUES (:change, :at, :actor, :step)"
            ),
            {"change": change, "at": at, "actor": actor, "step": step},
        )
