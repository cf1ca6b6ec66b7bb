"""What can be asked about: kinds of objects, and what may be done with each."""

from collections.abc import Mapping

from registry.access.permissions import Permission
from registry.words import Words

P = Permission

KINDS: Mapping[str, Words] = {
    "official": Words("Hồ sơ một người", "A person's record"),
    "unit": Words("Người của một đơn vị", "The people of a unit"),
    "change": Words("Một đề nghị", "A request"),
    "file": Words("Một tệp", "A file"),
}
ACTIONS: Mapping[str, Mapping[Permission, Words]] = {
    "official": {
        P.OFFICIALS_RECORD_READ: Words("Xem hồ sơ", "Read the record"),
        P.OFFICIALS_READERS_READ: Words("Xem ai đã xem hồ sơ", "See who looked at the record"),
        P.REPORTS_FORM_PRINT: Words("In mẫu của một người", "Print a form of a person"),
        P.CHANGES_CHANGE_DRAFT: Words("Lập đề nghị thay đổi", "Draft a change"),
    },
    "unit": {
        P.OFFICIALS_RECORD_READ: Words("Xem hồ sơ", "Read the record"),
        P.CHANGES_CHANGE_DRAFT: Words("Lập đề nghị thay đổi", "Draft a change"),
        P.CHANGES_CHANGE_DECIDE: Words("Phê duyệt đề nghị", "Decide on a request"),
        P.BULK_IMPORT_WRITE: Words("Nhập dữ liệu", "Import people"),
        P.CAMPAIGNS_CAMPAIGN_RUN: Words("Mở đợt rà soát", "Run a review"),
        P.WORKLISTS_LIST_READ: Words("Xem danh sách đến hạn", "Read who is due for what"),
        P.QUALITY_FINDING_READ: Words("Xem lỗi dữ liệu từng người", "Read findings about persons"),
    },
    "change": {
        P.CHANGES_CHANGE_READ: Words("Xem đề nghị", "Read a request"),
        P.CHANGES_CHANGE_DECIDE: Words("Phê duyệt đề nghị", "Decide on a request"),
    },
    "file": {P.DOCUMENTS_FILE_READ: Words("Mở tệp", "Open a file")},
}
"""What may be done with an object of each kind; the first is what is meant when nothing is said."""
ANYWHERE: Mapping[Permission, Words] = {
    P.STATISTICS_TABLE_READ: Words("Xem thống kê", "Read statistics"),
    P.REPORTS_RUN_MAKE: Words("Lập báo cáo", "Make reports"),
    P.BULK_EXPORT_MAKE: Words("Xuất dữ liệu ra tệp", "Export to files"),
    P.DOCUMENTS_FILE_WRITE: Words("Tải tệp lên", "Upload files"),
    P.AUDIT_TRAIL_READ: Words("Xem nhật ký", "Read the trail"),
    P.ACCESS_USER_MANAGE: Words("Quản trị tài khoản", "Manage accounts"),
}
"""What has no object."""
EVERY: Mapping[Permission, Words] = {
    permission: words for one in (*ACTIONS.values(), ANYWHERE) for permission, words in one.items()
}
"""All that can be asked; without an object it means: anywhere at all."""
