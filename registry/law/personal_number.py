"""What a personal number says of its holder: Decree 137/2015/NĐ-CP art. 13. A difference is a warning, never an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.catalogues.lists import Item
from registry.law.rules import ref
from registry.law.why import Step
from registry.words import Words

LENGTH = 12
FIRST_CENTURY = 19
DECREE = "Nghị định 137/2015/NĐ-CP, Điều 13"


@dataclass(frozen=True)
class Difference:
    """Where number and person differ: code (form, sex, century, year, province), words, and the reason it may stand."""

    code: str
    words: Words
    reason: Words


CORRECTED = Words(
    "Số cũ có thể giữ nguyên khi giới tính, ngày sinh đã được cải chính.",
    "A number may stay after sex or birth date were corrected.",
)
REGISTERED = Words(
    "Ba số đầu là nơi đăng ký khai sinh lúc cấp số, hoặc mã nước ngoài chưa có trong danh mục; không đổi sau sáp nhập.",
    "The first three digits are where the birth was registered, or a foreign country not listed; mergers never changed them.",
)
SHAPE = Words("Số định danh gồm 12 chữ số.", "A personal number has 12 digits.")


def differences(
    number: str, sex: str | None, born: date | None, provinces: Sequence[Item]
) -> list[Difference]:
    """Where a number disagrees with sex, birth year and the list of provinces; empty when it agrees."""
    if not (number.isascii() and number.isdigit() and len(number) == LENGTH):
        return [Difference("form", SHAPE, SHAPE)]
    found = []
    sign = int(number[3])
    if sex in ("nam", "nu") and sign % 2 != (sex == "nu"):
        words = Words("Chữ số thứ tư không khớp giới tính.", "The fourth digit does not agree with the sex.")
        found.append(Difference("sex", words, CORRECTED))
    if born is not None and sign // 2 != born.year // 100 - FIRST_CENTURY:
        words = Words(
            "Chữ số thứ tư không khớp thế kỷ sinh.", "The fourth digit does not agree with the century."
        )
        found.append(Difference("century", words, CORRECTED))
    if born is not None and int(number[4:6]) != born.year % 100:
        words = Words(
            f"Hai chữ số {number[4:6]} không khớp năm sinh {born.year}.",
            f"The two digits {number[4:6]} do not agree with the birth year {born.year}.",
        )
        found.append(Difference("year", words, CORRECTED))
    if not any(one.key == number[:3] for one in provinces):
        words = Words(
            f"Mã {number[:3]} không có trong danh mục tỉnh.",
            f"The code {number[:3]} is not on the list of provinces.",
        )
        found.append(Difference("province", words, REGISTERED))
    return found


def explain(number: str, found: Sequence[Difference], provinces: Sequence[Item]) -> tuple[Step, ...]:
    """The steps of the check."""
    place = next((one for one in provinces if one.key == number[:3]), None)
    steps = []
    if place is not None:
        words = Words(
            f"{number[:3]}: đăng ký khai sinh tại {place.name.vi}.",
            f"{number[:3]}: birth registered in {place.name.en}.",
        )
        steps.append(Step(words, place.source, ref("cccd_provinces", place)))
    for one in found:
        vi, en = (" ".join(said) for said in zip(one.words, one.reason, strict=True))
        steps.append(Step(Words(vi, en), DECREE))
    if not found:
        words = Words(
            "Số khớp giới tính, năm sinh, mã tỉnh.", "The number agrees with sex, birth year and province."
        )
        steps.append(Step(words, DECREE))
    return tuple(steps)
