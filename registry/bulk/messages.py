"""What an import says: every finding, note and refusal by code, in both languages, with what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.law.why import vn
from registry.words import Words


@dataclass(frozen=True)
class Message:
    """A finding: a short label for groups, what is wrong, what to do. Braces are filled from its detail."""

    label: Words
    what: Words
    fix: Words


def _m(label: tuple[str, str], what: tuple[str, str], fix: tuple[str, str]) -> Message:
    return Message(Words(*label), Words(*what), Words(*fix))


_LOOK_UP = ("Chọn trong trang “Danh mục” của tệp mẫu", "Choose from the lists sheet of the template")
_DATE = (
    "Ghi ngày/tháng/năm, thí dụ 05/09/1987; chỉ biết tháng hoặc năm thì ghi 09/1987 hoặc 1987",
    "Write day/month/year, such as 05/09/1987; with only month or year known 09/1987 or 1987",
)

MESSAGES: dict[str, Message] = {
    # what stands in one cell
    "required": _m(
        ("Thiếu nội dung", "Missing"),
        ("Ô bắt buộc đang trống", "A mandatory cell is empty"),
        ("Điền ô này", "Fill this cell"),
    ),
    "cell_error": _m(
        ("Ô báo lỗi công thức", "Formula error"),
        ("Ô đang hiện lỗi công thức", "The cell shows a formula error"),
        ("Sửa công thức, hoặc thay bằng giá trị", "Mend the formula or put a value"),
    ),
    "formula": _m(
        ("Công thức chưa tính", "Formula not reckoned"),
        ("Công thức trong ô chưa được tính", "The formula in this cell has no value yet"),
        (
            "Mở tệp bằng bảng tính, lưu lại rồi tải lên",
            "Open the file in a spreadsheet, save it, upload again",
        ),
    ),
    "characters": _m(
        ("Ký tự không dùng được", "Unusable characters"),
        ("Ký tự thứ {place} ({sign}) không dùng được", "Character {place} ({sign}) cannot be used"),
        ("Xóa ký tự ấy, gõ lại nội dung ô", "Delete it and type the cell again"),
    ),
    "too_long": _m(
        ("Quá dài", "Too long"),
        ("Dài quá {length} ký tự", "Longer than {length} characters"),
        ("Viết ngắn lại", "Make it shorter"),
    ),
    "name_characters": _m(
        ("Tên có ký tự lạ", "Odd characters in a name"),
        ("Họ tên có chữ số hoặc ký hiệu", "The name has digits or symbols"),
        ("Ghi họ tên bằng chữ, có dấu", "Write the name in letters, with its marks"),
    ),
    "personal_id": _m(
        ("Số định danh sai", "Wrong personal number"),
        ("Có {digits} chữ số, cần đúng 12 chữ số", "Has {digits} digits, exactly 12 are needed"),
        (
            "Kiểm tra thẻ căn cước; nếu mất số 0 ở đầu, định dạng cột là Văn bản rồi gõ lại",
            "Check the identity card; if leading zeros were lost, format the column as Text and type again",
        ),
    ),
    "date_format": _m(("Ngày không hợp lệ", "Not a date"), ("Không phải ngày", "This is not a date"), _DATE),
    "date_impossible": _m(
        ("Ngày không hợp lệ", "Not a date"), ("Không có ngày này trong lịch", "There is no such day"), _DATE
    ),
    "date_range": _m(
        ("Ngày không hợp lệ", "Not a date"),
        ("Năm ngoài khoảng 1850–2200", "The year is outside 1850–2200"),
        _DATE,
    ),
    "date_precision": _m(
        ("Ngày thiếu phần", "Date not full"),
        ("Cần đủ ngày, tháng, năm", "Day, month and year are needed"),
        ("Ghi đủ ngày/tháng/năm", "Write day/month/year in full"),
    ),
    "number": _m(
        ("Không phải số", "Not a number"),
        ("Không phải số", "This is not a number"),
        ("Ghi số, thí dụ 4 hoặc 3,33", "Write a number, such as 4 or 3.33"),
    ),
    "number_digits": _m(
        ("Số sai cỡ", "Number out of form"),
        ("Tối đa {scale} chữ số thập phân, nhỏ hơn {limit}", "At most {scale} decimals and below {limit}"),
        ("Sửa con số", "Mend the number"),
    ),
    "number_range": _m(
        ("Số ngoài khoảng", "Number out of range"),
        ("Phải từ {low} đến {high}", "Must lie from {low} to {high}"),
        ("Sửa con số", "Mend the number"),
    ),
    "unknown_name": _m(
        ("Không có trong danh mục", "Not in the list"),
        ("Không có tên này trong danh mục", "The list has no such name"),
        _LOOK_UP,
    ),
    "unknown_name_near": _m(
        ("Không có trong danh mục", "Not in the list"),
        (
            "Không có tên này trong danh mục; gần nhất là “{near}”",
            "The list has no such name; the nearest is “{near}”",
        ),
        (
            "Ghi “{near}” nếu đúng, hoặc chọn trong trang “Danh mục” của tệp mẫu",
            "Write “{near}” if that is meant, or choose from the lists sheet of the template",
        ),
    ),
    "unknown_code": _m(
        ("Mã không có", "Unknown code"),
        ("Không có mã này trong danh mục", "The list has no such code"),
        _LOOK_UP,
    ),
    "unknown_code_near": _m(
        ("Mã không có", "Unknown code"),
        ("Không có mã này; mã đúng có thể là {near}", "No such code; {near} may be meant"),
        ("Định dạng cột là Văn bản rồi ghi {near} nếu đúng", "Format the column as Text, then write {near}"),
    ),
    "extra_cells": _m(
        ("Thừa ô", "Too many cells"),
        ("Dòng có nhiều ô hơn tiêu đề", "The row has more cells than the header"),
        (
            "Đặt trong dấu ngoặc kép các ô có dấu phẩy, rồi tải lại",
            "Quote cells that hold commas, then upload again",
        ),
    ),
    # what does not agree within a row
    "salary_incomplete": _m(
        ("Lương ghi thiếu", "Salary incomplete"),
        ("Lương cần đủ mã ngạch, bậc, hệ số, ngày hưởng", "Salary needs rank, step, coefficient and date"),
        ("Điền ô này, hoặc để trống cả bốn ô", "Fill this cell, or leave all four empty"),
    ),
    "no_such_step": _m(
        ("Bậc không có", "No such step"),
        ("Ngạch {rank} chỉ có {steps} bậc", "Rank {rank} has {steps} steps only"),
        ("Sửa bậc, hoặc sửa mã ngạch", "Mend the step or the rank code"),
    ),
    "coefficient_mismatch": _m(
        ("Hệ số không khớp bậc", "Coefficient does not fit"),
        ("Bậc {step} ngạch {rank} là {coefficient}", "Step {step} of rank {rank} is {coefficient}"),
        ("Sửa hệ số hoặc bậc", "Mend the coefficient or the step"),
    ),
    "coefficient_of_other_step": _m(
        ("Hệ số không khớp bậc", "Coefficient does not fit"),
        (
            "Bậc {step} ngạch {rank} là {coefficient}; hệ số này là của bậc {other}",
            "Step {step} of rank {rank} is {coefficient}; this coefficient is that of step {other}",
        ),
        ("Sửa hệ số hoặc bậc", "Mend the coefficient or the step"),
    ),
    "future_date": _m(
        ("Ngày ở tương lai", "Date in the future"),
        ("Ngày này chưa tới", "This day has not come yet"),
        ("Sửa ngày", "Mend the date"),
    ),
    "decision_future": _m(
        ("Quyết định ở tương lai", "Decision in the future"),
        ("Ngày ký quyết định chưa tới", "The decision is dated in the future"),
        ("Ghi ngày ký thật; ngày có hiệu lực có thể sau ngày ký", "Give the true day of signing"),
    ),
    "too_young": _m(
        ("Tuyển dụng trước 18 tuổi", "Recruited under 18"),
        ("Chưa đủ 18 tuổi vào ngày tuyển dụng", "Under 18 on the day of recruitment"),
        ("Kiểm tra ngày sinh và ngày tuyển dụng", "Check birth date and day of recruitment"),
    ),
    "personal_id_mismatch": _m(
        ("Số định danh không khớp", "Number does not agree"),
        (
            "Số định danh không khớp giới tính hoặc năm sinh",
            "The personal number does not agree with sex or birth year",
        ),
        (
            "Kiểm tra lại; người đã cải chính có thể giữ số cũ",
            "Check; after a correction the old number may stay",
        ),
    ),
    "party_before_18": _m(
        ("Vào Đảng trước 18 tuổi", "Joined the Party under 18"),
        ("Vào Đảng khi chưa đủ 18 tuổi", "Joined the Party under 18"),
        ("Kiểm tra ngày vào Đảng và ngày sinh", "Check the day of admission and the birth date"),
    ),
    "paid_before_recruited": _m(
        ("Hưởng lương trước tuyển dụng", "Paid before recruited"),
        ("Ngày hưởng trước ngày tuyển dụng", "Paid from before the day of recruitment"),
        ("Kiểm tra hai ngày này", "Check both dates"),
    ),
    "past_retirement": _m(
        ("Quá tuổi nghỉ hưu", "Past retirement"),
        ("Đã quá tuổi nghỉ hưu từ {on}", "Past the age of retirement since {on}"),
        (
            "Kiểm tra ngày sinh; nếu đã nghỉ thì không nhập là đang làm việc",
            "Check the birth date; a retired person does not enter as working",
        ),
    ),
    "code_ended": _m(
        ("Mã hết hiệu lực", "Code no longer in force"),
        ("Hết hiệu lực từ {on}", "No longer in force since {on}"),
        (
            "Kiểm tra; giữ nguyên nếu người này chưa được chuyển xếp",
            "Check; keep it if the person still holds it",
        ),
    ),
    # units
    "unknown_unit": _m(
        ("Đơn vị không có", "Unknown unit"),
        ("Không có đơn vị với mã này", "No unit has this code"),
        ("Xem mã ở trang Tổ chức", "See the codes under Organizations"),
    ),
    "category_mode": _m(
        ("Chuyển loại", "Another category"),
        (
            "Đang là {name}; chuyển loại cần ghi hình thức tiếp nhận hoặc bầu cử",
            "The category is {name}; another one needs its mode of acceptance or election",
        ),
        (
            "Ghi bằng đề nghị, hoặc tệp tình trạng công tác",
            "Record it by a request, or by the sheet of statuses",
        ),
    ),
    "unknown_file": _m(
        ("Ảnh không có", "Unknown picture"),
        ("Không có ảnh chân dung với mã này", "No portrait has this id"),
        ("Tải ảnh lên trước, rồi ghi mã tệp", "Upload the picture first, then give its id"),
    ),
    "unit_ended": _m(
        ("Đơn vị không còn", "Unit no longer there"),
        ("Không có đơn vị này vào ngày {on}", "This unit did not exist on {on}"),
        ("Ghi mã của đơn vị hiện nay", "Give the code of the present unit"),
    ),
    "unit_succeeded": _m(
        ("Đơn vị không còn", "Unit no longer there"),
        ("Không có đơn vị này vào ngày {on}", "This unit did not exist on {on}"),
        ("Nay là {successor}; ghi mã đó nếu đúng", "It is {successor} now; give that code if it is right"),
    ),
    "unit_out_of_scope": _m(
        ("Đơn vị ngoài phạm vi", "Unit outside your scope"),
        ("Đơn vị này ngoài phạm vi của bạn", "This unit is outside your scope"),
        ("Đơn vị quản lý người này lập tệp riêng", "The unit in charge makes its own file"),
    ),
    "unit_outside_import": _m(
        ("Đơn vị ngoài lần nhập", "Unit outside the import"),
        (
            "Đơn vị này không thuộc cơ quan đã chọn khi tải lên",
            "This unit is not under the one chosen on upload",
        ),
        ("Sửa mã, hoặc tải lên cho cơ quan cấp trên", "Mend the code, or upload for the higher unit"),
    ),
    # several rows, and what is recorded
    "duplicate_personal_id": _m(
        ("Trùng trong tệp", "Twice in the file"),
        ("Trùng với dòng {first} trong tệp", "Same as row {first}"),
        ("Giữ một dòng", "Keep one row"),
    ),
    "duplicate_staff_code": _m(
        ("Trùng trong tệp", "Twice in the file"),
        ("Trùng với dòng {first} trong tệp", "Same as row {first}"),
        ("Sửa số hiệu", "Mend the staff code"),
    ),
    "personal_id_taken": _m(
        ("Số định danh đã có", "Number already taken"),
        ("Số định danh này đã có hồ sơ ngoài phạm vi của bạn", "A record outside your units has this number"),
        (
            "Kiểm tra số; nếu đúng, đề nghị đơn vị đang quản lý chuyển hồ sơ",
            "Check the number; if right, ask the unit in charge to move the record",
        ),
    ),
    "staff_code_taken": _m(
        ("Số hiệu đã có", "Staff code taken"),
        ("Số hiệu này đã có người khác mang", "Somebody else has this staff code"),
        ("Kiểm tra số hiệu", "Check the staff code"),
    ),
    "staff_code_differs": _m(
        ("Số hiệu khác hồ sơ", "Other staff code on record"),
        ("Hồ sơ đang ghi số hiệu {recorded}", "The record has staff code {recorded}"),
        (
            "Sửa số hiệu trong tệp; đổi số hiệu là việc gộp hồ sơ",
            "Mend the file; changing the code is a merge of records",
        ),
    ),
    "staff_code_not_kept": _m(
        ("Số hiệu không ghi được", "Staff code not taken"),
        (
            "Hồ sơ chưa có số hiệu, và nhập tệp không ghi thêm",
            "The record has no staff code, and an import adds none",
        ),
        ("Các mục khác của dòng vẫn được nhập", "The rest of the row is taken all the same"),
    ),
    "name_lost_marks": _m(
        ("Tên thiếu dấu", "Name without marks"),
        ("Tên thiếu dấu, khác hồ sơ đang có", "The name lacks its marks, unlike the record"),
        ("Ghi “{recorded}” nếu đúng người này", "Write “{recorded}” if this is the person"),
    ),
    "name_differs": _m(
        ("Tên khác hồ sơ", "Other name on record"),
        ("Hồ sơ với số này đang ghi tên “{recorded}”", "The record has the name “{recorded}”"),
        ("Kiểm tra có đúng người không", "Check that it is the same person"),
    ),
    "left_service": _m(
        ("Đã thôi làm việc", "No longer in service"),
        ("Hồ sơ ghi: {status}", "The record says: {status}"),
        (
            "Kiểm tra; nhập tệp không đưa người này trở lại làm việc",
            "Check; an import does not bring the person back",
        ),
    ),
    "recruited_after_next": _m(
        ("Ngày tuyển dụng trái hồ sơ", "Recruitment contradicts record"),
        ("Hồ sơ ghi người này đã chuyển trạng thái ngày {on}", "The record has another status from {on}"),
        (
            "Kiểm tra ngày tuyển dụng, hoặc đính chính hồ sơ trước",
            "Check the day, or correct the record first",
        ),
    ),
    "party_contradicts": _m(
        ("Ngày vào Đảng trái hồ sơ", "Party date contradicts record"),
        (
            "Hồ sơ ghi ngày chính thức hoặc ngày thôi là {on}",
            "The record has full membership or an end on {on}",
        ),
        ("Kiểm tra ngày vào Đảng, hoặc đính chính hồ sơ trước", "Check the day, or correct the record first"),
    ),
}

MESSAGES |= {
    # sheets of facts
    "person_unknown": _m(
        ("Không có hồ sơ", "No such record"),
        (
            "Không có hồ sơ với số này trong đơn vị đã chọn",
            "No record of the chosen unit has this number",
        ),
        (
            "Kiểm tra số; người mới nhập bằng tệp hồ sơ",
            "Check the number; new people come with the sheet of people",
        ),
    ),
    "other_name": _m(
        ("Tên khác hồ sơ", "Other name on record"),
        ("Hồ sơ với số này ghi tên “{recorded}”", "The record with this number has the name “{recorded}”"),
        ("Sửa số định danh hoặc họ tên", "Mend the number or the name"),
    ),
    "period_order": _m(
        ("Ngày kết thúc sai", "Wrong end"),
        ("Ngày kết thúc không sau ngày bắt đầu", "The end does not come after the start"),
        ("Sửa một trong hai ngày", "Mend one of the dates"),
    ),
    "fact_unknown": _m(
        ("Mã mục không có", "Unknown fact"),
        ("Hồ sơ không có mục này, hoặc mục đã được thay", "The record has no such fact, or it was replaced"),
        ("Xuất lại từ hệ thống, hoặc để trống mã mục", "Export anew, or leave this cell empty"),
    ),
    "twice_in_file": _m(
        ("Trùng trong tệp", "Twice in the file"),
        ("Nói lại điều của dòng {first}", "Says what row {first} says"),
        ("Giữ một dòng", "Keep one row"),
    ),
    "overlap_in_file": _m(
        ("Chồng thời gian", "Overlap"),
        ("Trùng thời gian với dòng {first}", "The same days as in row {first}"),
        ("Sửa ngày của một trong hai dòng", "Mend the days of one of the rows"),
    ),
    "code_ended_before": _m(
        ("Mã hết hiệu lực", "Code no longer in force"),
        ("Đã hết hiệu lực từ {on}", "Not in force any more since {on}"),
        (
            "Chọn mục còn hiệu lực vào ngày đó, hoặc xem lại ngày",
            "Choose one in force then, or check the date",
        ),
    ),
    "commune_elsewhere": _m(
        ("Xã không thuộc tỉnh", "Commune elsewhere"),
        ("Xã, phường này thuộc tỉnh khác", "This commune lies in another province"),
        ("Sửa tỉnh hoặc xã", "Mend the province or the commune"),
    ),
    "ambiguous_name": _m(
        ("Tên chưa đủ rõ", "Name not enough"),
        ("Nhiều mục cùng tên này: {codes}", "Several entries have this name: {codes}"),
        ("Ghi mã ở cột mã", "Give the key in the column of keys"),
    ),
    "name_not_of_code": _m(
        ("Tên không khớp mã", "Name and key disagree"),
        ("Mã {code} không phải của tên này", "Key {code} is not that of this name"),
        ("Sửa tên hoặc mã", "Mend the name or the key"),
    ),
    "boolean": _m(
        ("Không phải có, không", "Not yes or no"),
        ("Phải là Có hoặc Không", "Must be yes or no in Vietnamese, “Có” or “Không”"),
        ("Ghi Có hoặc Không", "Write “Có” or “Không”"),
    ),
    "check_broken": _m(
        ("Các ô không khớp nhau", "Cells disagree"), ("{vi}", "{en}"), ("Sửa ô này", "Mend this cell")
    ),
}

NOTES: dict[str, Words] = {
    "same_file": Words(
        "Tệp này đã nhập ngày {on}. Xem kết quả lần đó.", "This file was imported on {on}. See that result."
    ),
    "unknown_column": Words(
        "Bỏ qua cột “{title}” (cột {letters}): tệp mẫu không có cột này.",
        "Column “{title}” ({letters}) was left out: the template has no such column.",
    ),
    "untitled_column": Words(
        "Bỏ qua cột {letters}: có dữ liệu nhưng không có tiêu đề.",
        "Column {letters} was left out: it holds data but no title.",
    ),
    "other_sheet": Words(
        "Không đọc trang “{sheet}”: chỉ trang đầu tiên được nhập.",
        "Sheet “{sheet}” was not read: only the first one is imported.",
    ),
}

PROBLEMS: dict[str, Words] = {
    "media_type": Words("Chỉ nhận tệp .xlsx hoặc .csv.", "Only .xlsx and .csv files are taken."),
    "old_excel": Words(
        "Tệp Excel kiểu cũ (.xls). Mở bằng Excel, lưu lại dạng .xlsx rồi tải lên.",
        "An old Excel file (.xls). Save it as .xlsx and upload again.",
    ),
    "macros": Words(
        "Tệp có macro. Lưu lại dạng .xlsx không có macro rồi tải lên.",
        "The file has macros. Save it as .xlsx without them.",
    ),
    "binary_excel": Words(
        "Tệp Excel nhị phân (.xlsb). Lưu lại dạng .xlsx rồi tải lên.",
        "A binary Excel file. Save it as .xlsx.",
    ),
    "encrypted": Words(
        "Tệp có mật khẩu. Bỏ mật khẩu, lưu lại rồi tải lên.",
        "The file has a password. Remove it and upload again.",
    ),
    "not_a_workbook": Words(
        "Nội dung không phải tệp bảng tính .xlsx. Mở bằng bảng tính, lưu lại rồi tải lên.",
        "The content is not an .xlsx workbook. Open it in a spreadsheet and save it anew.",
    ),
    "broken": Words(
        "Tệp hỏng, không đọc được. Mở bằng bảng tính, lưu lại rồi tải lên.",
        "The file is damaged. Open it and save it anew.",
    ),
    "broken_csv": Words(
        "Tệp CSV sai dấu ngoặc kép ở dòng {line}.", "The CSV file has a wrong quotation mark in line {line}."
    ),
    "bomb": Words(
        "Tệp nén quá chặt hoặc quá lớn khi giải nén. Chia thành nhiều tệp nhỏ.",
        "The file is too large when unzipped. Split it into smaller ones.",
    ),
    "too_big": Words(
        "Trang tính quá lớn, có thể do ô có dữ liệu hoặc định dạng ở rất xa. Xóa hàng, cột thừa rồi tải lại.",
        "The sheet is too large, perhaps for cells far away. Delete unused rows and columns.",
    ),
    "too_large": Words(
        "Tệp lớn quá {most_mb} MB. Chia thành nhiều tệp.", "The file is larger than {most_mb} MB. Split it."
    ),
    "too_many_rows": Words(
        "Có hơn {most} dòng. Chia thành nhiều tệp.", "More than {most} rows. Split the file."
    ),
    "too_many_columns": Words(
        "Có {found} cột, tối đa {most}. Xóa cột thừa.", "{found} columns, at most {most}. Delete unused ones."
    ),
    "empty_file": Words("Tệp rỗng.", "The file is empty."),
    "empty": Words("Trang đầu tiên không có dữ liệu.", "The first sheet holds nothing."),
    "no_rows": Words("Không có dòng nào dưới tiêu đề.", "There are no rows below the header."),
    "no_sheet": Words("Tệp không có trang tính nào đang hiện.", "The workbook has no visible sheet."),
    "merged": Words(
        "Có ô gộp ({range}). Bỏ gộp ô, điền đủ từng dòng rồi tải lại.",
        "Merged cells ({range}). Unmerge them and fill each row.",
    ),
    "encoding": Words(
        "Tệp CSV không phải UTF-8. Lưu lại dạng “CSV UTF-8” rồi tải lên.",
        "The CSV file is not UTF-8. Save it as “CSV UTF-8”.",
    ),
    "missing_columns": Words(
        "Dòng 1 thiếu cột bắt buộc: {titles}. Dùng tiêu đề của tệp mẫu.",
        "Row 1 lacks mandatory columns: {titles}. Use the template's titles.",
    ),
    "doubled_columns": Words(
        "Cột lặp lại: {titles}. Mỗi tiêu đề chỉ một cột.",
        "Columns given twice: {titles}. One column for each title.",
    ),
    "not_checked": Words(
        "Không kiểm tra được tệp do lỗi hệ thống. Tải lên lần nữa; nếu vẫn vậy, báo bộ phận hỗ trợ.",
        "The file could not be checked. Upload it again; if that fails too, call support.",
    ),
    "no_right": Words(
        "Người tải lên không còn quyền nhập dữ liệu cho cơ quan này.",
        "The uploader may no longer import for this unit.",
    ),
}

DECIMALS = frozenset({"coefficient"})
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def _filled(words: str, detail: Mapping[str, Any], language: str) -> str:
    values = {"place": "?", "sign": "?"} | dict(detail)  # findings of earlier days do not tell
    if language != "en":
        for name, value in values.items():
            if name in DECIMALS:
                values[name] = str(value).replace(".", ",")
            elif isinstance(value, str) and ISO.fullmatch(value):
                values[name] = vn(date.fromisoformat(value))
    return words.format_map(values)


def finding_words(code: str, detail: Mapping[str, Any], language: str = "vi") -> tuple[str, str]:
    """(what is wrong, what to do) of a finding."""
    message = MESSAGES[code]
    return (
        _filled(message.what.said_in(language), detail, language),
        _filled(message.fix.said_in(language), detail, language),
    )


def finding_message(code: str, detail: Mapping[str, Any], language: str = "vi") -> str:
    """Both in one line, for programs and for the marked workbook."""
    what, fix = finding_words(code, detail, language)
    return f"{what}. {fix}."


def note_words(note: Mapping[str, Any], language: str = "vi") -> str:
    """The sentence of a note {code, detail}."""
    return _filled(NOTES[note["code"]].said_in(language), note["detail"], language)


def problem_words(code: str, detail: Mapping[str, Any]) -> Words:
    """The sentence of a refusal in both languages."""
    words = PROBLEMS[code]
    return Words(_filled(words.vi, detail, "vi"), _filled(words.en, detail, "en"))
