"""Professions and leading posts: which ranks, degrees and subjects people have, and how a career rises."""

from dataclasses import dataclass
from datetime import date

Level = tuple[tuple[date | None, str], ...]
"""One level of a ladder of ranks: its codes with the day from which each is given, oldest first."""


def _always(*codes: str) -> tuple[Level, ...]:
    return tuple(((None, code),) for code in codes)


def _since(*pairs: tuple[str, str]) -> Level:
    return tuple((date.fromisoformat(day) if day else None, code) for day, code in pairs)


def _new(day: str, *codes: str) -> tuple[Level, ...]:
    """Ranks that nobody held under another code before."""
    return tuple(_since((day, code)) for code in codes)


@dataclass(frozen=True)
class Role:
    """A profession: its ladder of ranks, the degree it needs, subjects of study as (sector, names of
    majors)."""

    ladder: tuple[Level, ...]
    degree: str
    sector: str
    majors: tuple[str, ...] = ()
    women: float = 0.5
    party: float = 0.45
    probation: int = 12

    @property
    def since(self) -> date:
        """The first day on which somebody could be recruited into it."""
        return self.ladder[0][0][0] or date.min


@dataclass(frozen=True)
class Rung:
    """A leading post: age when it is reached, posts before it, schooling it asks for, level of rank.

    `before` names the rungs held earlier, nearest first; `signer` is 'top' where the ministry or province
    appoints, not the unit's own authority.
    """

    youngest: int
    usual: int
    level: int
    theory: str
    course: str
    before: tuple[str, ...]
    signer: str = "agency"


OFFICE = _always("01.003", "01.002", "01.001")
CLERK: tuple[Level, ...] = (_since(("", "01a.003"), ("2021-08-01", "01.004")),)


def _office(sector: str, women: float = 0.48, party: float = 0.62, majors: tuple[str, ...] = ()) -> Role:
    return Role(OFFICE, "dai_hoc", sector, majors, women, party)


def _teacher(eras: Level, second: Level, majors: tuple[str, ...], women: float) -> Role:
    return Role((eras, second), "dai_hoc", "giao_duc", majors, women, 0.42)


SUBJECTS = (
    "Sư phạm Toán học",
    "Sư phạm Ngữ văn",
    "Sư phạm Vật lý",
    "Sư phạm Hóa học",
    "Sư phạm Sinh học",
    "Sư phạm Lịch sử",
    "Sư phạm Địa lý",
    "Sư phạm Tiếng Anh",
    "Sư phạm Tin học",
    "Giáo dục Thể chất",
)

ROLES: dict[str, Role] = {
    "chuyen_vien": _office("hanh_chinh"),
    "chuyen_vien_tai_chinh": _office("tai_chinh", 0.55),
    "chuyen_vien_luat": _office("luat", 0.5),
    "chuyen_vien_xay_dung": _office("xay_dung", 0.25),
    "chuyen_vien_cong_nghe": _office("cntt", 0.28),
    "chuyen_vien_giao_duc": _office("giao_duc", 0.5, majors=("Quản lý giáo dục", *SUBJECTS[:6])),
    "chuyen_vien_y_te": _office("y_te", 0.5, majors=("Y tế công cộng", "Y khoa", "Dược học")),
    "chuyen_vien_nong_nghiep": _office("nong_nghiep", 0.38),
    "chuyen_vien_van_hoa": _office("van_hoa", 0.5),
    "chuyen_vien_lao_dong": _office("xa_hoi", 0.52),
    "chuyen_vien_sn": Role(OFFICE, "dai_hoc", "hanh_chinh", (), 0.55, 0.35),
    "can_su": Role(CLERK, "cao_dang", "hanh_chinh", ("Quản trị văn phòng", "Hành chính học"), 0.6, 0.3, 6),
    "van_thu": Role(
        _always("02.007", "02.006"),
        "dai_hoc",
        "hanh_chinh",
        ("Lưu trữ học", "Quản trị văn phòng"),
        0.82,
        0.35,
    ),
    "ke_toan": Role(_always("06.031", "06.030"), "dai_hoc", "tai_chinh", ("Kế toán", "Kiểm toán"), 0.8, 0.45),
    "ke_toan_sn": Role(_always("06.031", "06.030"), "dai_hoc", "tai_chinh", ("Kế toán",), 0.86, 0.3),
    "thanh_tra": Role(_always("04.025", "04.024", "04.023"), "dai_hoc", "luat", (), 0.35, 0.75),
    "thue": Role(
        _always("06.038", "06.037", "06.036"),
        "dai_hoc",
        "tai_chinh",
        ("Thuế", "Tài chính - Ngân hàng", "Kế toán"),
        0.45,
        0.5,
    ),
    "hai_quan": Role(
        _always("08.051", "08.050", "08.049"), "dai_hoc", "tai_chinh", ("Hải quan", "Kinh tế"), 0.35, 0.5
    ),
    "thong_ke": Role(
        _always("23.263", "23.262", "23.261"),
        "dai_hoc",
        "tai_chinh",
        ("Thống kê kinh tế", "Kinh tế"),
        0.5,
        0.5,
    ),
    "chap_hanh_vien": Role(_always("03.301", "03.300", "03.299"), "dai_hoc", "luat", (), 0.35, 0.65),
    "kiem_lam": Role(
        _always("10.226", "10.225"),
        "dai_hoc",
        "nong_nghiep",
        ("Lâm học", "Quản lý tài nguyên rừng"),
        0.14,
        0.55,
    ),
    "kiem_soat_thi_truong": Role(_always("21.189", "21.188", "21.187"), "dai_hoc", "luat", (), 0.28, 0.55),
    "gv_mam_non": Role(
        (
            _since(("", "15a.206"), ("2015-11-01", "V.07.02.05"), ("2021-03-20", "V.07.02.26")),
            _since(("", "15a.205"), ("2015-11-01", "V.07.02.04"), ("2021-03-20", "V.07.02.25")),
        ),
        "cao_dang",
        "giao_duc",
        ("Giáo dục Mầm non",),
        0.985,
        0.34,
        9,
    ),
    "gv_tieu_hoc": _teacher(
        _since(("", "15a.203"), ("2015-11-03", "V.07.03.07"), ("2021-03-20", "V.07.03.29")),
        _since(("2021-03-20", "V.07.03.28")),
        ("Giáo dục Tiểu học",),
        0.82,
    ),
    "gv_thcs": _teacher(
        _since(("", "15a.201"), ("2015-11-03", "V.07.04.11"), ("2021-03-20", "V.07.04.32")),
        _since(("2021-03-20", "V.07.04.31")),
        SUBJECTS,
        0.66,
    ),
    "gv_thpt": _teacher(
        _since(("", "15.113"), ("2021-03-20", "V.07.05.15")),
        _since(("", "15.112"), ("2021-03-20", "V.07.05.14")),
        SUBJECTS,
        0.62,
    ),
    "giang_vien": Role(
        (
            _since(("", "15.111"), ("2020-12-12", "V.07.01.03")),
            _since(("", "15.110"), ("2020-12-12", "V.07.01.02")),
            _since(("2020-12-12", "V.07.01.01")),
        ),
        "thac_si",
        "khcn",
        (),
        0.48,
        0.5,
    ),
    "giang_vien_chinh_tri": Role(
        (_since(("", "15.111"), ("2020-12-12", "V.07.01.03")), _since(("2020-12-12", "V.07.01.02"))),
        "thac_si",
        "hanh_chinh",
        ("Triết học", "Chính trị học", "Xây dựng Đảng và chính quyền nhà nước"),
        0.5,
        0.97,
    ),
    "giang_vien_nghe": Role(_always("V.09.02.03", "V.09.02.02"), "dai_hoc", "cong_thuong", (), 0.42, 0.4),
    "giao_vu": Role(
        (_since(("", "01a.003"), ("2019-06-17", "V.07.07.21")),),
        "cao_dang",
        "hanh_chinh",
        ("Quản trị văn phòng",),
        0.8,
        0.2,
        9,
    ),
    "bac_si": Role(
        (
            _since(("", "16.118"), ("2015-07-16", "V.08.01.03")),
            _since(("2015-07-16", "V.08.01.02")),
            _since(("2015-07-16", "V.08.01.01")),
        ),
        "dai_hoc",
        "y_te",
        ("Y khoa",),
        0.45,
        0.42,
        9,
    ),
    "bac_si_du_phong": Role(
        (_since(("", "16.118"), ("2015-07-16", "V.08.02.06")), _since(("2015-07-16", "V.08.02.05"))),
        "dai_hoc",
        "y_te",
        ("Y học dự phòng",),
        0.5,
        0.45,
        9,
    ),
    "y_te_cong_cong": Role(
        _new("2015-07-16", "V.08.04.10", "V.08.04.09"), "dai_hoc", "y_te", ("Y tế công cộng",), 0.62, 0.35
    ),
    "y_si": Role(
        (_since(("", "16.119"), ("2015-07-16", "V.08.03.07")),),
        "trung_cap",
        "y_te",
        ("Y sĩ đa khoa",),
        0.58,
        0.3,
        6,
    ),
    "dieu_duong": Role(
        (_since(("", "16b.121"), ("2015-11-20", "V.08.05.13")),),
        "trung_cap",
        "y_te",
        ("Điều dưỡng",),
        0.85,
        0.2,
        6,
    ),
    "ho_sinh": Role(
        (_since(("", "16b.121"), ("2015-11-20", "V.08.06.16")),),
        "trung_cap",
        "y_te",
        ("Hộ sinh",),
        1.0,
        0.2,
        6,
    ),
    "ky_thuat_y": Role(
        _new("2015-11-20", "V.08.07.18", "V.08.07.17"),
        "dai_hoc",
        "y_te",
        ("Kỹ thuật xét nghiệm y học", "Kỹ thuật hình ảnh y học", "Kỹ thuật phục hồi chức năng"),
        0.6,
        0.28,
    ),
    "duoc_si": Role(
        _new("2015-11-20", "V.08.08.22", "V.08.08.21"), "dai_hoc", "y_te", ("Dược học",), 0.65, 0.32
    ),
    "cong_tac_xa_hoi": Role(
        _always("V.09.04.02", "V.09.04.01"), "dai_hoc", "xa_hoi", ("Công tác xã hội",), 0.62, 0.35
    ),
    "tro_giup_phap_ly": Role(
        (_since(("", "01.003"), ("2022-10-20", "V.02.01.02")),), "dai_hoc", "luat", (), 0.5, 0.5
    ),
    "luu_tru_vien": Role(
        (_since(("", "01.003"), ("2022-10-15", "V.01.02.02")),),
        "dai_hoc",
        "hanh_chinh",
        ("Lưu trữ học", "Lịch sử"),
        0.7,
        0.35,
    ),
    "nghien_cuu_vien": Role(
        (
            _since(("", "01.003"), ("2014-12-01", "V.05.01.03")),
            _since(("2014-12-01", "V.05.01.02")),
            _since(("2014-12-01", "V.05.01.01")),
        ),
        "thac_si",
        "khcn",
        (),
        0.48,
        0.5,
    ),
    "ky_su": Role(
        (_since(("", "13.095"), ("2014-12-01", "V.05.02.07")), _since(("2014-12-01", "V.05.02.06"))),
        "dai_hoc",
        "xay_dung",
        (),
        0.14,
        0.35,
    ),
    "quan_tri_he_thong": Role(
        (_since(("", "13.095"), ("2018-02-15", "V.11.06.14")), _since(("2018-02-15", "V.11.06.13"))),
        "dai_hoc",
        "cntt",
        (),
        0.28,
        0.35,
    ),
    "phong_vien": Role(
        (_since(("", "01.003"), ("2016-05-25", "V.11.02.06")), _since(("2016-05-25", "V.11.02.05"))),
        "dai_hoc",
        "van_hoa",
        ("Báo chí", "Truyền thông đại chúng"),
        0.48,
        0.4,
    ),
    "bien_tap_vien": Role(
        (_since(("", "01.003"), ("2016-05-25", "V.11.01.03")), _since(("2016-05-25", "V.11.01.02"))),
        "dai_hoc",
        "van_hoa",
        ("Báo chí", "Xuất bản"),
        0.58,
        0.45,
    ),
    "di_san_vien": Role(
        (_since(("", "01.003"), ("2022-02-05", "V.10.05.17")), _since(("2022-02-05", "V.10.05.16"))),
        "dai_hoc",
        "van_hoa",
        ("Bảo tàng học", "Quản lý văn hóa"),
        0.6,
        0.4,
    ),
    "thu_vien": Role(
        (_since(("", "17.170"), ("2022-08-15", "V.10.02.06")), _since(("2022-08-15", "V.10.02.05"))),
        "dai_hoc",
        "van_hoa",
        ("Thư viện - Thông tin",),
        0.82,
        0.3,
    ),
    "huan_luyen_vien": Role(
        (_since(("", "01.003"), ("2022-12-10", "V.10.01.03")), _since(("2022-12-10", "V.10.01.02"))),
        "dai_hoc",
        "van_hoa",
        ("Huấn luyện thể thao", "Giáo dục thể chất"),
        0.25,
        0.25,
    ),
    "dien_vien": Role(
        (_since(("", "01.003"), ("2022-12-15", "V.10.04.14")), _since(("2022-12-15", "V.10.04.13"))),
        "dai_hoc",
        "van_hoa",
        ("Thanh nhạc", "Văn hóa dân tộc thiểu số Việt Nam"),
        0.52,
        0.2,
    ),
    "khuyen_nong": Role(
        _always("V.03.09.26"), "dai_hoc", "nong_nghiep", ("Khuyến nông", "Khoa học cây trồng"), 0.4, 0.4
    ),
    "dia_chinh_vien": Role(
        (_since(("", "13.095"), ("2016-02-01", "V.06.01.02")), _since(("2016-02-01", "V.06.01.01"))),
        "dai_hoc",
        "moi_truong",
        ("Quản lý đất đai",),
        0.42,
        0.35,
    ),
    "du_bao_vien": Role(
        (_since(("", "13.095"), ("2016-02-01", "V.06.03.08")), _since(("2016-02-01", "V.06.03.07"))),
        "dai_hoc",
        "moi_truong",
        ("Khí tượng học", "Thủy văn học"),
        0.4,
        0.4,
    ),
    "lai_xe": Role(_always("01.010"), "", "", (), 0.01, 0.25),
    "bao_ve": Role(_always("01.011"), "", "", (), 0.04, 0.2),
    "phuc_vu": Role(_always("01.009"), "", "", (), 0.93, 0.1),
}

RUNGS: dict[str, Rung] = {
    "tinh_pho": Rung(
        45, 54, 2, "cao_cap", "ld_so", ("so_truong", "so_pho", "phong_truong", "phong_pho"), "top"
    ),
    "so_truong": Rung(44, 53, 2, "cao_cap", "ld_so", ("so_pho", "phong_truong", "phong_pho"), "top"),
    "so_pho": Rung(40, 49, 1, "cao_cap", "ld_so", ("phong_truong", "phong_pho"), "top"),
    "vu_truong": Rung(43, 53, 2, "cao_cap", "ld_vu", ("vu_pho",), "top"),
    "vu_pho": Rung(38, 47, 1, "cao_cap", "ld_vu", (), "top"),
    "phong_truong": Rung(35, 45, 1, "cao_cap", "ld_phong", ("phong_pho",)),
    "phong_pho": Rung(31, 40, 0, "trung_cap", "ld_phong", ()),
    "xa_dau": Rung(38, 47, 1, "cao_cap", "ld_xa", ("huyen_truong_phong", "huyen_pho_phong"), "top"),
    "xa_pho": Rung(34, 44, 1, "cao_cap", "ld_xa", ("huyen_truong_phong", "huyen_pho_phong"), "top"),
    "xa_phong": Rung(33, 43, 0, "trung_cap", "ld_phong", ("huyen_pho_phong",)),
    "xa_phong_pho": Rung(30, 39, 0, "trung_cap", "ld_phong", ()),
    "dv_dau": Rung(44, 53, 1, "cao_cap", "ld_phong", ("dv_cap_pho", "dv_truong"), "top"),
    "dv_cap_pho": Rung(40, 49, 1, "cao_cap", "ld_phong", ("dv_truong",), "top"),
    "dv_truong": Rung(36, 46, 1, "trung_cap", "ld_phong", ("dv_pho",)),
    "dv_pho": Rung(33, 42, 0, "trung_cap", "ld_phong", ()),
    "truong_dau": Rung(38, 48, 1, "trung_cap", "ld_phong", ("truong_pho", "to_truong")),
    "truong_pho": Rung(35, 43, 1, "trung_cap", "ld_phong", ("to_truong",)),
    "to_truong": Rung(32, 42, 1, "", "", ()),
    "tram_truong": Rung(34, 45, 0, "trung_cap", "ld_phong", ("tram_pho",)),
    "tram_pho": Rung(31, 40, 0, "", "", ()),
    "huyen_truong_phong": Rung(33, 41, 0, "trung_cap", "ld_phong", ()),
    "huyen_pho_phong": Rung(30, 37, 0, "trung_cap", "ld_phong", ()),
}

DISTRICT_POSTS = {
    "huyen_truong_phong": ("Trưởng phòng", "huyen_head_of_district_division"),
    "huyen_pho_phong": ("Phó Trưởng phòng", "huyen_deputy_head_of_district_division"),
}

AGENCY = "cuc_thuoc_bo_"
EARLIER_KEYS = {
    f"{AGENCY}director_of_agency_ministry_class_2": f"{AGENCY}director_of_agency_ministry",
    f"{AGENCY}deputy_director_of_agency_class_2": f"{AGENCY}deputy_director_of_agency",
    f"{AGENCY}head_of_division_of_agency_regional_branch_head_elsewhere_class_2": (
        f"{AGENCY}head_of_division_of_agency"
    ),
    f"{AGENCY}deputy_head_of_division_of_agency_deputy_regional_head_elsewhere_class_2": (
        f"{AGENCY}deputy_head_of_division_of_agency"
    ),
}
"""Keys of the same posts in the tables before 1 January 2026 (Nghị định 117/2016/NĐ-CP)."""
