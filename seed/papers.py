"""The papers that facts rest on, and the changes by which they came onto the registry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from registry.periods import last_day
from seed.chance import generator, number_of, uid_of
from seed.people import People
from seed.places import Place

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TAKE_OVER = (date(2023, 3, 1), 200)
"""The first records were taken over from paper files and older software within so many days from here."""

TITLES = {
    "tuyen_dung": "Về việc tuyển dụng và xếp lương",
    "hop_dong": "Về việc ký hợp đồng lao động",
    "het_tap_su": "Về việc bổ nhiệm vào ngạch, chức danh nghề nghiệp và xếp lương khi hết thời gian tập sự",
    "nang_bac": "Về việc nâng bậc lương thường xuyên",
    "nang_bac_truoc_han": "Về việc nâng bậc lương trước thời hạn do lập thành tích xuất sắc",
    "vuot_khung": "Về việc hưởng phụ cấp thâm niên vượt khung",
    "nang_ngach": "Về việc bổ nhiệm ngạch, thăng hạng chức danh nghề nghiệp và xếp lương",
    "chuyen_ngach": "Về việc bổ nhiệm chức danh nghề nghiệp và xếp lương",
    "dieu_chinh": "Về việc chuyển xếp lương theo Nghị định 204/2004/NĐ-CP",
    "bo_nhiem": "Về việc bổ nhiệm cán bộ lãnh đạo, quản lý",
    "bo_nhiem_lai": "Về việc bổ nhiệm lại cán bộ lãnh đạo, quản lý",
    "bau_cu": "Về việc phê chuẩn kết quả bầu cử",
    "dieu_dong": "Về việc điều động, phân công công tác",
    "sap_xep_to_chuc": "Về việc bố trí nhân sự khi sắp xếp tổ chức bộ máy",
    "kiem_nhiem": "Về việc giao kiêm nhiệm",
    "biet_phai": "Về việc cử biệt phái",
    "thai_san": "Về việc nghỉ thai sản",
    "di_hoc": "Về việc cử đi đào tạo",
    "nghi": "Về việc cho nghỉ việc riêng, nghỉ ốm dài ngày",
    "nghi_huu": "Về việc nghỉ hưu để hưởng chế độ bảo hiểm xã hội",
    "thoi_viec": "Về việc thôi việc theo nguyện vọng",
    "cham_dut_hd": "Về việc chấm dứt hợp đồng làm việc",
    "nghi_sap_xep": "Về việc nghỉ hưu trước tuổi, thôi việc khi sắp xếp tổ chức bộ máy",
    "tu_tran": "Về việc giải quyết chế độ tử tuất",
    "ky_luat": "Về việc thi hành kỷ luật",
    "danh_gia": "Về việc công nhận kết quả đánh giá, xếp loại chất lượng",
    "khen_thuong": "Về việc tặng danh hiệu thi đua và hình thức khen thưởng",
    "phu_cap": "Về việc hưởng phụ cấp",
    "ket_nap": "Về việc kết nạp đảng viên",
    "ky_luat_dang": "Về việc thi hành kỷ luật đảng viên",
    "lam_viec": "Về việc tiếp nhận trở lại làm việc",
    "dinh_chinh": "Về việc đính chính thông tin trong hồ sơ",
    "bo_sung": "Về việc cập nhật thông tin hồ sơ",
    "quy_hoach": "Về việc phê duyệt quy hoạch cán bộ lãnh đạo, quản lý nhiệm kỳ 2025 - 2030",
    "boi_duong": "Về việc cử tham gia khóa bồi dưỡng",
    "suc_khoe": "Kết quả khám sức khỏe định kỳ",
    "di_nuoc_ngoai": "Về việc cử đi nước ngoài",
    "ke_khai": "Danh sách người đã nộp bản kê khai tài sản, thu nhập",
    "nhan_xet": "Nhận xét, đánh giá cán bộ trước khi bổ nhiệm",
    "chuyen_loai": "Về việc chuyển đổi vị trí việc làm khi thực hiện chính quyền địa phương 2 cấp",
}
PAPERS_A_DAY = 15
"""Numbers run through the year: so many for each day, few of which are ours."""
PARTY = frozenset({"ket_nap", "ky_luat_dang"})


def abbreviation(name: str) -> str:
    """How an authority signs its numbers: SNV for Sở Nội vụ, UBND for every People's Committee."""
    if name.startswith("Ủy ban nhân dân"):
        return "UBND"
    words = [word for word in name.replace("-", " ").replace(",", " ").split() if word not in ("và", "các")]
    return "".join(word[0].upper() for word in words)


class Papers:
    """Decisions, each once for all facts that rest on it. New ones wait in `fresh` until they are written."""

    def __init__(self, seed: int, people: People, first_id: int) -> None:
        self.seed = seed
        self.people = people
        self.next_id = first_id
        self.known: dict[tuple[object, ...], int] = {}
        self.numbers: dict[tuple[int, bool, date], int] = {}
        self.signers: dict[tuple[str, int, bool], str] = {}
        self.fresh: list[tuple[object, ...]] = []

    def decision(self, agency: Place, kind: str, issued: date, effective: date, about: str = "") -> int:
        """The id of the decision of an authority on one matter of one day."""
        key = (agency.id, kind, issued, effective, about)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._new(agency, kind, issued, effective, about)
        return found

    def _new(self, agency: Place, kind: str, issued: date, effective: date, about: str) -> int:
        name = agency.full_name(issued)
        party = kind in PARTY
        today = self.numbers[agency.id, party, issued] = self.numbers.get((agency.id, party, issued), 0) + 1
        number = (issued.timetuple().tm_yday - 1) * PAPERS_A_DAY + today
        mark = f"{number}-QĐ/ĐU" if party else f"{number}/QĐ-{abbreviation(agency.name(issued))}"
        issuer = f"Đảng ủy {name}" if party else name
        title = f"{TITLES[kind]} {about}".strip()
        return self._write(
            mark, issued, effective, issuer, self._signer(agency, issued, party), title, "decision"
        )

    def own_statement(self, agency: Place, on: date, staff_code: str, name: str) -> int:
        """A person's own curriculum vitae, on which the facts rest that no authority decides."""
        return self._write(
            f"SYLL-{staff_code}/{on.year}",
            on,
            on,
            agency.full_name(on),
            name,
            "Sơ yếu lý lịch tự khai có xác nhận của cơ quan",
            "self_declared",
        )

    def batch(self, agency: Place, on: date, title: str, number: str, basis: str) -> int:
        """The paper of a change: the minutes of a take-over or the list of a month."""
        return self._write(number, on, on, agency.name(on), self._signer(agency, on, False), title, basis)

    def _signer(self, agency: Place, on: date, party: bool) -> str:
        """Somebody signs for about five years."""
        shift = number_of("term", agency.code) % 5
        key = (agency.code, (on.year + shift) // 5, party)
        found = self.signers.get(key)
        if found is None:
            chance = generator(self.seed, "signer", *key)
            sex = "nam" if chance.random() < 0.7 else "nu"
            found = self.signers[key] = self.people.name(chance, sex, "01")[0]
        return found

    def _write(
        self, number: str, issued: date, effective: date, issuer: str, signer: str, title: str, basis: str
    ) -> int:
        self.next_id += 1
        id_ = self.next_id - 1
        uid = uid_of(self.seed, "decision", id_)
        self.fresh.append((id_, uid, number, issued, effective, issuer, signer, title, basis))
        return id_


@dataclass(frozen=True, slots=True)
class Batch:
    """An approved change, known by its place among those of its ministry or province (0: the take-over)."""

    id: int
    number: int
    at: datetime
    top: Place
    place: int


class Batches:
    """The approved changes: of each ministry or province one for the take-over and one for each month since.

    A fact is on the registry from the month in which its paper was issued. Batches get their numbers in the
    order of time; only those in which something came are written, by way of `fresh`.
    """

    def __init__(
        self,
        seed: int,
        today: date,
        tops: list[Place],
        papers: Papers,
        users: tuple[int, int],
        first_id: int,
        note: str,
    ) -> None:
        self.seed, self.today, self.papers, self.users, self.note = seed, today, papers, users, note
        self.first_days: dict[str, date] = {}
        self.known: dict[tuple[str, int], Batch] = {}
        self.used: set[int] = set()
        self.fresh: list[tuple[object, ...]] = []
        self.events: list[tuple[object, ...]] = []
        moments = sorted(
            ((at, top.code, place, top) for top in tops for place, at in self._moments(top)),
            key=lambda one: one[:3],
        )
        for number, (at, code, place, top) in enumerate(moments):
            self.known[code, place] = Batch(first_id + number, number + 1, at, top, place)

    def _moments(self, top: Place) -> Iterator[tuple[int, datetime]]:
        """(months since the take-over, moment of approval); the last day of each month, never after
        yesterday."""
        start, spread = TAKE_OVER
        latest = self.today - timedelta(days=1)
        first = min(start + timedelta(days=number_of(self.seed, "take-over", top.code) % spread), latest)
        self.first_days[top.code] = first
        minute = number_of(self.seed, "minute", top.code) % 50
        yield 0, datetime.combine(first, time(9, minute), HANOI)
        year, month, place = first.year, first.month, 0
        while (year, month) <= (self.today.year, self.today.month):
            place += 1
            yield place, datetime.combine(min(last_day(year, month), latest), time(16, minute), HANOI)
            year, month = year + month // 12, month % 12 + 1

    def place(self, top: str, issued: date) -> int:
        """Which batch of `top` a paper of this day came with."""
        first = self.first_days[top]
        if issued <= first:
            return 0
        return (issued.year - first.year) * 12 + issued.month - first.month + 1

    def change(self, top: str, place: int) -> tuple[int, datetime]:
        """Id and moment of a batch."""
        batch = self.known[top, place]
        if batch.id not in self.used:
            self.used.add(batch.id)
            self._write(batch)
        return batch.id, batch.at

    def last(self, top: str) -> int:
        """The newest batch."""
        return self.place(top, self.today - timedelta(days=1))

    def _write(self, batch: Batch) -> None:
        day, top = batch.at.date(), batch.top
        if batch.place == 0:
            title, basis = "Biên bản tiếp nhận hồ sơ cán bộ, công chức, viên chức vào hệ thống", "take_over"
            mark = f"01/BB-{abbreviation(top.name(day))}"
        else:
            title, basis = f"Danh sách cập nhật hồ sơ tháng {day.month} năm {day.year}", "decision"
            mark = f"{day.month:02d}/DS-{abbreviation(top.name(day))}"
        decision = self.papers.batch(top, day, title, mark, basis)
        maker, checker = self.users
        submitted = batch.at - timedelta(hours=6)
        self.fresh.append(
            (
                batch.id,
                uid_of(self.seed, "change", batch.id),
                f"ĐN-{day.year}-{batch.number:06d}",
                "approved",
                "seed",
                decision,
                top.id,
                top.ord,
                maker,
                checker,
                submitted - timedelta(hours=2),
                submitted,
                batch.at,
                self.note,
            )
        )
        self.events += [(batch.id, submitted, maker, "submitted"), (batch.id, batch.at, checker, "approved")]
