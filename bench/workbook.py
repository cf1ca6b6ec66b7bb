"""A workbook of invented new people for the import measurement."""

import io
import random
from datetime import date, timedelta

import xlsxwriter
from sqlalchemy import text

from bench.bed import Bed
from registry.bulk.sheet import OFFICIALS


def make_workbook(bed: Bed, province: str, rows: int) -> bytes:
    """`rows` people in the province's units, every one right, with all columns filled that most people have."""
    chance = random.Random(7)
    with bed.session() as session:
        units = list(
            session.execute(
                text("""SELECT u.code FROM organization u JOIN organization p ON p.code = :code
            AND u.ord BETWEEN p.ord AND p.last JOIN organization_version v ON v.organization_id = u.id
            AND v.recorded_to IS NULL AND v.valid_to IS NULL ORDER BY u.ord"""),
                {"code": province},
            ).scalars()
        )
        names = list(
            session.execute(
                text("SELECT full_name FROM official_current ORDER BY official_id LIMIT 5000")
            ).scalars()
        )
        taken = set(session.execute(text("SELECT personal_id FROM official")).scalars())
        steps = session.execute(
            text("SELECT step, coefficient FROM law_step WHERE rank = '01.003' ORDER BY step")
        ).all()
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Danh sách")
    sheet.write_row(0, 0, [one.title for one in OFFICIALS])
    for number in range(1, rows + 1):
        woman, born = chance.random() < 0.5, date(1970, 1, 1) + timedelta(chance.randrange(11_000))
        while True:
            century = 2 if born.year >= 2000 else 0
            personal = f"001{century + woman}{born.year % 100:02}{chance.randrange(10**6):06}"
            if personal not in taken:
                taken.add(personal)
                break
        recruited = min(date(born.year + 23, 9, 1), date(2025, 9, 1))
        step = steps[min((2025 - recruited.year) // 3, len(steps) - 1)]
        paid = max(recruited, date(2024, 1, 1))
        sheet.write_row(
            number,
            0,
            [
                chance.choice(names),
                born.strftime("%d/%m/%Y"),
                "Nữ" if woman else "Nam",
                personal,
                f"BENCH.{number:06}",
                chance.choice(units),
                "Công chức",
                "Kinh",
                "",
                "Xã Yên Xá, tỉnh Ninh Bình",
                recruited.strftime("%d/%m/%Y"),
                "",
                "Chuyên viên",
                "01.003",
                step.step,
                float(step.coefficient),
                paid.strftime("%d/%m/%Y"),
                "Đại học",
                "Trung cấp" if number % 3 == 0 else "",
                date(recruited.year + 2, 5, 19).strftime("%d/%m/%Y") if number % 2 == 0 else "",
                f"{number % 40 + 1}/QĐ-SNV",
                "15/10/2026",
            ],
        )
    book.close()
    return out.getvalue()
