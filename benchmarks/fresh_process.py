"""Calls a function of a benchmark in a process of its own, so that it finds nothing imported, cached or warm.

python -m benchmarks.fresh_process MODULE FUNCTION ARGUMENTS
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.figure import LeftOutError

LEFT_OUT_STATUS = 3


def command_of(function: Callable[..., Any], *arguments: Any) -> list[str]:  # noqa: ANN401 (JSON values)
    """Return the command that calls a function of a module; its arguments are JSON values."""
    spec = sys.modules[function.__module__].__spec__
    assert spec is not None
    return [sys.executable, "-m", "benchmarks.fresh_process", spec.name, function.__name__, json.dumps(arguments)]


def call(
    function: Callable[..., Any],
    *arguments: Any,  # noqa: ANN401
    environment: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401
    """Call a function in a new process, and return its result, a JSON value.

    Raises LeftOutError as the function does, and exits with the last words of a process that fails.
    """
    done = subprocess.run(
        command_of(function, *arguments), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == LEFT_OUT_STATUS:
        raise LeftOutError(done.stdout.splitlines()[-1])
    if done.returncode:
        raise SystemExit(f"{function.__name__} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Call, and print the result as the last line, or the reason for leaving it out."""
    module, name, arguments = sys.argv[1:]
    try:
        print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(arguments))))
    except LeftOutError as reason:
        print(reason)
        sys.exit(LEFT_OUT_STATUS)


if __name__ == "__main__":
    main()
