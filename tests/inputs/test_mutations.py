from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.benchmarks.mutations import MODELS, MUTATORS, by_readers, histories, originals, outcomes

pytestmark = pytest.mark.tensorflow


def test_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    found = Counter(outcome for _, outcome in outcomes(66, 20, by_readers, tmp_path))
    assert found["crash"] == found["hang"] == 0
    assert found["refused"] > 20
    assert found["report"] > 5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*MODELS, *histories()])
def test_undamaged_files_are_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(originals()[name])
    assert by_readers(tmp_path / name) == "report"


def test_every_mutator_changes_something_and_the_same_each_time() -> None:
    before = bytes(range(256)) * 8
    for mutator in MUTATORS:
        first, second = bytearray(before), bytearray(before)
        mutator(first, Random(1))
        mutator(second, Random(1))
        assert first == second
        assert first != before
