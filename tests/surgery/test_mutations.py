"""A config that nobody vouches for is edited or refused, and nothing else happens."""

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import AdvisorError
from advisor.regularization import Strategy
from advisor.surgery.apply import apply
from tests.surgery.architectures import ARCHITECTURES

pytestmark = pytest.mark.tensorflow

MUTATIONS = 150
VALUES = (
    "null", "true", "-1", "1.5", "NaN", "1e400", '"x"', "[]", "{}", '[["a", 0, 0]]',
    '["a", true, 0]', '["a", 0, 0]', '[["a", 0, 0, {}]]', '{"class_name": "Dense", "config": {}}',
    "1" + "0" * 30,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        yield from places(inner, (*path, key))


def mutated(config: str, rng: random.Random) -> str:
    """The config with one value changed or left out."""
    changed = json.loads(config)
    *above, last = rng.choice(list(places(changed)))
    inner = changed
    for key in above:
        inner = inner[key]
    if rng.random() < 0.2:
        del inner[last]
    else:
        inner[last] = json.loads(rng.choice(VALUES))
    return json.dumps(changed)


@pytest.mark.parametrize("name", ["plain", "nested", "branches", "siamese", "frames"])
def test_mutated_configs_give_an_error_of_ours_or_a_file(name: str, tmp_path: Path) -> None:
    architecture = ARCHITECTURES[name]
    architecture.build().save(tmp_path / "in.keras")
    with zipfile.ZipFile(tmp_path / "in.keras") as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    rng = random.Random(name)
    strategy = Strategy(changes=architecture.changes)
    refused = 0
    for _ in range(MUTATIONS):
        output = tmp_path / "out.keras"
        config = mutated(members["config.json"].decode(), rng)
        with zipfile.ZipFile(tmp_path / "bad.keras", "w") as archive:
            for member, content in members.items():
                archive.writestr(member, config if member == "config.json" else content)
        try:
            apply(tmp_path / "bad.keras", strategy, output)
        except AdvisorError as error:
            refused += 1
            assert "\n" not in str(error)
            assert not output.exists()
        output.unlink(missing_ok=True)
    assert 0 < refused < MUTATIONS
