"""Work before and beside the appointments on the registry: where, as what, from when to when."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="work_history",
    label=Words("Quá trình công tác trước đây", "Earlier work"),
    source="Mẫu 2C mục 28",
    group="4",
    maintained_by="official",
    sensitivity="ordinary",
    fields=(
        Field("unit", Words("Đơn vị công tác", "Unit"), required=True, length=300, item="28"),
        Field("post", Words("Chức danh, chức vụ", "Post"), length=300, item="28"),
        Field("place", Words("Nơi công tác", "Place"), length=300, item="28"),
        Field("duties", Words("Công việc đã làm", "Duties"), length=500),
    ),
)
