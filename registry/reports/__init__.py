"""Reports and printed forms: every one of them is a line in REPORTS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.reports.forms import cv_2c, cv_electronic, cv_tctw


@dataclass(frozen=True)
class Parameter:
    """What a user gives to get a report; `kind` is 'person', 'date' or 'instant'."""

    name: str
    title_vi: str
    title_en: str
    kind: str
    required: bool = True


@dataclass(frozen=True)
class Report:
    """One printable. `draw` makes the PDF from the plain data of its form module and nothing else."""

    name: str
    title_vi: str
    title_en: str
    parameters: tuple[Parameter, ...]
    draw: Callable[[Any], bytes]


AS_OF = Parameter("as_of", "Tính đến ngày", "As of", "date", required=False)
KNOWN_AT = Parameter("known_at", "Ghi nhận đến", "Known at", "instant", required=False)
PERSON = Parameter("personal_id", "Số định danh cá nhân", "Personal identity number", "person")

REPORTS: dict[str, Report] = {
    "2c": Report(
        "2c",
        "Sơ yếu lý lịch cán bộ, công chức (Mẫu 2C-BNV/2008)",
        "Curriculum vitae of an official (form 2C-BNV/2008)",
        (PERSON, AS_OF, KNOWN_AT),
        cv_2c.draw,
    ),
    "2c_tctw_98": Report(
        "2c_tctw_98",
        "Sơ yếu lý lịch dùng cho tổ chức đảng (Mẫu 2C/TCTW-98)",
        "Curriculum vitae for Party bodies (form 2C/TCTW-98)",
        (PERSON, AS_OF, KNOWN_AT),
        cv_tctw.draw,
    ),
    "so_yeu_ly_lich": Report(
        "so_yeu_ly_lich",
        "Sơ yếu lý lịch điện tử (theo Thông tư 06/2023/TT-BNV)",
        "Electronic curriculum vitae (after Circular 06/2023/TT-BNV)",
        (PERSON, AS_OF, KNOWN_AT),
        cv_electronic.draw,
    ),
}
