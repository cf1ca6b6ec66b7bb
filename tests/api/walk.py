"""What the tests of the API share: a client that holds every reply against the API's own description, a walk
over all reads, and the story of a change as a program tells it.
"""

import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conftest import TODAY, Api, Bed
from jsonschema import Draft202012Validator, FormatChecker
from make import UNIT, newcomer, paper, sequencer

from registry.bulk import jobs
from registry.reports import running

PROBLEM = "application/problem+json"
QUESTIONS = {
    "/law/reappointment": "?since=2022-01-01",
    "/law/secondment": "?since=2026-01-01",
    "/law/rotation": "?since=2026-01-01",
    "/law/increase": "?rank=01.003&step=3&since=2024-01-01",
    "/law/early-increase": "?rank=01.003&step=3&since=2024-01-01&merit_on=2025-12-31",
    "/law/overrun": "?rank=01.003&since=2020-01-01",
    "/law/discipline": "?form=khien_trach&category=vien_chuc&decided_on=2026-01-15",
    "/law/evaluation-quota": "?category=cong_chuc&good=10",
    "/law/career-step": "?rank=V.07.05.15",
    "/law/position-allowance": "?position=bo_vice_minister",
    "/law/personal-number": "?number=001190123456",
    "/law/lifecycle": "?from=dang_lam_viec",
    "/access/why": "?unit=H26-SNV",
}
"""Further questions to the law, with what they need."""
FILLED = {
    "username": "hr.hanoi",
    "code": "H26-SNV",
    "name": "ranks",
    "kind": "salary",
    "form": "2c",
    "worklist": "salary_steps",
    "token": "1",
    "grant": "1",
    "entry": "1",
}
"""Parts of paths that any registry with the demo can fill in; `named` depends on what is asked for."""


DOCUMENT: dict[str, Any] = {}
"""The API's description, asked for once: it is made of the code and the same for every registry."""


@dataclass
class Contract:
    """The API's description, and what a reply must look like by it."""

    bed: Bed
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        if not DOCUMENT:
            DOCUMENT.update(self.bed.api().get("/openapi.json").json)
        self.document = DOCUMENT

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The declaration behind a concrete path such as /officials/… (without /api/v1)."""
        rule, _ = self.bed.app.url_map.bind("").match(
            f"/api/v1{path.partition('?')[0]}", method, return_rule=True
        )
        template = "".join(f"{{{part}}}" if is_dynamic else part for is_dynamic, part in rule._trace).replace(
            "|", ""
        )
        return self.document["paths"][template][method.lower()]  # type: ignore[no-any-return]

    def hold(self, method: str, path: str, reply: Any) -> None:
        """Fail unless the reply is what its operation promises."""
        responses = self.operation(method, path)["responses"]
        if reply.status_code >= 400:
            assert reply.content_type == PROBLEM, (method, path, reply.text)
            self.valid(self.document["components"]["schemas"]["Problem"], reply.json, path)
            assert reply.json["status"] == reply.status_code
            return
        assert str(reply.status_code) in responses, (method, path, reply.status_code)
        if reply.status_code == 204:
            assert reply.data == b""
            return
        content = responses[str(reply.status_code)]["content"]
        assert reply.mimetype in content, (path, reply.content_type)
        if reply.mimetype == "application/json":
            self.valid(content["application/json"]["schema"], reply.json, path)

    def valid(self, schema: dict[str, Any], value: Any, path: str) -> None:
        """Fail with every place where the value does not fit the schema."""
        whole = schema | {"components": self.document["components"]}
        found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)
        assert not [f"{path} {one.json_path}: {one.message[:200]}" for one in found]


@dataclass
class Program(Api):
    """A client that checks each reply it gets."""

    contract: Contract | None = None

    def _call(self, method: str, path: str, **kept: Any) -> Any:
        reply = super()._call(method, path, **kept)
        if self.contract is not None and reply.status_code != 405:
            self.contract.hold(method, path, reply)
        return reply

    def patch(self, path: str, **kept: Any) -> Any:
        return self._call("PATCH", path, **kept)


def program(bed: Bed, username: str | None = None) -> Program:
    """A checking client, signed in as somebody."""
    signed_in = bed.api(username)
    return Program(signed_in.client, signed_in.token, Contract(bed))


# The story of a change


def body(
    operations: list[dict[str, Any]], number: str = "12/QĐ-SNV", issued_on: date = TODAY, **more: Any
) -> dict[str, Any]:
    """A change as it is sent."""
    return {"decision": paper(number, issued_on) | more, "operations": operations}


def hand_in(maker: Program, operations: list[dict[str, Any]], **decision: Any) -> Any:
    """The reply to a change drafted and submitted at once."""
    reply = maker.post("/changes?submit=true", json=body(operations, **decision))
    assert reply.status_code == 201, reply.text
    return reply


def decide(checker: Program, change: Any, step: str = "approve", **sent: Any) -> Any:
    """The reply to a decision on the change as `change` (a reply) showed it."""
    return checker.post(
        f"/changes/{change.json['id']}/{step}", json=sent, headers={"If-Match": change.headers["ETag"]}
    )


def carry_out(maker: Program, checker: Program, operations: list[dict[str, Any]], **decision: Any) -> Any:
    """A change handed in and approved; the reply to the approval."""
    reply = decide(checker, hand_in(maker, operations, **decision))
    assert reply.status_code == 200, reply.text
    return reply


def register(maker: Program, checker: Program, **personal: Any) -> dict[str, Any]:
    """Somebody new on the registry; the record."""
    operation = newcomer(**personal)
    carry_out(maker, checker, [operation], number="1/QĐ-TD")
    return maker.get(f"/officials/{operation['personal']['personal_id']}").json  # type: ignore[no-any-return]


# Imports


def upload(maker: Program, content: bytes, name: str = "nhap.csv", **parts: Any) -> Any:
    """The reply to an upload."""
    form = {"file": (io.BytesIO(content), name), "kind": "officials", "organization": "H26-SNV", **parts}
    return maker.post("/imports", data=form)


def work(bed: Bed) -> int:
    """Do every job that waits, as the worker does; how many."""
    done = 0
    while jobs.run_one(
        bed.engine("worker"), bed.settings, jobs.HANDLERS | running.handlers(bed.engine("stats"))
    ):
        done += 1
    return done


TITLES = (
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số định danh cá nhân",
    "Mã cơ quan",
    "Phân loại",
    "Ngày tuyển dụng",
    "Số quyết định",
    "Ngày quyết định",
)


def row(name: str, number: str, born: str = "05/09/1990", unit: str = UNIT) -> tuple[str, ...]:
    """A row of somebody new, in the order of TITLES."""
    return (name, born, "Nữ", number, unit, "Công chức", "01/03/2020", "9/QĐ-SNV", "20/11/2026")


def sheet(*rows: tuple[str, ...]) -> bytes:
    """A CSV with the titles and these rows."""
    return "\n".join(";".join(cells) for cells in (TITLES, *rows)).encode()


# A walk over all reads


NOBODYS_SESSION = "0190a8a0-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Places:
    """Things of Hà Nội that paths can name: a record; by hr.hanoi a change, an import, its job, an export, a report, a file."""

    official: str
    change: str
    imported: str
    job: str
    file: str
    proposal: str
    campaign: str
    exported: str
    reported: str

    @classmethod
    def made_in(cls, bed: Bed) -> "Places":
        """Make them. official1 becomes somebody of Hà Nội, with a portrait, outside Ba Đình, which has accounts of its own."""
        maker = program(bed, "hr.hanoi")
        own = bed.scalar("""UPDATE app_user SET official_id = (
                SELECT min(c.official_id) FROM official_current c JOIN organization h ON h.code = 'H26'
                    JOIN organization b ON b.code = 'H26-00004'
                    JOIN fact_portrait f ON f.official_id = c.official_id AND f.recorded_to IS NULL
                WHERE c.org_ord BETWEEN h.ord AND h.last AND c.org_ord NOT BETWEEN b.ord AND b.last)
            WHERE username = 'official1' RETURNING (SELECT uid::text FROM official WHERE id = official_id)""")
        change = maker.post("/changes", json=body([newcomer()])).json["id"]
        imported = upload(maker, sheet(row("Vũ Thị Nhập", "001190999001"), row("Sai Số", "12"))).json
        asked = {"what": "officials", "filter": {"organization": "H26-SNV"}, "format": "csv"}
        exported = maker.post("/exports", json=asked).json["id"]
        counted = {"form": "danh_sach", "parameters": {"organization": "H26-SNV"}, "format": "csv"}
        reported = maker.post("/reports", json=counted).json["id"]
        work(bed)
        sequencer(bed).turn()
        file = maker.post("/files", data={"file": (io.BytesIO(b"%PDF-1.7"), "giấy.pdf")}).json["id"]
        campaign = maker.post(
            "/campaigns", json={"name": "Rà soát", "organization": "H26-SNV", "due_on": "2026-12-31"}
        ).json["id"]
        meant = {"action": "amend", "official": own, "personal": {"full_name": "Tên Đúng"}}
        proposal = program(bed, "official1").post(
            "/proposals", json={"operation": meant, "reason": "Sai chính tả"}
        )
        job = imported["job_id"]
        return cls(own, change, imported["id"], job, file, proposal.json["id"], campaign, exported, reported)

    def fill(self, template: str) -> str:
        """A concrete path for a template such as /api/v1/officials/{named}."""
        named = {
            "officials": self.official,
            "changes": self.change,
            "imports": self.imported,
            "exports": self.exported,
            "reports": self.reported,
            "jobs": self.job,
            "files": self.file,
            "proposals": self.proposal,
            "campaigns": self.campaign,
            "me": NOBODYS_SESSION,
        }
        path = template.removeprefix("/api/v1")
        path = path.replace("{named}", named.get(path.split("/")[1], ""))
        for name, value in FILLED.items():
            path = path.replace(f"{{{name}}}", value)
        return (
            path
            + {
                "/law/retirement": "?sex=nu&birth_date=1975-06",
                "/law/pay": "?rank=01.003&step=3",
                "/law/deadline": "?from=2026-11-25&days=5",
                **QUESTIONS,
            }.get(path, "")
            + ("?outcome=new" if path.endswith("/rows") else "")
        )


def reads(contract: Contract) -> list[str]:
    """The templates of everything that can be read, signing in apart."""
    return sorted(path for path, operations in contract.document["paths"].items() if "get" in operations)
