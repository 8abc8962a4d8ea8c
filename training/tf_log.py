"""Imports Keras without the lines that TensorFlow's C++ parts write to the terminal."""

from __future__ import annotations

import os
import sys
import tempfile

from musicgen_live.errors import TrainingError


def import_keras() -> None:
    """Import Keras and its backend; what they write to standard error is shown only if that fails.

    Two of TensorFlow's libraries log before they read TF_CPP_MIN_LOG_LEVEL (2.21), so the file descriptor itself
    is turned aside meanwhile. TensorFlow is imported in 3 to 18 s, so not before it is needed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        terminal = os.dup(2)
        os.dup2(aside.fileno(), 2)
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
                aside.seek(0)
                sys.stderr.write(aside.read().decode(errors="replace"))
