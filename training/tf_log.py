"""Imports Keras without the log lines that TensorFlow's C++ libraries write to the terminal."""

from __future__ import annotations

import os
import sys
import tempfile

from musicgen_live.errors import TrainingError


def import_keras() -> None:
    """Import Keras and its backend; show their output on standard error only if the import fails.

    Two of TensorFlow's libraries log before they read TF_CPP_MIN_LOG_LEVEL (2.21), so this function redirects the
    file descriptor itself. The import of TensorFlow takes 3 to 18 s, so call it only when Keras is needed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as captured:
        terminal = os.dup(2)
        os.dup2(captured.fileno(), 2)
        failed = True
        try:
            import keras  # noqa: F401

            failed = False
        except ModuleNotFoundError as exc:
            failed = False
            raise TrainingError(
                f"training needs {exc.name}, which is not installed; in a clone: pip install '.[train]'"
            ) from exc
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            if failed:
                captured.seek(0)
                sys.stderr.write(captured.read().decode(errors="replace"))
