"""docs/fields.md, made from the declarations: which field answers which item of form 2C and which group of the decree.

What cannot be declared at a field stands here: items that a fact's own period or the record itself answers, and what
law or forms ask for that the registry does not hold, with the reason.
"""

from collections.abc import Iterator
from itertools import groupby

from registry.dictionary.queries import Entry, entries
from registry.officials.facts import FACTS, GROUPS

COMMAND = "registry fields document > docs/fields.md"

ITEMS: dict[str, str] = {
    "1": "Họ và tên khai sinh",
    "2": "Tên gọi khác",
    "3": "Ngày sinh, giới tính",
    "4": "Nơi sinh",
    "5": "Quê quán",
    "6": "Dân tộc",
    "7": "Tôn giáo",
    "8": "Nơi đăng ký hộ khẩu thường trú",
    "9": "Nơi ở hiện nay",
    "10": "Nghề nghiệp khi được tuyển dụng",
    "11": "Ngày tuyển dụng, cơ quan tuyển dụng",
    "12": "Chức vụ (chức danh) hiện tại",
    "13": "Công việc chính được giao",
    "14": "Ngạch, mã ngạch, bậc, hệ số, ngày hưởng; phụ cấp",
    "15.1": "Trình độ giáo dục phổ thông",
    "15.2": "Trình độ chuyên môn cao nhất",
    "15.3": "Lý luận chính trị",
    "15.4": "Quản lý nhà nước",
    "15.5": "Ngoại ngữ",
    "15.6": "Tin học",
    "16": "Ngày vào Đảng, ngày chính thức",
    "17": "Ngày tham gia tổ chức chính trị - xã hội",
    "18": "Nhập ngũ, xuất ngũ, quân hàm",
    "19": "Danh hiệu được phong tặng cao nhất",
    "20": "Sở trường công tác",
    "21": "Khen thưởng",
    "22": "Kỷ luật",
    "23": "Sức khỏe, chiều cao, cân nặng, nhóm máu",
    "24": "Thương binh, gia đình chính sách",
    "25": "Số CMND (định danh cá nhân), ngày cấp",
    "26": "Số sổ BHXH",
    "27": "Đào tạo, bồi dưỡng",
    "28": "Tóm tắt quá trình công tác",
    "29": "Đặc điểm lịch sử bản thân",
    "30": "Quan hệ gia đình",
    "31": "Diễn biến quá trình lương",
    "32": "Nhận xét, đánh giá của cơ quan",
}
"""The items of form 2C-BNV/2008 in short."""

BESIDES: dict[str, str] = {
    "8": "`address` (thường trú) trước, sau mới đến thông tin chung",
    "9": "`address` (hiện nay) trước, sau mới đến thông tin chung",
    "11": "ngày bắt đầu của `status` đầu tiên",
    "14": "ngày bắt đầu của `salary`; `allowance` loại khác",
    "16": "ngày kết thúc và lý do ra khỏi Đảng của `party`",
    "17": "ngày bắt đầu của `union`",
    "18": "ngày bắt đầu, kết thúc của `military`",
    "19": "`reward` loại danh hiệu vinh dự nhà nước",
    "22": "năm của ngày bắt đầu `discipline`",
    "25": "số định danh của hồ sơ; ngày bắt đầu của thẻ trong `identity_paper`, rồi mới đến thông tin chung",
    "27": "ngày bắt đầu, kết thúc của `training`; `qualification`, `political_theory`, `state_management`, `language`, "
    "`it_skill`",
    "28": "ngày bắt đầu, kết thúc của `work_history`, `appointment`, `military`, `secondment`",
    "31": "mọi `salary`: ngày bắt đầu, ngạch, bậc, hệ số, vượt khung",
}
"""What else answers an item: periods of facts and numbers of the record, which no field declares."""

NOT_HELD: tuple[tuple[str, str], ...] = (
    (
        "Danh sách đầy đủ 194 trường của Nghị định 27/2026/NĐ-CP / the decree's full list of 194 fields",
        "chưa có văn bản đầy đủ; ở đây là trường mà mẫu và luật đã đối chiếu hỏi đến / its text was not at hand",
    ),
    (
        "Mã vị trí việc làm / code of the job position",
        "ghi bằng chữ: danh mục của Nghị định 361/2025/NĐ-CP chưa có đủ / kept in words, the lists are incomplete",
    ),
    (
        "Đánh giá ngoài kỳ hằng năm / evaluations beside the yearly one",
        "mỗi năm một kết quả có hiệu lực; nhận xét theo dịp ở `remark` / one valid grade a year; see `remark`",
    ),
    (
        "Mã của danh mục trong cơ sở dữ liệu quốc gia / codes of the national code lists",
        "chưa công bố; cột mã để trống cho đến khi có / not published, their column stays blank",
    ),
    (
        "Nội dung bản kê khai tài sản / what asset declarations say",
        "không lưu theo chủ định: chỉ năm, loại, nơi nhận, số hồ sơ / never held: year, kind, receiver, reference only",
    ),
    (
        "Quy hoạch đóng dấu Mật / planning marked secret",
        "không lưu ở hệ thống này / not kept in this system",
    ),
    (
        "Cấp ủy kiêm, ngày tham gia cách mạng (mẫu 2C/TCTW-98) / second committee, joined the revolution",
        "chưa có trường; mẫu in dòng chấm / no field, the form prints dotted lines",
    ),
)
"""(what law or a form asks for, why it is not held)."""

DERIVED: tuple[tuple[str, str], ...] = (
    ("Cơ quan quản lý, cơ quan sử dụng", "cây tổ chức của ngày đó, từ `appointment.organization`"),
    ("Trình độ chuyên môn cao nhất, học hàm, học vị", "`qualification.level` cao nhất theo danh mục"),
    ("Mốc nâng lương lần sau, vượt khung, mức lương, thâm niên", "tính theo luật từ `salary`, kèm lý do"),
    ("Ngày nghỉ hưu, ngày thông báo", "tính theo luật từ ngày sinh, giới tính, kèm lý do"),
    ("Ngày hết tập sự", "ngày kết thúc của `status` tập sự"),
    ("Ngày bổ nhiệm lại", "ngày bắt đầu của `appointment` có hình thức bổ nhiệm lại"),
    ("Quốc phòng và an ninh", "`training` loại quốc phòng và an ninh"),
    ("Chức vụ kiêm nhiệm", "`appointment` không phải chức vụ chính"),
    ("Biên chế", "chỉ tiêu của vị trí trong đơn vị, không phải của người"),
)
"""(what law or a form asks for, from what it follows)."""


def markdown() -> str:
    """The whole document."""
    return "\n".join(
        [
            "# Trường dữ liệu / Fields",
            "",
            f"Tệp này làm từ khai báo trong `registry/officials/facts/`; sửa ở đó rồi chạy `{COMMAND}`.",
            f"Made from the declarations; change them there and run `{COMMAND}`. The page `/truong-du-lieu` and",
            "`GET /api/v1/fields` add type, code list, protection, law and the share of officials that have a field.",
            "",
            "## Mẫu 2C-BNV/2008 / Form 2C",
            "",
            "| mục | nội dung | trường | ngoài ra |",
            "|---|---|---|---|",
            *_items(),
            "",
            "## Mười nhóm của Nghị định 27/2026/NĐ-CP / The ten groups of the decree",
            "",
            "| nhóm | loại thông tin | trường | ai cập nhật |",
            "|---|---|---|---|",
            *_groups(),
            "",
            "Beside its fields every fact has the day it begins and ends, the moment it was recorded, and its decision.",
            "",
            "## Suy ra, không ghi / Follows from other data",
            "",
            "| hỏi | lấy từ |",
            "|---|---|",
            *(f"| {asked} | {source} |" for asked, source in DERIVED),
            "",
            "## Hỏi mà không lưu / Asked for and not held",
            "",
            "| hỏi | vì sao |",
            "|---|---|",
            *(f"| {asked} | {why} |" for asked, why in NOT_HELD),
            "",
        ]
    )


def of_item(number: str) -> list[Entry]:
    """The fields that are declared to answer an item of form 2C."""
    return [one for one in entries() if number in one.field.item.split(", ")]


def _items() -> Iterator[str]:
    for number, title in ITEMS.items():
        fields = ", ".join(f"`{one.kind.name}.{one.field.name}`" for one in of_item(number))
        yield f"| {number} | {title} | {fields} | {BESIDES.get(number, '')} |"


def _groups() -> Iterator[str]:
    of_group = sorted(
        entries(), key=lambda one: (list(GROUPS).index(one.group), list(FACTS).index(one.kind.name))
    )
    for (group, kind, keeper), found in groupby(of_group, key=lambda one: (one.group, one.kind, one.keeper)):
        fields = ", ".join(f"`{one.field.name}`" for one in found)
        who = {"official": "người có hồ sơ", "hr": "cơ quan"}[keeper]
        yield f"| {group}. {GROUPS[group].vi} | `{kind.name}` {kind.label.vi} | {fields} | {who} |"
