"""The two places that the comparison needs: a virtual environment for each version of the package, and the engine's driver. It
never changes an environment that was there before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tools" / "requirements-compare.txt"
VERSIONS = ["1.0.2", "0.9.0"]


class Missing(Exception):
    """Something that the comparison needs is not there."""


def python_of(version: str, given: list[Path], home: Path) -> Path:
    """The Python of an environment with one version of the package: one of those given, or one that is made below `home`."""
    for directory in given:
        python = _python(directory)
        if _installed(python) == version:
            return python
    directory = home / version
    if _installed(_python(directory)) != version:
        _make(directory, version)
    return _python(directory)


def _python(directory: Path) -> Path:
    return directory / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")


def _installed(python: Path) -> str | None:
    """The version of the package in an environment; none if there is no such environment."""
    if not python.exists():
        return None
    code = "from importlib.metadata import version; print(version('calibrated-explanations'))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return found.stdout.strip() or None


def _make(directory: Path, version: str) -> None:
    print(f"making an environment with calibrated-explanations {version}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    python = _python(directory)
    wanted = ["-r", REQUIREMENTS, f"calibrated-explanations=={version}"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    if _installed(python) != version:
        raise Missing(f"{directory} has calibrated-explanations {_installed(python)}, expected {version}")


def build(is_release: bool) -> tuple[Path, Path]:
    """Builds driver and FAST bundle, and says where they are."""
    profile = ["--release"] if is_release else []
    for wanted in (["-p", "ce-tests", "--example", "compare"], ["-p", "ce-fast"]):
        subprocess.run(["cargo", "build", "--quiet", *profile, *wanted], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / ("release" if is_release else "debug")
    libraries = {"win32": "ce_fast.dll", "darwin": "libce_fast.dylib"}
    driver = target / "examples" / ("compare.exe" if os.name == "nt" else "compare")
    return driver, target / libraries.get(sys.platform, "libce_fast.so")
