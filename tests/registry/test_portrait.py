"""The portrait: kept without what cameras add, brought by two people, on the record, the page and the forms of its time,
out of reach for whoever may not read the record."""

import io
from typing import Any

import make
import pytest
from browsing import Browser
from conftest import TODAY, Bed
from make import newcomer
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text

from registry.changes import queries, services
from registry.documents.portraits import KEPT, portrait
from registry.errors import Invalid

PLACE = "chup tai nha rieng 21.0278N 105.8342E"


def picture(
    colour: str = "#884422", size: tuple[int, int] = (900, 1200), form: str = "JPEG", turned: int = 0
) -> bytes:
    """A picture with a place and a camera told in it."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x0110] = PLACE, "CameraName"
    if turned:
        exif[0x0112] = turned
    Image.new("RGB", size, colour).save(out, form, exif=exif)
    return out.getvalue()


def upload(client: Any, content: bytes, name: str = "anh.jpg", purpose: str = "portrait") -> Any:
    """The reply to an upload."""
    return client.post("/files", data={"file": (io.BytesIO(content), name), "purpose": purpose})


def colour(content: bytes) -> tuple[int, ...]:
    """The colour in the middle of a picture."""
    found: tuple[int, ...] = Image.open(io.BytesIO(content)).getpixel((KEPT[0] // 2, KEPT[1] // 2))  # type: ignore[assignment]
    return found


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two colours are the same but for what JPEG loses."""
    return all(abs(a - b) < 6 for a, b in zip(one, other, strict=True))


OWN_RECORD = """SELECT c.uid FROM official_current c JOIN app_user u ON u.official_id = c.official_id
    WHERE u.username = 'official1'"""
RED, BLUE = (0xC0, 0x20, 0x20), (0x20, 0x20, 0xC0)


def images_of(pdf: bytes) -> list[bytes]:
    """The pictures on the first page of a PDF."""
    return [one.data for one in PdfReader(io.BytesIO(pdf)).pages[0].images]


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_what_is_kept_are_the_pixels_upright_in_the_frame_and_nothing_of_the_camera(form: str) -> None:
    content = picture(form=form, turned=6 if form == "JPEG" else 0)
    assert PLACE.encode() in content
    kept = portrait(content)
    opened = Image.open(io.BytesIO(kept))
    assert (opened.format, opened.size, opened.mode) == ("JPEG", KEPT, "RGB")
    assert not opened.getexif()
    assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert PLACE.encode() not in kept
    assert b"CameraName" not in kept
    assert portrait(content) == kept, "the same bytes each time"
    half = Image.new("RGB", (1200, 900), "white")
    half.paste((200, 0, 0), (0, 0, 600, 900))  # the left half; turned by 6 it is the upper one
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    half.save(out, "JPEG", exif=exif, quality=95)
    upright = Image.open(io.BytesIO(portrait(out.getvalue())))
    assert upright.getpixel((KEPT[0] // 2, 20))[0] > 180 > upright.getpixel((KEPT[0] // 2, 20))[1]  # type: ignore[index]
    assert min(upright.getpixel((KEPT[0] // 2, KEPT[1] - 20))) > 240  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 no picture", "not_a_picture"),
        (picture()[:300], "not_a_picture"),
        (b"GIF89a" + bytes(200), "not_a_picture"),
        (picture(size=(200, 300)), "too_small"),
        (bytes(9 << 20), "too_large"),
    ],
)
def test_what_is_no_picture_to_print_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        portrait(content)
    assert refused.value.code == code


def test_a_portrait_goes_in_by_two_people_and_is_seen_where_the_record_is_and_nowhere_else(
    registry: Bed,
) -> None:
    _, uid = make.official(registry, newcomer())
    maker, checker = registry.api("hr.hanoi"), registry.api("approver.hanoi")
    first, second, paper = (
        upload(maker, picture("#c02020")).json["id"],
        upload(maker, picture("#2020c0"), "anh.PNG").json["id"],
        upload(maker, picture(), purpose="paper").json["id"],
    )
    refused = upload(maker, picture(), purpose="poster")
    assert (refused.status_code, refused.json["errors"][0]["path"]) == (422, "purpose")
    at = f"/officials/{uid}/portrait"
    before = registry.counts()
    for wrong in (paper, "0190a000-0000-7000-8000-000000000000", "anh.jpg"):
        body = {
            "kind": "portrait",
            "action": "record",
            "official": uid,
            "valid_from": "2020-05-01",
            "photo": wrong,
        }
        reply = maker.post("/changes", json={"decision": make.paper("9/QĐ"), "operations": [body]})
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "unknown_file")
    assert upload(maker, b"%PDF-", "anh.jpg").json["errors"][0]["code"] == "not_a_picture"
    assert {
        name: n for name, n in registry.counts().items() if not name.startswith(("audit", "api_token"))
    } == {name: n for name, n in before.items() if not name.startswith(("audit", "api_token"))}
    assert maker.get(at).status_code == 404, "nobody decided yet"
    facts = [
        {"kind": "portrait", "action": "record", "official": uid, "valid_from": day, "photo": photo}
        for day, photo in (("2020-05-01", first), ("2025-05-01", second))
    ]
    change = maker.post(
        "/changes?submit=true", json={"decision": make.paper("10/QĐ"), "operations": facts}
    ).json["id"]
    shown = checker.get(f"/changes/{change}")
    assert (
        checker.post(
            f"/changes/{change}/approve", json={}, headers={"If-Match": shown.headers["ETag"]}
        ).status_code
        == 200
    )
    for day, told in (("2021-01-01", RED), ("2026-01-01", BLUE)):
        reply = checker.get(f"{at}?as_of={day}")
        assert (reply.status_code, reply.mimetype) == (200, "image/jpeg")
        assert near(colour(reply.data), told)
        for form in ("2c", "so_yeu_ly_lich"):
            printed = images_of(checker.get(f"/officials/{uid}/forms/{form}.pdf?as_of={day}").data)
            assert [near(colour(one), told) for one in printed] == [True], (form, day)
    assert checker.get(f"{at}?as_of=2019-01-01").status_code == 404
    reads = "SELECT count(*) FROM audit_event WHERE action = 'file.read' AND official_id IS NOT NULL"
    assert registry.scalar(reads) == 2
    assert checker.get(f"/files/{first}").status_code == 404, "only on the record, whatever the unit"
    for outsider in ("hr.danang", "official1", "statistician1", "admin1"):
        assert registry.api(outsider).get(at).status_code in (403, 404), outsider
    with registry.acting("hr.danang") as (session, _):
        seen = "SELECT count(*) FROM file WHERE purpose = 'portrait' AND uid = ANY (:named)"
        assert session.execute(text(seen), {"named": [first, second]}).scalar() == 0
    assert registry.scalar(reads) == 2, "a refusal reads nothing"
    own = registry.api("official1")
    named = registry.scalar(OWN_RECORD)
    photo = upload(own, picture("#20c020")).json["id"]
    fact = {
        "action": "record",
        "official": str(named),
        "kind": "portrait",
        "valid_from": "2026-11-01",
        "photo": photo,
    }
    declared = own.post(
        "/changes?submit=true", json={"decision": {"basis": "self_declared"}, "operations": [fact]}
    )
    assert declared.status_code == 201, "its own evidence"
    stolen = own.post(
        "/changes", json={"decision": {"basis": "self_declared"}, "operations": [fact | {"photo": first}]}
    )
    assert (stolen.status_code, stolen.json["errors"][0]["code"]) == (422, "unknown_file")


def test_an_officer_brings_a_portrait_by_the_form_and_the_page_of_its_day_shows_it(registry: Bed) -> None:
    _, uid = make.official(registry, newcomer())
    officer = Browser(registry, "hr.hanoi")
    officer.open(f"/de-nghi/moi?official={uid}&what=portrait")
    told = {"decision__number": "11/QĐ", "decision__issued_on": "01/11/2026", "p0__valid_from": "01/10/2026"}
    officer.send(
        "decision-number",
        ("step", "draft"),
        {"picture-p0-photo": (io.BytesIO(b"khong phai anh"), "a.jpg")},
        **told,
    )
    assert (officer.status, officer.page.wrong) == (422, {"picture-p0-photo"})
    files = {"picture-p0-photo": (io.BytesIO(picture("#c02020")), "a.jpg")}
    officer.send("decision-number", ("step", "draft"), files, **told)
    assert "Đã nhận một ảnh" in officer.page.text
    officer.send("decision-number", ("step", "check"))
    assert 'class="portrait" src="data:image/jpeg;base64,' in officer.page.html
    change = registry.scalar("SELECT uid FROM change ORDER BY id DESC LIMIT 1")
    with registry.acting("hr.hanoi") as (session, actor):
        number = services.submit(session, actor, queries.get_change(session, str(change)), TODAY).number
    checker = Browser(registry, "approver.hanoi")
    page = checker.open(f"/de-nghi/{number}")
    [link] = [one for one in page.links if "/anh/" in one]
    assert near(colour(checker.client.get(link).data), RED)
    stranger = Browser(registry, "hr.danang")
    assert stranger.client.get(link).status_code == 404
    make.approved(registry, change)
    today = checker.open(f"/ho-so/{uid}")
    assert 'class="portrait" src="data:image/jpeg;base64,' in today.html
    [link] = [one for one in today.links if "/anh/" in one]
    assert near(colour(checker.client.get(link).data), RED)
    assert stranger.client.get(link).status_code == 404
    assert 'src="data:image/jpeg' not in checker.open(f"/ho-so/{uid}?as_of=2026-09-30").html
