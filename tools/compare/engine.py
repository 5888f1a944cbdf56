"""The engine's side: a process that is handed problems and answers them. It never looks at an answer."""

from __future__ import annotations

import json
import math
import subprocess
from typing import Any


def plain(value: Any) -> Any:
    """The value without numpy, infinities as texts."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


class Engine:
    """The driver `tests/programs/compare`, running."""

    def __init__(self, driver: str, bundle: str) -> None:
        self._process = subprocess.Popen([driver, bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = self._read()
        self.plugins: dict[str, list[str]] = told["plugins"]
        self.features: list[str] = told.get("features", [])

    def ask(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """One answer per ask."""
        self._process.stdin.write(json.dumps(plain(request), allow_nan=False) + "\n")
        self._process.stdin.flush()
        answers = self._read()["answers"]
        if len(answers) != len(request["asks"]):
            raise RuntimeError(f"expected {len(request['asks'])} answers of the driver, found {len(answers)}")
        return answers

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the driver ended with status {self._process.wait()}: see its message above")
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
