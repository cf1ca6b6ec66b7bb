"""RULES: every rule of data quality, declared once. To add one: a line here, or a line in registry/quality/required.py.

A rule is a sentence, what to do, where it is written, a weight, and the statement that finds who breaks it. Statements
are over `who`, the present rows (official_current) of the records that are counted, with two columns more:
`serving` (a status that counts holds today) and `over` (the service has ended). They give (official_id, fact_id, detail),
fact_id 0 for the record as a whole; `:today` is the day the registry counts with.

Score of a point: 100 × (1 − weight of the broken rules / weight of the rules that apply to the record); a rule broken by
several facts of a record counts once. The total is the mean of the six points.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import urlencode

from registry.access.permissions import Sensitivity
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field
from registry.quality.required import REQUIRED, Need
from registry.words import Words

STEP_OF_ITS_DAY = (
    "l.rank = f.rank AND l.step = f.step"
    " AND l.valid_from <= f.valid_from AND (l.valid_to IS NULL OR l.valid_to > f.valid_from)"
)
"""The row of law_step that held when a salary fact began."""

Mend = Literal["correct", "record", "amend", "end", "withdraw", "look"]
"""What the page that mends does: corrects the fact found, records one, amends the identity, ends or withdraws a fact, or
shows the records to compare."""

POINTS: dict[str, Words] = {
    "correct": Words("Đúng", "Right"),
    "complete": Words("Đủ", "Complete"),
    "clean": Words("Sạch", "Clean"),
    "alive": Words("Sống", "Alive"),
    "consistent": Words("Thống nhất", "Consistent"),
    "shared": Words("Dùng chung", "Shared"),
}
MEANINGS: dict[str, Words] = {
    "correct": Words(
        "Giá trị khớp với pháp luật và với nhau trong một mục.",
        "Values agree with the law, and with each other inside a fact.",
    ),
    "complete": Words(
        "Có đủ mục mà hồ sơ điện tử phải có.", "Everything that the electronic file must hold is there."
    ),
    "clean": Words(
        "Không trùng người, không trùng mục, chữ và số viết đúng dạng.",
        "Nobody and nothing is there twice; words and numbers have their form.",
    ),
    "alive": Words(
        "Theo kịp thời gian: việc đến hạn đã có quyết định, năm đã qua đã có đánh giá.",
        "Keeps up with time: what fell due has its decision, the year that passed its evaluation.",
    ),
    "consistent": Words(
        "Các mục của một người không trái nhau, đơn vị và mã có hiệu lực vào ngày của mục.",
        "Facts of a person do not contradict each other; units and codes were in force on the day of the fact.",
    ),
    "shared": Words(
        "Gửi được cho cơ sở dữ liệu quốc gia: dựa trên quyết định, mã còn hiệu lực hôm nay.",
        "Can be sent to the national database: rests on a decision, codes are in force today.",
    ),
}
SCORING = Words(
    "Điểm mỗi tiêu chí = 100 × (1 − tổng trọng số quy tắc vi phạm / tổng trọng số quy tắc áp dụng cho hồ sơ). "
    "Một quy tắc bị nhiều mục vi phạm vẫn tính một lần. Điểm chung là trung bình sáu tiêu chí; "
    "điểm của đơn vị là trung bình các hồ sơ.",
    "A point = 100 × (1 − weight of the broken rules / weight of the rules that apply to the record). "
    "A rule broken by several facts counts once. The total is the mean of the six points; "
    "a unit's score is the mean of its records.",
)
CLOCK = Words(
    "Quyết định phải có trong hệ thống trong 3 ngày làm việc kể từ ngày ký; ngày ký không tính, "
    "bỏ qua thứ Bảy, Chủ nhật và ngày nghỉ lễ, Tết, kể cả ngày nghỉ hoán đổi.",
    "A decision must be on the registry within 3 working days from its signature; that day does not count, "
    "weekends and public holidays with their exchanged days are passed over.",
)
CLOCK_SOURCE = "Nghị định 27/2026/NĐ-CP"
WORKING_DAYS = 3
FILE = "Nghị định 27/2026/NĐ-CP"


@dataclass(frozen=True)
class Rule:
    """One rule. `fields` beside `field`, and the classes `tells`, are what a finding gives away: they hide it from whoever
    may not see them. `form` names the form that records the fact where it is not that of the kind.
    `pairs`: it compares records, and `detail.other` is the other one.
    """

    code: str
    point: str
    kind: str
    field: str
    label: Words
    wrong: Words
    todo: Words
    source: str
    weight: int
    found: str
    applies: str = "serving"
    mend: Mend = "correct"
    fields: tuple[str, ...] = ()
    tells: frozenset[Sensitivity] = frozenset()
    form: str = ""
    pairs: bool = False

    @property
    def sensitivity(self) -> frozenset[Sensitivity]:
        """The classes of fields that a reader must see to be told of a finding."""
        kind = FACTS[self.kind]
        if not self.field:
            return self.tells | {_least(self.kind)}
        return self.tells | {kind[name].sensitivity for name in (self.field, *self.fields)}

    def shown_to(self, classes: frozenset[Sensitivity]) -> bool:
        """Whether a reader of these classes of fields may know of it."""
        return self.sensitivity <= classes

    @property
    def field_label(self) -> Words:
        """The field that is wrong, or the kind as a whole."""
        return FACTS[self.kind][self.field].label if self.field else FACTS[self.kind].label

    def mended_at(self, official: str, fact_id: int | None, detail: dict[str, Any]) -> str:
        """The page that mends a finding: the form of a change with person, kind, fact and field filled in."""
        asked = {"official": official}
        match self.mend:
            case "look":
                return "/ho-so?" + urlencode({"q": detail.get("name", "")})
            case "amend":
                asked["what"] = "amend"
            case "record":
                asked["what"] = self.form or self.kind
            case _:
                asked |= {"what": self.kind, "action": self.mend, "fact": str(fact_id)}
        return f"/de-nghi/moi?{urlencode(asked)}" + (f"#p0-{self.field}" if self.field else "")


def _least(kind: str) -> Sensitivity:
    """The class of the most open field of a kind: whoever sees none of it does not learn whether there is one."""
    order: tuple[Sensitivity, ...] = ("ordinary", "personal", "sensitive", "secret")
    return min((one.sensitivity for one in FACTS[kind].fields), key=order.index)


def _fact(kind: str, condition: str, detail: str = "'{}'::jsonb", joins: str = "") -> str:
    """Believed facts of a kind that meet a condition; an identity is the record itself, so its id is not told."""
    fact = "0::bigint" if kind == "identity" else "f.id"
    return (
        f"SELECT w.official_id, {fact} AS fact_id, {detail} AS detail FROM who w"
        f" JOIN fact_{kind} f ON f.official_id = w.official_id AND f.closed_by IS NULL {joins} WHERE {condition}"
    )


def _who(condition: str, detail: str = "'{}'::jsonb", joins: str = "") -> str:
    """Records as a whole that meet a condition."""
    return (
        f"SELECT w.official_id, 0::bigint AS fact_id, {detail} AS detail FROM who w {joins} WHERE {condition}"
    )


def _holds(alias: str = "f") -> str:
    return f"{alias}.valid_from <= :today AND ({alias}.valid_to IS NULL OR {alias}.valid_to > :today)"


ALL = "true"

# Right


def _correct() -> list[Rule]:
    return [
        Rule(
            "coefficient_off_table",
            "correct",
            "salary",
            "coefficient",
            Words("Hệ số khác bảng lương", "Coefficient off the table"),
            Words(
                "Hệ số ghi {is}, bảng lương của ngạch {rank} bậc {step} là {should}.",
                "The coefficient says {is}; the table gives {should} for step {step} of rank {rank}.",
            ),
            Words(
                "Đối chiếu quyết định xếp lương rồi đính chính hệ số hoặc bậc.",
                "Compare with the decision on pay, then correct coefficient or step.",
            ),
            "Nghị định 204/2004/NĐ-CP, các bảng lương",
            5,
            _fact(
                "salary",
                "f.coefficient IS DISTINCT FROM l.coefficient"
                " AND EXISTS (SELECT 1 FROM law_step x WHERE x.rank = f.rank)",
                "jsonb_build_object('is', f.coefficient::text, 'should', coalesce(l.coefficient::text, '–'),"
                " 'rank', f.rank, 'step', f.step)",
                f"LEFT JOIN law_step l ON {STEP_OF_ITS_DAY}",
            ),
            ALL,
        ),
        Rule(
            "personal_number_mismatch",
            "correct",
            "identity",
            "sex",
            Words(
                "Số định danh không khớp giới tính, năm sinh", "Personal number against sex and birth year"
            ),
            Words(
                "Số định danh nói giới tính hoặc năm sinh khác với hồ sơ.",
                "The personal number says another sex or birth year than the record.",
            ),
            Words(
                "Đối chiếu thẻ căn cước. Nếu hồ sơ sai thì sửa thông tin chung; nếu số cũ do đã cải chính hộ tịch "
                "thì giữ nguyên và nêu lý do.",
                "Compare with the identity card. Amend the record if it is wrong; an old number after a civil "
                "correction may stay.",
            ),
            "Nghị định 137/2015/NĐ-CP Điều 13; Thông tư 07/2016/TT-BCA",
            3,
            _who(
                "substr(w.personal_id, 5, 2) <> to_char(w.birth_date, 'YY') OR substr(w.personal_id, 4, 1)::int"
                " <> 2 * (extract(year FROM w.birth_date)::int / 100 - 19) + (w.sex = 'nu')::int"
            ),
            ALL,
            "amend",
            ("birth_date",),
        ),
        Rule(
            "personal_number_place",
            "correct",
            "identity",
            "birth_place",
            Words("Mã nơi đăng ký khai sinh không có", "Unknown place code in the personal number"),
            Words(
                "Ba số đầu của số định danh không phải mã tỉnh hay mã quốc gia nào.",
                "The first three digits of the personal number are no code of a province or country.",
            ),
            Words("Đối chiếu thẻ căn cước.", "Compare with the identity card."),
            "Thông tư 07/2016/TT-BCA, phụ lục",
            2,
            # Codes above the provinces are those of countries.
            _who(
                "substr(w.personal_id, 1, 3)::int < 100 AND NOT EXISTS (SELECT 1 FROM catalogue_item k"
                " WHERE k.catalogue = 'cccd_provinces' AND k.key = substr(w.personal_id, 1, 3))"
            ),
            ALL,
            "amend",
        ),
        Rule(
            "recruited_under_age",
            "correct",
            "identity",
            "birth_date",
            Words("Tuyển dụng khi chưa đủ 18 tuổi", "Recruited before 18"),
            Words(
                "Ngày tuyển dụng {recruited} khi chưa đủ 18 tuổi.",
                "Recruited on {recruited}, before the age of 18.",
            ),
            Words(
                "Kiểm tra ngày sinh và ngày tuyển dụng.", "Check the birth date and the day of recruitment."
            ),
            "Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
            3,
            _who(
                "w.recruited_on < w.birth_date + interval '18 years'",
                "jsonb_build_object('recruited', to_char(w.recruited_on, 'DD/MM/YYYY'))",
            ),
            ALL,
            "amend",
        ),
        Rule(
            "party_probation",
            "correct",
            "party",
            "official_on",
            Words("Chính thức chưa đủ 12 tháng dự bị", "Full member within 12 months"),
            Words(
                "Ngày chính thức chưa đủ 12 tháng kể từ ngày vào Đảng.",
                "Full membership comes within 12 months of admission.",
            ),
            Words(
                "Đối chiếu lý lịch đảng viên rồi đính chính.", "Compare with the Party file, then correct."
            ),
            "Điều lệ Đảng Cộng sản Việt Nam, Điều 5",
            2,
            _fact(
                "party",
                "f.official_on + CASE f.official_on_precision WHEN 'year' THEN interval '1 year'"
                " WHEN 'month' THEN interval '1 month' ELSE interval '0' END < f.joined_on + interval '12 months'",
            ),
            "w.party",
            fields=("joined_on",),
        ),
        Rule(
            "pay_percent",
            "correct",
            "salary",
            "pay_percent",
            Words("Hưởng dưới 100 % ngoài thời gian tập sự", "Less than full pay outside probation"),
            Words(
                "Ghi hưởng {percent} % từ {since} nhưng lúc đó không tập sự.",
                "{percent} % is paid from {since}, outside probation.",
            ),
            Words(
                "Đính chính phần trăm hưởng hoặc tình trạng tập sự.",
                "Correct the percentage or the status of probation.",
            ),
            "Nghị định 115/2020/NĐ-CP Điều 23",
            2,
            _fact(
                "salary",
                "f.pay_percent < 100 AND NOT EXISTS (SELECT 1 FROM fact_status s"
                " WHERE s.official_id = f.official_id AND s.closed_by IS NULL AND s.status = 'tap_su'"
                " AND s.valid_from <= f.valid_from AND (s.valid_to IS NULL OR s.valid_to > f.valid_from))",
                "jsonb_build_object('percent', f.pay_percent, 'since', to_char(f.valid_from, 'DD/MM/YYYY'))",
            ),
            ALL,
        ),
        Rule(
            "overrun_below_top",
            "correct",
            "salary",
            "overrun_percent",
            Words("Vượt khung khi chưa ở bậc cuối", "Overrun below the top step"),
            Words(
                "Ghi vượt khung {percent} % ở bậc {step}, chưa phải bậc cuối.",
                "An overrun of {percent} % stands at step {step}, which is not the top one.",
            ),
            Words("Đính chính bậc hoặc phần trăm vượt khung.", "Correct the step or the overrun."),
            "Thông tư 04/2005/TT-BNV",
            3,
            _fact(
                "salary",
                "f.overrun_percent > 0 AND l.months IS NOT NULL",
                "jsonb_build_object('percent', f.overrun_percent, 'step', f.step)",
                f"JOIN law_step l ON {STEP_OF_ITS_DAY}",
            ),
            ALL,
        ),
        Rule(
            "evaluation_year",
            "correct",
            "evaluation",
            "year",
            Words("Năm đánh giá ngoài thời gian công tác", "Graded for a year outside service"),
            Words(
                "Có kết quả đánh giá năm {year}, trước khi tuyển dụng hoặc sau ngày quyết định.",
                "There is a grade for {year}, before recruitment or after its decision.",
            ),
            Words("Đính chính năm đánh giá.", "Correct the year."),
            "Nghị định 335/2025/NĐ-CP; Nghị định 233/2026/NĐ-CP",
            2,
            _fact(
                "evaluation",
                "f.year > extract(year FROM f.valid_from) OR f.year < extract(year FROM w.recruited_on)",
                "jsonb_build_object('year', f.year)",
            ),
            "w.last_evaluation_year IS NOT NULL",
        ),
        Rule(
            "relative_age",
            "correct",
            "family",
            "birth_year",
            Words("Năm sinh của người thân không thể đúng", "Impossible birth year of a relative"),
            Words(
                "Năm sinh của cha, mẹ hoặc con cách người có hồ sơ dưới 12 năm.",
                "A parent or child is less than 12 years older or younger.",
            ),
            Words("Đính chính năm sinh hoặc quan hệ.", "Correct the birth year or the relation."),
            "Mẫu 2C mục 30",
            1,
            _fact(
                "family",
                "(f.relation IN ('cha_de', 'me_de') AND f.birth_year > extract(year FROM w.birth_date) - 12)"
                " OR (f.relation = 'con' AND f.birth_year < extract(year FROM w.birth_date) + 12)",
            ),
            ALL,
            fields=("relation",),
        ),
        Rule(
            "id_card_day",
            "correct",
            "identity",
            "id_card_issued_on",
            Words("Ngày cấp thẻ căn cước không thể đúng", "Impossible day of the identity card"),
            Words(
                "Ngày cấp thẻ căn cước ở tương lai hoặc trước khi đủ 14 tuổi.",
                "The identity card is dated in the future, or before the age of 14.",
            ),
            Words("Đối chiếu thẻ căn cước rồi sửa thông tin chung.", "Compare with the card, then amend."),
            "Luật Căn cước 26/2023/QH15",
            1,
            _fact(
                "identity",
                "f.id_card_issued_on > :today OR f.id_card_issued_on < f.birth_date + interval '14 years'",
            ),
            ALL,
            "amend",
            ("birth_date",),
        ),
    ]


# Complete


def _complete(need: Need) -> Rule:
    """A rule made from a line of REQUIRED: the field of the fact that holds, or a fact of the kind at all."""
    kind = FACTS[need.kind]
    field: Field | None = kind[need.field] if need.field else None
    source = f"{need.source or FILE}" + (f"; mẫu 2C mục {field.item}" if field and field.item else "")
    if field is None:
        held = f" AND {_holds()}" if need.holding else ""
        when = f" AND f.{need.when}" if need.when else ""
        name = kind.label
        found = _who(
            f"{need.applies} AND NOT EXISTS (SELECT 1 FROM fact_{kind.name} f"
            f" WHERE f.official_id = w.official_id AND f.closed_by IS NULL{when}{held})"
        )
        wrong = Words(
            f"Chưa ghi nhận mục “{kind.label.vi}”" + (" đang có hiệu lực." if need.holding else "."),
            f"Nothing is recorded under “{kind.label.en}”" + (" that holds today." if need.holding else "."),
        )
        mend: Mend = "record"
    else:
        column = field.stored_in[0]
        when = f" AND f.{need.when}" if need.when else ""
        held = f" AND {_holds()}" if need.holding else ""
        name = field.label
        found = _fact(kind.name, f"{need.applies} AND f.{column} IS NULL{when}{held}")
        wrong = Words(
            f"Thiếu “{field.label.vi}” trong mục “{kind.label.vi}”.",
            f"“{field.label.en}” is missing under “{kind.label.en}”.",
        )
        mend = "amend" if kind.name == "identity" else "correct"
    return Rule(
        f"missing.{need.kind}" + (f".{need.field}" if need.field else ""),
        "complete",
        need.kind,
        need.field,
        Words(f"Thiếu: {name.vi}", f"Missing: {name.en}"),
        wrong,
        Words("Bổ sung theo giấy tờ của người có hồ sơ.", "Add it from the person's papers."),
        source,
        need.weight,
        found,
        need.applies,
        mend,
    )


# Clean

_NOT_NAMES = '[][0-9@#$%^&*_=+<>?/|;:,!~"{}]'
_FILLERS = "('-', '--', '.', '..', '...', '?', 'x', 'xx', 'xxx', 'n/a', 'na', 'null', 'none', 'test', 'abc', 'không rõ', 'chưa rõ', 'chưa có')"


def _clean() -> list[Rule]:
    rules = [
        Rule(
            "duplicate_person",
            "clean",
            "identity",
            "full_name",
            Words("Nghi trùng người", "Perhaps the same person twice"),
            Words(
                "Một hồ sơ lập trước có cùng họ tên, ngày sinh, giới tính và nơi đăng ký khai sinh, số định danh khác.",
                "An earlier record has the same name, birth date, sex and place of registration under another number.",
            ),
            Words(
                "So hai hồ sơ. Nếu là một người, giữ hồ sơ có số định danh đúng và rút hồ sơ kia.",
                "Compare the two. If it is one person, keep the one with the right number and withdraw the other.",
            ),
            FILE,
            5,
            _who(
                "w.birth_date_precision = 'day'",
                "jsonb_build_object('other', t.official_id, 'name', w.full_name)",
                "JOIN LATERAL (SELECT min(t.official_id) AS official_id FROM official_current t"
                " WHERE t.fold = w.fold AND t.birth_date = w.birth_date AND t.sex = w.sex"
                " AND t.birth_date_precision = 'day' AND t.official_id < w.official_id"
                # Of namesakes born on one day, those registered in the same province.
                " AND left(t.personal_id, 6) = left(w.personal_id, 6)) t"
                " ON t.official_id IS NOT NULL",
            ),
            ALL,
            "look",
            ("birth_date", "sex"),
            pairs=True,
        ),
        Rule(
            "name_form",
            "clean",
            "identity",
            "full_name",
            Words("Họ tên viết sai dạng", "Name not written as one"),
            Words(
                "Họ tên có chữ số, dấu lạ, chỉ một chữ, hoặc viết toàn chữ hoa hay chữ thường.",
                "The name has digits or signs, is a single word, or is all in capitals or small letters.",
            ),
            Words("Sửa họ tên như trong giấy khai sinh.", "Amend it as in the birth certificate."),
            "Mẫu 2C mục 1",
            2,
            _fact(
                "identity",
                f"f.full_name ~ '{_NOT_NAMES}' OR f.full_name !~ '[ ''’]' OR f.full_name = lower(f.full_name)"
                " OR f.full_name = upper(f.full_name)",
            ),
            ALL,
            "amend",
        ),
        Rule(
            "phone_form",
            "clean",
            "identity",
            "phone",
            Words("Số điện thoại sai dạng", "Phone number out of form"),
            Words("Số điện thoại không phải số của Việt Nam.", "The phone number is no Vietnamese number."),
            Words("Sửa số điện thoại.", "Amend the number."),
            "Quy hoạch kho số viễn thông, Thông tư 22/2014/TT-BTTTT",
            1,
            _fact("identity", "translate(f.phone, ' .-', '') !~ '^(0|[+]84)[0-9]{9,10}$'"),
            ALL,
            "amend",
        ),
        Rule(
            "email_form",
            "clean",
            "identity",
            "email",
            Words("Thư điện tử sai dạng", "E-mail out of form"),
            Words("Địa chỉ thư điện tử không đúng dạng.", "The e-mail address has no such form."),
            Words("Sửa địa chỉ thư điện tử.", "Amend the address."),
            FILE,
            1,
            _fact("identity", "f.email !~ '^[^@ ]+@[^@ ]+[.][^@ ]+$'"),
            ALL,
            "amend",
        ),
    ]
    for kind, field, mend in (
        ("identity", "birth_place", "amend"),
        ("identity", "native_place", "amend"),
        ("identity", "permanent_address", "amend"),
        ("identity", "current_address", "amend"),
        ("qualification", "school", "correct"),
        ("work_history", "unit", "correct"),
    ):
        rules.append(
            Rule(
                f"filler.{kind}.{field}",
                "clean",
                kind,
                field,
                Words(
                    f"Ghi cho có: {FACTS[kind][field].label.vi}",
                    f"Filled for form's sake: {FACTS[kind][field].label.en}",
                ),
                Words(
                    f"“{FACTS[kind][field].label.vi}” chỉ ghi cho có, không phải thông tin.",
                    f"“{FACTS[kind][field].label.en}” says nothing.",
                ),
                Words("Ghi đúng nội dung, hoặc để trống.", "Write what it is, or leave it empty."),
                FILE,
                1,
                _fact(kind, f"lower(f.{field}) IN {_FILLERS} OR f.{field} !~ '[[:alnum:]]'"),
                ALL,
                mend,  # type: ignore[arg-type]
            )
        )
    for kind, of in (
        ("qualification", ("level", "major", "school")),
        ("reward", ("form", "year", "reason")),
        ("language", ("language", "level")),
        ("family", ("relation", "full_name", "birth_year")),
    ):
        same = ", ".join(f"f.{name}" for name in of)
        rules.append(
            Rule(
                f"twice.{kind}",
                "clean",
                kind,
                of[0],
                Words(f"Ghi hai lần: {FACTS[kind].label.vi}", f"Recorded twice: {FACTS[kind].label.en}"),
                Words(
                    f"Mục “{FACTS[kind].label.vi}” này giống hệt một mục khác cùng ngày.",
                    f"This fact under “{FACTS[kind].label.en}” equals another one of the same day.",
                ),
                Words("Rút mục ghi thừa.", "Withdraw the one too many."),
                FILE,
                2,
                f"SELECT w.official_id, max(f.id) AS fact_id, '{{}}'::jsonb AS detail FROM who w"
                f" JOIN fact_{kind} f ON f.official_id = w.official_id AND f.closed_by IS NULL"
                f" GROUP BY w.official_id, f.valid_from, {same} HAVING count(*) > 1",
                ALL,
                "withdraw",
                of[1:],
            )
        )
    return rules


# Alive


def _alive() -> list[Rule]:
    # The grades of a year must be there by 15 January at the latest; they are asked for from the first of February.
    year = "(extract(year FROM CAST(:today AS date) - interval '1 month')::int - 1)"
    graded = f"serving AND w.recruited_on < make_date({year}, 7, 1)"
    return [
        Rule(
            "evaluation_missing",
            "alive",
            "evaluation",
            "year",
            Words("Thiếu đánh giá năm trước", "No grade of last year"),
            Words("Chưa có kết quả đánh giá, xếp loại năm {year}.", "There is no grade for {year}."),
            Words("Ghi quyết định công nhận kết quả đánh giá.", "Record the decision on the grades."),
            "Nghị định 335/2025/NĐ-CP; Nghị định 233/2026/NĐ-CP Điều 9, 15",
            4,
            _who(
                f"{graded} AND coalesce(w.last_evaluation_year, 0) < {year}",
                f"jsonb_build_object('year', {year})",
            ),
            graded,
            "record",
        ),
        Rule(
            "term_over",
            "alive",
            "appointment",
            "term_ends_on",
            Words("Hết thời hạn giữ chức vụ", "Term of office is over"),
            Words(
                "Thời hạn giữ chức vụ hết ngày {on}, chưa có quyết định bổ nhiệm lại hoặc kéo dài.",
                "The term of office ended on {on}; nothing renews or extends it.",
            ),
            Words(
                "Ghi quyết định bổ nhiệm lại, kéo dài hoặc thôi giữ chức vụ.",
                "Record the re-appointment, the extension or the end of the post.",
            ),
            "Nghị định 170/2025/NĐ-CP",
            4,
            _fact(
                "appointment",
                f"serving AND f.is_main AND {_holds()} AND f.term_ends_on <= :today",
                "jsonb_build_object('on', to_char(f.term_ends_on, 'DD/MM/YYYY'))",
            ),
            "serving AND w.term_ends_on IS NOT NULL",
            "record",
        ),
        Rule(
            "past_retirement",
            "alive",
            "status",
            "status",
            Words("Quá tuổi nghỉ hưu vẫn ghi đang làm việc", "Serving past retirement"),
            Words(
                "Đến tuổi nghỉ hưu ngày {on} nhưng vẫn ghi đang làm việc.",
                "Retirement was due on {on}, yet the record says serving.",
            ),
            Words(
                "Ghi quyết định nghỉ hưu, hoặc quyết định kéo dài thời gian công tác.",
                "Record the retirement, or the decision that extends the service.",
            ),
            "Nghị định 135/2020/NĐ-CP; Nghị định 83/2022/NĐ-CP",
            5,
            _who(
                "serving AND w.retirement_on < :today AND w.status <> 'keo_dai_cong_tac'",
                "jsonb_build_object('on', to_char(w.retirement_on, 'DD/MM/YYYY'))",
            ),
            "serving",
            "record",
            tells=frozenset({"personal"}),
        ),
        Rule(
            "step_overdue",
            "alive",
            "salary",
            "step",
            Words("Quá hạn nâng bậc lương", "Step increase overdue"),
            Words(
                "Đến hạn nâng bậc ngày {on}, chưa có quyết định.",
                "The next step fell due on {on}; there is no decision.",
            ),
            Words(
                "Ghi quyết định nâng bậc, hoặc quyết định kéo dài thời gian nâng bậc.",
                "Record the increase, or the measure that delays it.",
            ),
            "Thông tư 08/2013/TT-BNV",
            3,
            _who(
                "serving AND w.next_step_on < :today",
                "jsonb_build_object('on', to_char(w.next_step_on, 'DD/MM/YYYY'))",
            ),
            "serving AND w.next_step_on IS NOT NULL",
            "record",
            form="step",
        ),
        Rule(
            "secondment_over",
            "alive",
            "status",
            "status",
            Words("Biệt phái quá 3 năm", "Seconded for more than 3 years"),
            Words(
                "Biệt phái từ {since}, quá 3 năm mà chưa có quyết định tiếp theo.",
                "Seconded since {since}, more than 3 years, with no decision after it.",
            ),
            Words(
                "Ghi quyết định kết thúc biệt phái, điều động hoặc tiếp nhận.",
                "Record the return, or the transfer.",
            ),
            "Nghị định 170/2025/NĐ-CP",
            3,
            _fact(
                "status",
                f"f.status = 'biet_phai_di' AND {_holds()} AND f.valid_from < CAST(:today AS date) - interval '3 years'",
                "jsonb_build_object('since', to_char(f.valid_from, 'DD/MM/YYYY'))",
            ),
            "w.status = 'biet_phai_di'",
            "record",
        ),
    ]


# Consistent


def _gap(kind: str, label: Words, weight: int, only: str = "true") -> Rule:
    """Days between two facts of a kind in which none holds, while the person was not out of service."""
    return Rule(
        f"gap.{kind}",
        "consistent",
        kind,
        "",
        Words(f"Đứt quãng: {label.vi}", f"Gap: {label.en}"),
        Words(
            f"Từ {{since}} đến {{until}} không có mục “{label.vi}” nào.",
            f"From {{since}} to {{until}} nothing holds under “{label.en}”.",
        ),
        Words(
            "Ghi mục còn thiếu, hoặc đính chính ngày bắt đầu của mục sau.",
            "Record what is missing, or correct the start of the later fact.",
        ),
        FILE,
        3,
        f"""SELECT g.official_id, g.id AS fact_id, jsonb_build_object('since', to_char(g.since, 'DD/MM/YYYY'),
                'until', to_char(g.valid_from - 1, 'DD/MM/YYYY')) AS detail
            FROM (SELECT f.official_id, f.id, f.valid_from, max(coalesce(f.valid_to, 'infinity')) OVER (
                    PARTITION BY f.official_id ORDER BY f.valid_from
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS since
                FROM who w JOIN fact_{kind} f ON f.official_id = w.official_id AND f.closed_by IS NULL AND {only}) g
            WHERE g.since < g.valid_from AND NOT EXISTS (SELECT 1 FROM fact_status s
                JOIN catalogue_item k ON k.catalogue = 'status_codes' AND k.key = s.status
                    AND k.extra->>'status_group' IN ('ended', 'pre')
                WHERE s.official_id = g.official_id AND s.closed_by IS NULL AND s.valid_from < g.valid_from
                    AND (s.valid_to IS NULL OR s.valid_to > g.since))""",
        ALL,
    )


def _left(kind: str, weight: int) -> Rule:
    return Rule(
        f"left.{kind}",
        "consistent",
        kind,
        "",
        Words(f"Đã thôi nhưng còn: {FACTS[kind].label.vi}", f"Left, yet still: {FACTS[kind].label.en}"),
        Words(
            f"Đã nghỉ hưu hoặc thôi việc nhưng mục “{FACTS[kind].label.vi}” chưa kết thúc.",
            f"Retired or left, but a fact under “{FACTS[kind].label.en}” has not ended.",
        ),
        Words("Kết thúc mục này vào ngày nghỉ.", "End it on the day of leaving."),
        FILE,
        weight,
        _fact(kind, f"w.over AND {_holds()}"),
        "w.over",
        "end",
    )


CODED: dict[str, tuple[str, ...]] = {
    "status": ("status", "recruitment_mode"),
    "identity_paper": ("paper",),
    "contract": ("contract",),
    "secondment": ("movement",),
    "leave": ("leave",),
    "training": ("training",),
    "salary": ("rank", "event"),
    "allowance": ("allowance",),
    "qualification": ("level", "study_mode"),
    "political_theory": ("level",),
    "state_management": ("level",),
    "language": ("language", "level"),
    "it_skill": ("level",),
    "reward": ("form",),
    "discipline": ("form",),
    "evaluation": ("grade",),
}
"""Coded fields that must hold a code in force on the day of the fact. Not here: positions, because
the tables of communes and public service units came later than their posts, which keep their key, and categories, whose
keys are the registry's own for times before their law as well."""


def _code_of_day(kind: str, name: str) -> Rule:
    field = FACTS[kind][name]
    return Rule(
        f"code_of_day.{kind}.{name}",
        "consistent",
        kind,
        name,
        Words(
            f"Mã không có hiệu lực vào ngày của mục: {field.label.vi}",
            f"Code not in force on the day of the fact: {field.label.en}",
        ),
        Words(
            f"“{field.label.vi}” ghi mã {{code}}, không có hiệu lực vào ngày {{on}}.",
            f"“{field.label.en}” says {{code}}, which was not in force on {{on}}.",
        ),
        Words("Đính chính theo mã của ngày đó.", "Correct it to the code of that day."),
        f"Danh mục {field.catalogue}",
        2,
        _fact(
            kind,
            f"f.{name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM catalogue_item k"
            f" WHERE k.catalogue = '{field.catalogue}' AND k.key = f.{name}"
            " AND (k.valid_from IS NULL OR k.valid_from <= f.valid_from)"
            " AND (k.valid_to IS NULL OR k.valid_to > f.valid_from))",
            f"jsonb_build_object('code', f.{name}, 'on', to_char(f.valid_from, 'DD/MM/YYYY'))",
        ),
        ALL,
    )


def _consistent() -> list[Rule]:
    return [
        _gap("status", FACTS["status"].label, 4),
        _gap("appointment", FACTS["appointment"].label, 3, "f.is_main"),
        _gap("salary", FACTS["salary"].label, 3),
        _left("appointment", 4),
        _left("salary", 3),
        _left("allowance", 2),
        Rule(
            "unit_not_standing",
            "consistent",
            "appointment",
            "organization",
            Words("Ở đơn vị chưa có hoặc đã kết thúc", "In a unit that did not stand"),
            Words(
                "Có ngày ghi công tác ở một đơn vị chưa thành lập hoặc đã kết thúc.",
                "On some days the post is in a unit not yet founded, or ended.",
            ),
            Words(
                "Ghi quyết định bố trí vào đơn vị kế thừa, hoặc đính chính ngày.",
                "Record the post in the unit that succeeded, or correct the days.",
            ),
            "Nghị định 170/2025/NĐ-CP",
            3,
            _fact(
                "appointment",
                "NOT coalesce((SELECT range_agg(daterange(v.valid_from, v.valid_to)) FROM organization_version v"
                " WHERE v.organization_id = f.organization_id AND v.recorded_to IS NULL)"
                " @> daterange(f.valid_from, f.valid_to), false)",
            ),
            ALL,
        ),
        Rule(
            "party_measure_without_membership",
            "consistent",
            "discipline",
            "authority",
            Words("Kỷ luật Đảng khi chưa là đảng viên", "Party measure without membership"),
            Words(
                "Có kỷ luật của Đảng nhưng lúc đó chưa ghi là đảng viên.",
                "There is a Party measure on a day without recorded membership.",
            ),
            Words(
                "Bổ sung mục Đảng viên, hoặc đính chính thẩm quyền.",
                "Add the membership, or correct the authority.",
            ),
            "Quy định 22-QĐ/TW",
            2,
            _fact(
                "discipline",
                "f.authority = 'party' AND NOT EXISTS (SELECT 1 FROM fact_party p"
                " WHERE p.official_id = f.official_id AND p.closed_by IS NULL AND p.joined_on <= f.valid_from)",
            ),
            ALL,
            fields=("form",),
            tells=frozenset({"sensitive"}),
        ),
        *(_code_of_day(kind, name) for kind, names in CODED.items() for name in names),
    ]


# Shared


def _on_decision(kind: str, weight: int, only: str = "") -> Rule:
    return Rule(
        f"no_decision.{kind}",
        "shared",
        kind,
        "",
        Words(
            f"Chưa dựa trên quyết định: {FACTS[kind].label.vi}", f"Not on a decision: {FACTS[kind].label.en}"
        ),
        Words(
            f"Mục “{FACTS[kind].label.vi}” đang có hiệu lực dựa trên bản tự khai hoặc biên bản chuyển dữ liệu.",
            f"What holds under “{FACTS[kind].label.en}” rests on a statement or a take-over, not on a decision.",
        ),
        Words(
            "Ghi số, ngày, người ký quyết định rồi đính chính mục này.",
            "Correct the fact on its decision with number, day and signer.",
        ),
        FILE,
        weight,
        _fact(
            kind,
            f"serving AND {_holds()}{only} AND d.basis <> 'decision'",
            joins="JOIN decision d ON d.id = f.decision_id",
        ),
        "serving",
    )


def _code_today(kind: str, name: str, only: str = "") -> Rule:
    field = FACTS[kind][name]
    return Rule(
        f"code_today.{kind}.{name}",
        "shared",
        kind,
        name,
        Words(f"Mã đã hết hiệu lực: {field.label.vi}", f"Code out of force: {field.label.en}"),
        Words(
            f"“{field.label.vi}” đang ghi mã {{code}}, nay đã hết hiệu lực: cơ sở dữ liệu quốc gia không nhận.",
            f"“{field.label.en}” says {{code}}, which is out of force today: the national database refuses it.",
        ),
        Words(
            "Ghi quyết định chuyển sang mã đang có hiệu lực.",
            "Record the decision that moves to a code in force.",
        ),
        f"Danh mục {field.catalogue}",
        2,
        _fact(
            kind,
            f"serving AND {_holds()}{only} AND f.{name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM catalogue_item k"
            f" WHERE k.catalogue = '{field.catalogue}' AND k.key = f.{name}"
            " AND (k.valid_from IS NULL OR k.valid_from <= :today)"
            " AND (k.valid_to IS NULL OR k.valid_to > :today))",
            f"jsonb_build_object('code', f.{name})",
        ),
        "serving",
        "record",
    )


def _shared() -> list[Rule]:
    return [
        _on_decision("status", 3),
        _on_decision("appointment", 3, " AND f.is_main"),
        _on_decision("salary", 3),
        _on_decision("allowance", 2),
        _code_today("salary", "rank"),
        _code_today("status", "category"),
    ]


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        *_correct(),
        *(_complete(one) for one in REQUIRED),
        *_clean(),
        *_alive(),
        *_consistent(),
        *_shared(),
    )
}


@cache
def visible(classes: frozenset[Sensitivity]) -> list[str]:
    """Codes of the rules whose findings a reader of these classes of fields may know of."""
    return [one.code for one in RULES.values() if one.shown_to(classes)]
