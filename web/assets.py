"""The files pages are made of: compressed once into the home directory, served by WhiteNoise."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask, abort
from whitenoise import WhiteNoise  # type: ignore[import-untyped]
from whitenoise.compress import Compressor  # type: ignore[import-untyped]

from api.protecting import PROTECTING, SAVED_ONLY, STRICT_TRANSPORT

STATIC = Path(__file__).resolve().parent / "static"
A_YEAR = 365 * 24 * 60 * 60


def serve(app: Flask, home: Path, *, production: bool) -> None:
    """Answer /static/ before the application is asked; addresses carry ?v=<digest> and may be kept."""
    digests = _digests()
    app.add_url_rule("/static/<path:filename>", "static", _not_there)

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        # The stylesheet asks for the fonts and cannot know digests; a preload must ask for the same address.
        name = values.get("filename", "")
        if endpoint == "static" and name in digests and not name.startswith("fonts/"):
            values.setdefault("v", digests[name])

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=_compressed(home, digests),
        prefix="/static/",
        max_age=A_YEAR,
        allow_all_origins=False,
        add_headers_function=_headers_of(production),
    )


def _not_there(filename: str) -> NoReturn:
    abort(404)


def _headers_of(production: bool) -> Callable[[Any, str, str], None]:
    """What protects every other reply, but for how long it is kept; a picture opened as a page runs nothing."""
    given = {name: value for name, value in PROTECTING.items() if name != "Cache-Control"}
    given["Content-Security-Policy"] = SAVED_ONLY
    if production:
        given["Strict-Transport-Security"] = STRICT_TRANSPORT

    def headers(headers: Any, _path: str, _url: str) -> None:
        for name, value in given.items():
            headers[name] = value

    return headers


def _digests() -> dict[str, str]:
    """The first 10 hex digits of the SHA-256 of each file, by name."""
    return {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }


def _compressed(home: Path, digests: dict[str, str]) -> Path:
    """A copy of the files with their .gz beside them, made once for each state of the files."""
    state = hashlib.sha256(
        "\n".join(f"{name} {digest}" for name, digest in digests.items()).encode()
    ).hexdigest()[:16]
    target = home / "static" / state
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent))
    compressor = Compressor(quiet=True)
    for name in digests:
        copy = fresh / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STATIC / name, copy)
        if compressor.should_compress(name):
            list(compressor.compress(str(copy)))
    try:
        os.rename(fresh, target)
    except OSError:  # another process was faster, with the same content
        shutil.rmtree(fresh, ignore_errors=True)
    return target
