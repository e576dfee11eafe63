"""What the searches picked when they were replayed, kept as JSON, one file a task.

Optuna and KerasTuner take minutes to replay; with their picks stored, reading takes none, and
needs neither of them. A row of a search: the arm's number among the truth's, the number of the
seed whose validation losses it saw, and the epochs that it trained in all.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.atomic import atomic_write
from advisor.probes.outcome import Policy
from tests.benchmarks.advice.choices import Row
from tests.benchmarks.advice.ledger import field_of
from tests.benchmarks.advice.lineup import SEARCHES, Pick, replayed
from tests.benchmarks.advice.store import RESULTS, Truth

REPLAYS = 20

Picks = Mapping[Row, Sequence[Pick]]


def replay(truth: Truth, policy: Policy, replays: int = REPLAYS) -> dict[Row, list[Pick]]:
    """The picks of every search whose package is installed, on one drawing of a task."""
    field = field_of(truth, policy)
    found: dict[Row, list[Pick]] = {}
    for search in SEARCHES:
        if search.is_installed:
            found |= replayed(search, field, replays)
    return found


def is_complete(picks: Picks) -> bool:
    """True if no search is missing that is installed."""
    return all(row in picks for search in SEARCHES if search.is_installed for row in search.rows)


def save(truth: Truth, by_policy: Mapping[Policy, Picks], results: Path = RESULTS) -> None:
    """Write a task's replays, one row a line."""
    path = _path(truth.task, results)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps([policy, row.contender, row.budget, picks], separators=(",", ":"))
        for policy, rows in by_policy.items()
        for row, picks in rows.items()
    ]
    arms = json.dumps(truth.arms)
    atomic_write(path, f'{{"arms": {arms},\n"rows": [\n' + ",\n".join(lines) + "\n]}\n")


def load(truth: Truth, results: Path = RESULTS) -> dict[Policy, dict[Row, list[Pick]]]:
    """What is stored of a task's replays; nothing if they were run on another grid."""
    path = _path(truth.task, results)
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    if tuple(stored["arms"]) != truth.arms:
        return {}
    found: dict[Policy, dict[Row, list[Pick]]] = {}
    for policy, contender, budget, picks in stored["rows"]:
        found.setdefault(policy, {})[Row(contender, budget)] = [Pick(*pick) for pick in picks]
    return found


def _path(task: str, results: Path) -> Path:
    return results / "replays" / f"{task}.json"
