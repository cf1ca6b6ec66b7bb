"""Portraits: a picture taken in, turned upright, cut to the frame of the forms and written anew.

What is kept are the pixels alone: place, time, camera and whatever else a file carries beside them stay behind.
"""

import io
import struct
from base64 import b64encode

from PIL import Image, ImageOps

from registry.errors import Flaw, Invalid
from registry.words import Words

LARGEST = 8 * 1024 * 1024
"""Bytes of a picture as it comes."""
MOST_PIXELS = 40_000_000
KEPT = (472, 709)
"""Pixels of what is kept: 4 x 6 cm at 300 to the inch."""
LEAST = (236, 354)
"""The same at 150: a smaller picture prints blurred."""
SHOWN = (120, 180)
"""Pixels beside the name on a page, two to each of the screen's."""
KINDS = (".jpg", ".jpeg", ".png")
TOP = 0.35
"""How much of what is too high is cut above the person, the rest below."""


def portrait(content: bytes) -> bytes:
    """The picture as JPEG of 4 to 6, no larger than the forms print it. The same bytes give the same bytes.

    Raises Invalid for what is no JPEG or PNG, too small, or too large to be looked at.
    """
    if len(content) > LARGEST:
        raise _unfit(
            "too_large", f"Ảnh lớn quá {LARGEST >> 20} MB.", f"The picture is larger than {LARGEST >> 20} MB."
        )
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _unfit("too_large", "Ảnh quá lớn để xử lý.", "The picture has too many pixels.")
            opened.draft("RGB", (KEPT[0] * 2, KEPT[1] * 2))
            upright = ImageOps.exif_transpose(opened)
            picture = _on_white(upright)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError):
        raise _unfit(
            "not_a_picture", "Không đọc được ảnh: cần tệp JPEG hoặc PNG.", "This is no JPEG or PNG picture."
        ) from None
    if picture.width < LEAST[0] or picture.height < LEAST[1]:
        size = f"{LEAST[0]} x {LEAST[1]}"
        raise _unfit(
            "too_small",
            f"Ảnh nhỏ quá: cần ít nhất {size} điểm ảnh.",
            f"The picture needs at least {size} pixels.",
        )
    fitted = ImageOps.fit(picture, KEPT, Image.Resampling.LANCZOS, centering=(0.5, TOP))
    return _written(fitted, 88)


def small(content: bytes) -> bytes:
    """A kept portrait as it stands beside the name on a page."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        opened.draft("RGB", SHOWN)
        return _written(opened.convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS), 80)


def as_data(content: bytes) -> str:
    """A picture as an address that holds it whole."""
    return "data:image/jpeg;base64," + b64encode(content).decode()


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of a kept portrait."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        return opened.size


def _on_white(picture: Image.Image) -> Image.Image:
    """Colours alone; what can be seen through is white."""
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground


def _written(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    clean.save(out, "JPEG", quality=quality, optimize=False, progressive=False)
    return out.getvalue()


def _unfit(code: str, vi: str, en: str) -> Invalid:
    words = Words(vi, en)
    return Invalid(words, code, [Flaw("file", code, words)])
