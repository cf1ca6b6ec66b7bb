"""FORMS: every statutory form of statistics by name. To add one: its rows in the catalogues, a line here, a test.

The heads, columns, rows and checks of a form are rows of report_forms, report_columns, report_lines and
report_checks, by which a form is filled and refused; what stands here names the form and its gatherer for a list
of forms, and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from registry.periods import AsOf
from registry.reports.statutory import criteria, lists, movement, tables
from registry.reports.statutory.criteria import Source
from registry.reports.statutory.form import Filled
from registry.reports.statutory.pdf import to_pdf
from registry.reports.statutory.xlsx import to_xlsx
from registry.words import Words

__all__ = ["FORMS", "Form", "to_pdf", "to_xlsx"]

Gather = Callable[[Session, str, str, AsOf], Filled]


@dataclass(frozen=True)
class Form:
    """A statutory form. `valid_from` and `valid_to` (exclusive): the days it prints for; None is open.

    `names_people`: it lists persons, so whoever prints it must be allowed to see them; all others only count.
    """

    id: str
    code: str
    title: Words
    version: str
    source: str
    how: Gather
    names_people: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    def gather(self, session: Session, organization_code: str, as_of: AsOf) -> Filled:
        """The form filled for a unit as of a day. Raises Invalid for an unknown unit or a day it is not for.

        A list of people is read while it is drawn: draw it before the session ends.
        """
        return self.how(session, self.id, organization_code, as_of)


TT11, TT07, PARTY = "TT 11/2012", "TT 07/2019 (bản in phần mềm)", "Biểu số n-BTCTW"
CIRCULAR = "Thông tư 11/2012/TT-BNV ngày 17/12/2012, biểu"
VC_CIRCULAR = "Thông tư 07/2019/TT-BNV ngày 01/06/2019, biểu"
COMMISSION = "Biểu mẫu của Ban Tổ chức Trung ương, biểu số"
TWO_LEVELS = date(2025, 7, 1)
"""Law 80/2025/QH15, article 45, and the end of the district level: what the forms of before and after meet at."""


def _counting(source: Source) -> Gather:
    def gather(session: Session, form: str, organization_code: str, as_of: AsOf) -> Filled:
        return criteria.gather(session, form, source, organization_code, as_of)

    return gather


PERSONS = _counting(Source())
PLANS = _counting(Source(criteria.plans, distinct=True))
EVENTS = _counting(Source(criteria.events))
MOVES = _counting(Source(criteria.moves))
party = partial(Form, version=PARTY)

FORMS: dict[str, Form] = {
    one.id: one
    for one in (
        Form(
            "bm01",
            "BM01/BNV",
            Words(
                "Báo cáo số lượng, chất lượng công chức từ cấp huyện trở lên",
                "Report on number and quality of civil servants from district level up",
            ),
            TT11,
            f"{CIRCULAR} BM01",
            tables.gather,
        ),
        Form(
            "bm01_xa",
            "BM01/BNV",
            Words(
                "Báo cáo số lượng, chất lượng công chức cấp xã",
                "Report on number and quality of civil servants at commune level",
            ),
            f"{TT11}, lọc cấp xã",
            f"Luật Cán bộ, công chức 80/2025/QH15, Điều 45; cột theo {CIRCULAR} BM01",
            tables.gather,
            valid_from=TWO_LEVELS,
        ),
        Form(
            "bm02",
            "BM02/BNV",
            Words(
                "Báo cáo số lượng, chất lượng cán bộ, công chức cấp xã",
                "Report on number and quality of commune officials",
            ),
            TT11,
            f"{CIRCULAR} BM02",
            tables.gather,
            valid_to=TWO_LEVELS,
        ),
        Form(
            "bm03",
            "BM03/BNV",
            Words(
                "Báo cáo danh sách và tiền lương công chức từ cấp huyện trở lên",
                "List and pay of civil servants from district level up",
            ),
            TT11,
            f"{CIRCULAR} BM03",
            lists.gather,
            names_people=True,
        ),
        Form(
            "bm04",
            "BM04/BNV",
            Words(
                "Báo cáo danh sách và tiền lương cán bộ, công chức cấp xã",
                "List and pay of commune officials",
            ),
            TT11,
            f"{CIRCULAR} BM04",
            lists.gather,
            names_people=True,
            valid_to=TWO_LEVELS,
        ),
        Form(
            "bm01_vc",
            "BM01-VC/BNV",
            Words(
                "Báo cáo số lượng, chất lượng viên chức", "Report on number and quality of public employees"
            ),
            TT07,
            f"{VC_CIRCULAR} BM01-VC (theo bản in của phần mềm)",
            tables.gather,
        ),
        Form(
            "bm02_vc",
            "BM02-VC/BNV",
            Words("Báo cáo danh sách và tiền lương viên chức", "List and pay of public employees"),
            TT07,
            f"{VC_CIRCULAR} BM02-VC (theo bản in của phần mềm)",
            lists.gather,
            names_people=True,
        ),
        party(
            "8b",
            "Biểu số 8B-BTCTW",
            Words(
                "Phân tích chất lượng người hưởng lương ngân sách khối Đảng, Mặt trận Tổ quốc, đoàn thể chính trị - "
                "xã hội cấp tỉnh, cấp huyện trong năm",
                "Quality of those paid from the budget in Party bodies, the Front and mass organizations",
            ),
            source=f"{COMMISSION} 8B-BTCTW",
            how=PERSONS,
        ),
        party(
            "8c",
            "Biểu số 8C-BTCTW",
            Words(
                "Tình hình người hưởng lương, phụ cấp ngân sách khối Đảng, Mặt trận Tổ quốc, đoàn thể",
                "Those paid from the budget in Party bodies, the Front and mass organizations: movement in the period",
            ),
            source=f"{COMMISSION} 8C-BTCTW",
            how=movement.gather,
        ),
        party(
            "9a",
            "Biểu số 9A-BTCTW",
            Words("Thống kê cán bộ lãnh đạo, quản lý cấp tỉnh", "Leaders and managers at provincial level"),
            source=f"{COMMISSION} 9A-BTCTW",
            how=PERSONS,
        ),
        party(
            "9b",
            "Biểu số 9B-BTCTW",
            Words("Thống kê cán bộ lãnh đạo, quản lý cấp huyện", "Leaders and managers at district level"),
            source=f"{COMMISSION} 9B-BTCTW",
            how=PERSONS,
            valid_to=TWO_LEVELS,
        ),
        party(
            "9c",
            "Biểu số 9C-BTCTW",
            Words("Thống kê cán bộ lãnh đạo, quản lý cấp xã", "Leaders and managers at commune level"),
            source=f"{COMMISSION} 9C-BTCTW",
            how=PERSONS,
        ),
        party(
            "10",
            "Biểu số 10-BTCTW",
            Words("Kết quả đào tạo, bồi dưỡng cán bộ", "Training results"),
            source=f"{COMMISSION} 10-BTCTW",
            how=EVENTS,
        ),
        party(
            "11",
            "Biểu số 11-BTCTW",
            Words("Kết quả luân chuyển cán bộ", "Results of rotation"),
            source=f"{COMMISSION} 11-BTCTW",
            how=MOVES,
        ),
        party(
            "12b",
            "Biểu số 12B-BTCTW",
            Words("Kết quả quy hoạch cán bộ cấp huyện", "Planning of leaders at district level"),
            source=f"{COMMISSION} 12B-BTCTW",
            how=PLANS,
            valid_to=TWO_LEVELS,
        ),
        party(
            "12c",
            "Biểu số 12C-BTCTW",
            Words("Kết quả quy hoạch cán bộ cấp xã", "Planning of leaders at commune level"),
            source=f"{COMMISSION} 12C-BTCTW",
            how=PLANS,
        ),
        party(
            "13",
            "Biểu số 13-BTCTW",
            Words("Số lượt bổ nhiệm, giới thiệu ứng cử", "Appointments and nominations"),
            source=f"{COMMISSION} 13-BTCTW",
            how=EVENTS,
        ),
    )
}
