import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from training.data.labels import described, with_header, with_reminders

C_MAJOR = (60, 64, 67, 65, 69, 62, 67, 71, 60)
A_MINOR = (57, 60, 64, 62, 65, 57, 64, 68, 57)


def ids_of(*tokens: str) -> np.ndarray:
    return np.array(VOCABULARY.encode(tokens), np.uint16)


def bar(*onsets: tuple[int, ...], time_signature: str = "4/4", duration: int = 24) -> list[str]:
    tokens = [f"bar {time_signature}"]
    for number, pitches in enumerate(onsets):
        tokens.append(f"position {number * 6}")
        for pitch in pitches:
            tokens += [f"pitch {pitch}", f"duration {duration}"]
    return tokens


def piece(bars: int) -> np.ndarray:
    one = bar(*((pitch,) for pitch in C_MAJOR))
    return with_header("ragtime", ids_of(*(one * bars), "end"))


@pytest.mark.parametrize("semitones", [0, 1, 6, 11])
@pytest.mark.parametrize(("melody", "mode"), [(C_MAJOR, "mode major"), (A_MINOR, "mode minor")])
def test_the_mode_is_detected_in_every_key(melody: tuple[int, ...], mode: str, semitones: int) -> None:
    assert described(ids_of(*bar(*((pitch + semitones,) for pitch in melody))))[0] == mode


def test_long_notes_have_more_weight_in_the_mode() -> None:
    short = bar((57,), (60,), (64,), duration=1)
    assert described(ids_of(*short, *bar((61,), (64,), (69,), duration=96)))[0] == "mode major"


@pytest.mark.parametrize(
    ("onsets", "time_signature", "density", "texture"),
    [
        ([(60,)] * 4, "4/4", "sparse", "thin"),
        ([(60,)] * 14, "4/4", "medium", "thin"),
        ([(60, 64)] * 7, "4/4", "medium", "medium"),
        ([(60, 64)] * 12, "4/4", "dense", "medium"),
        ([(60, 64, 67)] * 2, "4/4", "sparse", "full"),
        ([(60, 64, 67)] * 4, "2/4", "dense", "full"),
    ],
)
def test_density_is_notes_per_quarter_and_texture_per_onset(
    onsets: list[tuple[int, ...]], time_signature: str, density: str, texture: str
) -> None:
    assert described(ids_of(*bar(*onsets, time_signature=time_signature)))[1:] == (
        f"density {density}",
        f"texture {texture}",
    )


def test_silence_has_no_labels() -> None:
    assert described(ids_of("bar 4/4", "bar 4/4", "end")) == ()
    assert VOCABULARY.decode(with_header("folk", ids_of("bar 4/4", "end")).tolist()) == ["style folk", "bar 4/4", "end"]


def test_a_header_precedes_the_piece() -> None:
    tokens = VOCABULARY.decode(piece(1).tolist())
    assert tokens[:5] == ["style ragtime", "mode major", "density sparse", "texture thin", "bar 4/4"]


def control_tokens(ids: np.ndarray) -> list[str]:
    return [t for t in VOCABULARY.decode(ids.tolist()) if t.split()[0] in {"style", "mode", "density", "texture"}]


def test_reminders_come_between_bars_and_keep_the_music() -> None:
    whole = piece(100)
    reminded = with_reminders(whole, np.random.default_rng(0))
    control_ids = [
        i for token, i in VOCABULARY.ids.items() if token.split()[0] in {"style", "mode", "density", "texture"}
    ]
    assert reminded[~np.isin(reminded, control_ids)].tolist() == whole[4:].tolist()
    at = np.flatnonzero(np.isin(reminded, control_ids))
    following = [VOCABULARY.tokens[reminded[i + 1]].split()[0] for i in at]
    assert set(following) <= {"mode", "density", "texture", "bar"}
    styles = [t for t in control_tokens(reminded) if t.startswith("style ")]
    assert 100 // 32 <= len(styles) <= 100 // 8 + 1


def test_reminders_omit_tokens_at_random() -> None:
    rng = np.random.default_rng(1)
    heads = [tuple(control_tokens(with_reminders(piece(1), rng))) for _ in range(2000)]
    share = {t: sum(t in head for head in heads) / len(heads) for t in ("style any", "mode major", "texture thin")}
    assert share["style any"] == pytest.approx(0.1, abs=0.02)
    assert share["mode major"] == pytest.approx(0.7, abs=0.03)
    assert share["texture thin"] == pytest.approx(0.7, abs=0.03)
    assert all(sum(t.startswith("style ") for t in head) == 1 for head in heads)
