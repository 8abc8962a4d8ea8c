"""Defines the program `musicgen-train` and its commands."""

from __future__ import annotations

import logging

from musicgen_live.cli.console import Version, new_app, run, visible
from musicgen_live.model.blas import use_one_blas_thread

from .evaluate import evaluate_command
from .export import export_command
from .fit import fit_command
from .mix import mix_command
from .prepare import prepare_command
from .run import run_command

ABOUT = "Turns a folder of MIDI files into a model that musicgen-live plays."

app = new_app(ABOUT, completion=True)


@app.callback(help=ABOUT)
def musicgen_train(*, version: Version = False) -> None:
    """Take the flags of the program itself."""
    del version  # It has ended the program.


app.command("prepare")(prepare_command)
app.command("mix")(mix_command)
app.command("fit")(fit_command)
app.command("evaluate")(evaluate_command)
app.command("export")(export_command)
app.command("run")(run_command)


class VisibleFormatter(logging.Formatter):
    """Formats messages so that the names of files in them do not steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a message."""
        return visible(super().format(record))


def main() -> None:
    """Run the command line."""
    use_one_blas_thread()
    handler = logging.StreamHandler()
    handler.setFormatter(VisibleFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    run(app)


if __name__ == "__main__":
    main()
