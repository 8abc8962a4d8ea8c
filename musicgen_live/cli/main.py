"""The command `musicgen-live`: which commands there are."""

from __future__ import annotations

from musicgen_live.cli import play, shipped
from musicgen_live.cli.doctor import doctor_command
from musicgen_live.cli.learn import learn_command
from musicgen_live.cli.panic import panic_command
from musicgen_live.cli.ports import ports_command
from musicgen_live.cli.show import show_command
from musicgen_live.console import new_app, run

app = new_app("A neural network trained on MIDI files plays notes and chords into your DAW.")
app.command("play")(play.play_command)
app.command("render")(play.render_command)
app.command("show")(show_command)
app.command("ports")(ports_command)
app.command("learn")(learn_command)
app.command("panic")(panic_command)
app.command("doctor")(doctor_command)
app.add_typer(shipped.presets_app, name="presets")
app.add_typer(shipped.models_app, name="models")


def main() -> None:
    """Run the command line."""
    run(app)
