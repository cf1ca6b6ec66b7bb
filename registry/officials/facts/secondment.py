"""Secondment, rotation and transfer to another unit, with the receiving unit's confirmation.

One of each movement at a time: a second secondment follows the first, but somebody transferred may later be seconded
without the transfer losing its truth. How long a movement may or must last is a dated row of `movement_kinds`."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="secondment",
    label=Words("Biệt phái, luân chuyển, điều động", "Secondment, rotation, transfer"),
    source="Luật Cán bộ, công chức 80/2025/QH15; Nghị định 170/2025/NĐ-CP; Luật Viên chức 129/2025/QH15",
    group="4",
    exclusive=("movement",),
    sensitivity="ordinary",
    fields=(
        Field("movement", Words("Hình thức", "Movement"), "code", required=True, catalogue="movement_kinds"),
        Field("from_name", Words("Nơi đi", "From"), length=300),
        Field("to_unit", Words("Đơn vị nhận", "Receiving unit"), "unit"),
        Field("to_name", Words("Nơi đến (ghi theo quyết định)", "To, as the decision says"), length=300),
        Field("post", Words("Chức vụ, vị trí ở nơi đến", "Post there"), length=300),
        Field("planned_end_on", Words("Thời hạn đến", "Planned until"), "date"),
        Field(
            "paid_by",
            Words("Đơn vị trả lương", "Paid by"),
            "choice",
            choices=(
                ("sending", Words("Nơi cử đi", "The sending unit")),
                ("receiving", Words("Nơi tiếp nhận", "The receiving unit")),
            ),
        ),
        Field("confirmed_on", Words("Nơi nhận xác nhận ngày", "Confirmed by the receiving unit on"), "date"),
        Field("confirmation_no", Words("Số văn bản xác nhận", "Number of the confirmation"), length=60),
        Field("end_reason", Words("Lý do kết thúc", "Reason of the end"), sensitivity="personal", length=300),
    ),
    checks=(
        (
            "has_destination",
            "num_nonnulls(to_unit, to_name) >= 1",
            Words("Ghi đơn vị nhận hoặc tên nơi đến.", "Give the receiving unit or the name of the place."),
        ),
        (
            "planned_end_after_start",
            "planned_end_on > valid_from",
            Words("Thời hạn phải sau ngày bắt đầu.", "The planned end comes after the start."),
        ),
        (
            "confirmation_dated",
            "confirmation_no IS NULL OR confirmed_on IS NOT NULL",
            Words(
                "Có số văn bản xác nhận thì ghi ngày.", "Give the day of the confirmation with its number."
            ),
        ),
    ),
)
