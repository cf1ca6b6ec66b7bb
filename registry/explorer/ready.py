"""READY: questions that ministries and provinces ask again and again, each put together and a click away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from registry.explorer.questions import Question
from registry.periods import add_months
from registry.words import Words

YEARS_BACK = 5


@dataclass(frozen=True)
class Ready:
    """A question in words, what its answer means, and its parts. `days`: parts that are so many years before today."""

    id: str
    words: Words
    meaning: Words
    question: Question
    years_before: Mapping[str, int] | None = None

    def on(self, today: date, own_unit: str | None = None) -> Question:
        """The question as of today; for whoever counts in a unit of their own, by the units below it."""
        days = {
            name: add_months(today, -12 * years).isoformat()
            for name, years in (self.years_before or {}).items()
        }
        within = {"row": "unit"} if own_unit and self.question.row == "ministry_or_province" else {}
        return self.question.but(**days, **within)


READY: dict[str, Ready] = {
    one.id: one
    for one in (
        Ready(
            "nu-lanh-dao",
            Words(
                "Bao nhiêu công chức nữ giữ chức vụ lãnh đạo theo tỉnh, hôm nay và 5 năm trước?",
                "How many women civil servants hold leading posts by province, today and 5 years ago?",
            ),
            Words(
                "Hai ngày cạnh nhau, đơn vị quy về cây hôm nay để tỉnh sáp nhập vẫn so được.",
                "Two days side by side, units recast to those of today so that merged provinces compare.",
            ),
            Question(
                row="ministry_or_province",
                where=("category:cong_chuc", "sex:nu", "leader:yes"),
                tree="today",
            ),
            {"compare": YEARS_BACK},
        ),
        Ready(
            "nghi-huu",
            Words(
                "Ai sắp nghỉ hưu: 10 năm tới theo ngạch?", "Who retires in the next 10 years, by rank level?"
            ),
            Words(
                "Số người đến ngày làm việc cuối cùng theo lộ trình tuổi nghỉ hưu, từng năm.",
                "Persons who reach the last day of work by the roadmap of pension ages, year by year.",
            ),
            Question(measure="retirements", row="rank_level", column="year"),
        ),
        Ready(
            "bien-che",
            Words(
                "Biên chế giao, có mặt, còn thiếu theo tỉnh?", "Posts given, filled and vacant by province?"
            ),
            Words(
                "Số được giao, đã có người, còn trống, tính từng vị trí.",
                "Places of the quota, those filled and those vacant, post by post.",
            ),
            Question(measure="posts", also=("posts_filled", "posts_vacant"), row="ministry_or_province"),
        ),
        Ready(
            "thap-tuoi",
            Words("Cơ cấu tuổi và giới (tháp)?", "Ages and sexes (pyramid)?"),
            Words(
                "Nam bên trái, nữ bên phải, tuổi tròn năm.", "Men left, women right, completed years of age."
            ),
            Question(row="age_band", column="sex"),
        ),
        Ready(
            "quy-luong",
            Words("Quỹ lương tháng theo bộ, tỉnh?", "Monthly payroll by ministry and province?"),
            Words(
                "Hệ số nhân mức lương cơ sở của ngày xét, kèm số người và hệ số bình quân.",
                "Coefficients times the base salary of the day, with headcount and mean coefficient.",
            ),
            Question(measure="payroll", also=("headcount", "mean_coefficient"), row="ministry_or_province"),
        ),
        Ready(
            "bien-dong",
            Words("Vào, ra, tỷ lệ biến động năm 2025?", "Entries, exits and turnover of 2025?"),
            Words(
                "Lượt vào, ra khỏi số có mặt từ 01/01 đến 31/12/2025, và số ra trên 100 người có mặt bình quân.",
                "Entries into and exits from the headcount from 1 January to 31 December 2025; exits per 100 persons.",
            ),
            Question(
                measure="turnover",
                also=("entries", "exits"),
                row="category",
                since="2025-01-01",
                as_of="2025-12-31",
            ),
        ),
        Ready(
            "xep-loai",
            Words("Xếp loại chất lượng năm 2025 theo bộ, tỉnh?", "Grades of 2025 by ministry and province?"),
            Words(
                "Kết quả xếp loại của năm theo mức; biểu đồ là phần trăm của từng bộ, tỉnh.",
                "Grades of the year by level; the chart shows percent of each ministry and province.",
            ),
            Question(
                measure="evaluations",
                row="ministry_or_province",
                column="evaluation_grade",
                since="2025-01-01",
                as_of="2025-12-31",
            ),
        ),
        Ready(
            "trinh-do",
            Words("Trình độ chuyên môn theo nhóm ngạch?", "Education by rank level?"),
            Words(
                "Trình độ cao nhất của mỗi người, chia theo nhóm ngạch, hạng chức danh.",
                "Highest level of each person, by rank level.",
            ),
            Question(row="rank_level", column="education"),
        ),
        Ready(
            "dan-toc",
            Words("Dân tộc thiểu số theo tỉnh?", "Ethnic minorities by province?"),
            Words(
                "Số người Kinh và dân tộc thiểu số của từng bộ, tỉnh, kèm tỷ lệ nữ.",
                "Kinh and minority persons of each ministry and province, with the share of women.",
            ),
            Question(row="ministry_or_province", column="ethnicity", also=("women_share",)),
        ),
        Ready(
            "nang-bac",
            Words("Nâng bậc lương đến hạn 12 tháng tới?", "Salary steps due in the next 12 months?"),
            Words(
                "Số người đến hạn nâng bậc thường xuyên, theo phân loại và nhóm ngạch, có tổng phụ.",
                "Persons due for a regular step, by category and rank level, with subtotals.",
            ),
            Question(measure="step_increases_due", row="category", row2="rank_level"),
        ),
    )
}
