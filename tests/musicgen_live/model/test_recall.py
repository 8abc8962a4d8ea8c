import random
import subprocess
import sys

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY, ids_of
from musicgen_live.model.architecture import LENGTH_CLASSES, ORDERS
from musicgen_live.model.recall import BACK_IDS, REACH_IDS, IntervalRecall, Recall

NOTHING = (20, 0)


def readings(recall: Recall, ids: list[int]) -> list[tuple[int, int]]:
    return [recall.read(token_id) for token_id in ids]


def test_it_recalls_the_id_after_the_longest_known_context() -> None:
    # 5 6 came before 7, and later before 9; then 5 6 7 came before 8.
    ids = [5, 6, 7, 8, 5, 6, 9, 5, 6, 7]
    assert readings(Recall(20, 0), ids) == [NOTHING] * 5 + [(7, 1), NOTHING, NOTHING, (9, 1), (8, 2)]


def test_longer_contexts_have_higher_classes() -> None:
    assert LENGTH_CLASSES == 9
    recall = Recall(20, 0)
    tune = list(range(20))
    assert readings(recall, tune) == [NOTHING] * 20
    again = readings(recall, tune)
    assert again[:2] == [NOTHING, (2, 1)]
    assert [length_class for _, length_class in again[1:]] == [1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7]
    assert [recalled for recalled, _ in again[1:]] == [*range(2, 20), 0]


def test_of_equal_contexts_the_latest_counts() -> None:
    assert readings(Recall(20, 0), [1, 2, 3, 1, 2, 4, 1, 2])[-1] == (4, 1)


def test_control_tokens_are_not_remembered() -> None:
    recall = Recall(20, 3)
    assert readings(recall, [0, 1, 5, 6, 2, 7, 5]) == [NOTHING] * 7
    assert readings(recall, [1, 6]) == [NOTHING, (7, 1)]


def test_reset_forgets_everything() -> None:
    recall = Recall(20, 0)
    readings(recall, [1, 2, 3])
    recall.reset()
    assert readings(recall, [1, 2]) == [NOTHING, NOTHING]


def test_ids_that_are_not_shown_are_still_remembered() -> None:
    recall = Recall(20, 0)
    assert [recall.read(i, shown=False) for i in (1, 2, 3, 1, 2)] == [NOTHING] * 5
    assert readings(recall, [3, 1]) == [(1, 2), (2, 3)]


def test_going_back_forgets_what_was_read_since() -> None:
    dice = random.Random(1)
    ids = [dice.randrange(4) for _ in range(400)]
    recall, whole = Recall(20, 0), readings(Recall(20, 0), ids)
    readings(recall, ids)
    for length in (399, 300, 120, 119, 7, 1, 0):
        recall.restore(length)
        assert recall.snapshot() == length
        astray = [dice.randrange(4) for _ in range(100)]
        readings(recall, astray)
        recall.restore(length)
        assert readings(recall, ids[length:]) == whole[length:]


def read_all(recall: Recall, ids: list[int]) -> None:
    for token_id in ids:
        recall.read(token_id)


def phrases(count: int, dice: random.Random) -> list[int]:
    """Return ids in phrases that come again, some with a wrong note."""
    known = [[dice.randrange(40) for _ in range(dice.randrange(3, 40))] for _ in range(20)]
    ids: list[int] = []
    while len(ids) < count:
        ids += [dice.randrange(40) if dice.random() < 0.05 else token_id for token_id in dice.choice(known)]
    return ids[:count]


def expected(ids: list[int], classes: int) -> tuple[int, int]:
    """Return the reading of the last id by the definition: the latest place of the longest context of `ORDERS`."""
    for order in reversed(ORDERS):
        for end in range(len(ids) - 1, order - 1, -1):
            if ids[end - order : end] == ids[-order:]:
                return ids[end], 1 + ORDERS.index(order)
    return classes, 0


def test_each_reading_is_that_of_the_definition() -> None:
    ids = phrases(1500, random.Random(2))
    found = readings(Recall(40, 0), ids)
    assert found == [expected(ids[: count + 1], 40) for count in range(len(ids))]


def test_a_context_is_found_within_reach_and_not_beyond() -> None:
    for distance, found in ((REACH_IDS - 2, (9, 1)), (REACH_IDS, NOTHING)):
        recall = Recall(20, 0)
        read_all(recall, [7, 8, 9, *[1] * (distance - 2)])
        assert readings(recall, [7, 8])[-1] == found


def test_however_long_it_reads_the_latest_hour_is_what_counts() -> None:
    dice = random.Random(3)
    ids = phrases(4 * REACH_IDS, dice)
    long_read, fresh = Recall(40, 0), Recall(40, 0)
    read_all(long_read, ids)
    read_all(fresh, ids[-REACH_IDS:])
    later = phrases(2000, dice) + ids[-5000:]
    assert readings(long_read, later) == readings(fresh, later)


def test_going_back_is_exact_after_hours_too() -> None:
    dice = random.Random(4)
    recall, straight = Recall(40, 0), Recall(40, 0)
    ids = phrases(3 * REACH_IDS, dice)
    for each in (recall, straight):
        read_all(each, ids)
    at = recall.snapshot()
    read_all(recall, phrases(BACK_IDS, dice))
    recall.restore(at)
    later = phrases(1000, dice) + ids[-1000:]
    assert readings(recall, later) == readings(straight, later)


def test_farther_back_than_it_remembers_is_refused() -> None:
    recall = Recall(20, 0)
    read_all(recall, [1] * (REACH_IDS + BACK_IDS + 1))
    with pytest.raises(ValueError, match="16385 ids cannot be gone back, only 16384"):
        recall.restore(REACH_IDS)


def interval_readings(recall: IntervalRecall, *pitches: int) -> list[tuple[int, int]]:
    """Read a duration behind each MIDI pitch; return what is recalled behind the durations, as MIDI pitches."""
    found = []
    for pitch in pitches:
        recall.read(PITCHES.start + pitch)
        recalled, length_class = recall.read(DURATION)
        found.append((recalled - PITCHES.start, length_class) if recalled in PITCHES else (-1, length_class))
    return found


PITCHES, DURATION = ids_of("pitch"), ids_of("duration").start + 3


def interval_recall() -> IntervalRecall:
    return IntervalRecall(len(VOCABULARY), ids_of("bar").start, PITCHES)


def test_a_figure_on_another_step_is_recalled_there() -> None:
    figure, higher = (60, 62, 64, 67), (72, 74, 76)
    found = interval_readings(interval_recall(), *figure, *higher)
    # Two steps of 2 up had led to a step of 3: behind C, D, E an octave higher to G.
    assert found[-1] == (79, 3)


def test_the_same_figure_is_recalled_like_recall_does() -> None:
    found = interval_readings(interval_recall(), 60, 64, 67, 60, 64, 67, 60, 64)
    assert found[-1][0] == 67


def test_a_recalled_pitch_stays_in_the_range_of_midi() -> None:
    found = interval_readings(interval_recall(), 60, 62, 84, 100, 102)
    assert found[-1] == (124, 2)
    found = interval_readings(interval_recall(), 60, 62, 84, 110, 112)
    assert found[-1] == (127, 2)


def test_going_back_forgets_intervals_too() -> None:
    recall, other = interval_recall(), interval_recall()
    for each in (recall, other):
        interval_readings(each, 60, 62, 64, 67)
    state = recall.snapshot()
    interval_readings(recall, 50, 90)
    recall.restore(state)
    assert interval_readings(recall, 72, 74, 76) == interval_readings(other, 72, 74, 76)
    recall.reset()
    assert interval_readings(recall, 60, 62) == interval_readings(interval_recall(), 60, 62)


TAKEN = """
from pathlib import Path
import numpy as np
from musicgen_live.model.recall import Recall

def taken_kb():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0])

np.ones(3_000_000)  # Memory that was used and is free again.
before_kb = taken_kb()
recall = Recall(300, 0)
print(taken_kb() - before_kb)
for token_id in range(200):
    recall.read(token_id)
print(taken_kb() - before_kb)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_it_takes_memory_as_it_reads() -> None:
    found = subprocess.run([sys.executable, "-c", TAKEN], check=True, capture_output=True, text=True)
    at_first_kb, after_200_ids_kb = map(int, found.stdout.split())
    assert at_first_kb < 200
    assert after_200_ids_kb < 3000
