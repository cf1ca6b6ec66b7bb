"""Which role opens which page: a truth table. What a role may not open is not there."""

import re

import pytest
from browsing import Browser
from conftest import Bed
from walk import Contract, Places, reads

ACCOUNTS = {
    "officer": "hr.hanoi",
    "approver": "approver.hanoi",
    "statistician": "statistician1",
    "auditor": "auditor1",
    "administrator": "admin1",
    "official": "official1",
}
HR = {"officer", "approver"}
OPEN: dict[str, set[str]] = {
    "/de-nghi": {*HR, "auditor", "official"},
    "/de-nghi/moi": {"officer"},
    "/bao-sai": {*HR, "auditor", "official"},
    "/cua-toi/bao-sai": {"official"},
    "/cua-toi/bao-sai/salary": {"official"},
    "/ra-soat": {*HR, "auditor"},
    "/ra-soat/moi": {"officer"},
    "/nhap-du-lieu": {*HR, "auditor"},
    "/nhap-du-lieu/mau.csv": {*HR, "auditor"},
    "/xuat-du-lieu": {*HR, "auditor"},
    "/xuat-du-lieu?organization=H26-SNV&status=dang_lam_viec&subtree=false": {*HR, "auditor"},
    "/to-chuc": set(ACCOUNTS),
    "/to-chuc/H26-SNV": set(ACCOUNTS),
    "/chat-luong": {*HR, "statistician", "auditor"},
    "/chat-luong/H26": {*HR, "statistician", "auditor"},
    "/chat-luong/H26/loi.csv": {*HR, "auditor"},
    "/viec-den-han": {*HR, "auditor"},
    "/viec-den-han/salary_steps": {*HR, "auditor"},
    "/viec-den-han/planning_reviews/danh-sach.xlsx": {*HR, "auditor"},
    "/thong-ke": {*HR, "statistician", "auditor"},
    "/thong-ke/bang.csv": {*HR, "statistician", "auditor"},
    "/bao-cao": {*HR, "statistician", "auditor"},
    "/bao-cao?q=2c": {*HR, "statistician", "auditor"},
    "/bao-cao/mau/danh_sach": {*HR, "auditor"},
    "/bao-cao/mau/so_nhat_ky": {"auditor"},
    "/thong-ke/bang.pdf?row=sex": {*HR, "statistician", "auditor"},
    "/thong-ke/bang-da-luu": {*HR, "statistician", "auditor"},
    "/thong-ke/dinh-nghia": {*HR, "statistician", "auditor"},
    "/thong-ke/nguoi?row=sex&cell=sex:nu": {*HR, "auditor"},
    "/nhat-ky": {"auditor"},
    "/nhat-ky/niem-phong": {"auditor"},
    "/luat": set(ACCOUNTS),
    "/luat/law_rules": set(ACCOUNTS),
    "/luat/vong-doi": set(ACCOUNTS),
    "/luat/communes": set(),
    "/tai-khoan/bao-mat": set(ACCOUNTS),
    "/quyen/vi-sao?viec=official|officials:record:read&doi-tuong=001190000000": set(ACCOUNTS),
    "/quan-tri": {"administrator"},
    "/quan-tri/tai-khoan/moi": {"administrator"},
    "/quan-tri/tai-khoan/hr.hanoi": {"administrator"},
    "/quan-tri/danh-muc": {"administrator"},
    "/quan-tri/danh-muc/ranks": {"administrator"},
}


@pytest.mark.parametrize("role", ACCOUNTS)
def test_pages_open_for_the_roles_of_the_table_and_no_others(demo: Bed, role: str) -> None:
    browser = Browser(demo, ACCOUNTS[role])
    found = {}
    for path in OPEN:
        browser.open(path)
        found[path] = browser.status
    assert found == {path: 200 if role in roles else 404 for path, roles in OPEN.items()}


def test_nobody_signed_in_sees_only_the_sign_in_page(demo: Bed) -> None:
    client = demo.app.test_client()
    for path in OPEN:
        response = client.get(path)
        assert response.status_code == 303, path
        assert response.headers["Location"].startswith("/login"), path


@pytest.mark.parametrize("role", ["statistician", "administrator"])
def test_roles_without_personal_data_are_shown_no_name_and_no_number(demo: Bed, role: str) -> None:
    """Pages, every operation of the API whether it is theirs or not, and the metrics."""
    people = demo.scalar(
        "SELECT array_agg(full_name) || array_agg(personal_id) || array_agg(staff_code) FROM official_current"
    )
    accounts = set(demo.scalar("SELECT array_agg(display_name) FROM app_user"))
    places, browser, program = Places.made_in(demo), Browser(demo, ACCOUNTS[role]), demo.api(ACCOUNTS[role])
    shown = {"/metrics": browser.client.get("/metrics").text}
    for path in (one for one, roles in OPEN.items() if role in roles):
        browser.open(path)
        shown[path] = browser.response.get_data().decode("utf-8", "replace")
    for template in reads(Contract(demo)):
        path = places.fill(template)
        shown[f"API {path}"] = program.get(path).get_data().decode("utf-8", "replace")
    assert len(shown) > 70
    told = re.compile("|".join(re.escape(one) for one in people if one and one not in accounts))
    assert {path: found[0] for path, text in shown.items() if (found := told.search(text))} == {}
