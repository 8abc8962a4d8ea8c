import random

from musicgen_live.model.recall import LENGTH_CLASSES, Recall

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
