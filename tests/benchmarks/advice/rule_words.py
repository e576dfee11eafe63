"""What each rule that fires argues for on each task: kept in `results/rule_words.json`.

Read from the users' runs as `advisor check` reads them. A family counts in the strength that the
whole rulebook comes to, as that is what a user is told.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from advisor.atomic import atomic_write
from advisor.candidates.arm import Arm, arm_name
from advisor.candidates.placement import Placement
from advisor.candidates.proposals import Proposal, propose_less, propose_more
from advisor.pipeline.examination import Examination, examine
from advisor.recommend import recommend
from advisor.regularization import FAMILIES, Family
from advisor.rulebook.apply import apply
from advisor.rulebook.rule import Findings, Suggestion
from advisor.rulebook.rulebook import load_rules, shipped_rules
from advisor.rulebook.verdict import decide
from advisor.settings.settings import Settings
from advisor.settings.sources import with_flags
from advisor.values import dataclass
from tests.benchmarks.advice.rules_alone import said_by
from tests.benchmarks.advice.store import RESULTS
from tests.benchmarks.advice.tasks import Task
from tests.benchmarks.advice.user_run import UserRun

_NOTHING_TO_ADD = ("healthy", "underfitting")


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a rule argues for on one task; all empty where it has no say there.

    `add` are arms by name: of the families that it speaks for, the loudest, several only where it
    is as loud for each. `less` is a share of the current recipe, `against` are families that it
    forbids and nothing proposes, `keeps` is True where nothing is to be changed by its verdict.
    """

    add: tuple[str, ...] = ()
    less: str = ""
    against: tuple[Family, ...] = ()
    keeps: bool = False

    @property
    def has_say(self) -> bool:
        """True if it argues for anything."""
        return bool(self.add or self.less or self.against or self.keeps)


Words = Mapping[str, Word]
"""By the ids of the rules that fired."""


def words_on(task: Task, run: UserRun) -> Words:
    """The words of all rules that fire on the user's run of a task."""
    flags = {"train_size": task.n_train, "val_size": task.n_val, "batch_size": task.batch_size}
    settings = with_flags(Settings(), flags)
    with examine(str(run.model), str(run.history), settings) as examination:
        return words_in(apply(load_rules((shipped_rules(),)), examination.evidence), examination)


def words_in(findings: Findings, examination: Examination) -> Words:
    """The words of what has fired.

    Families are only asked for after `overfitting`, and only then do vetoes matter; less of what is
    there by every verdict but that and `healthy`.
    """
    assert examination.model is not None
    structure = Placement(model=examination.model, evidence=examination.evidence)
    verdict = decide(findings)
    advice = said_by(recommend(verdict, findings, examination.evidence, examination.model))
    more = propose_more(findings, structure) if verdict.name == "overfitting" else ()
    doses = {each.families[0]: _dose(each) for each in more if len(each.families) == 1}
    less = propose_less(findings, structure)
    has_less = less is not None and verdict.name not in ("overfitting", "healthy")
    reducing = {f.rule.id for f in less.supporters} if less is not None and has_less else set()
    words: dict[str, Word] = {}
    for rule in {finding.rule.id: finding.rule for finding in findings.fired}.values():
        said = rule.suggest or Suggestion()
        kept = rule.verdict == verdict.name and verdict.name in _NOTHING_TO_ADD
        words[rule.id] = Word(
            add=tuple(_loudest(said, doses)),
            less=advice if rule.id in reducing else "",
            against=tuple(
                f for f in said.forbid if verdict.name == "overfitting" and f not in doses
            ),
            keeps=kept and advice == arm_name(Arm()),
        )
    return words


def _dose(single: Proposal) -> float:
    return single.strategy.strength(single.families[0])


def _loudest(said: Suggestion, doses: Mapping[Family, float]) -> Iterator[str]:
    spoken_for = {f: weight for f, weight in said.weights.items() if weight > 0 and f in doses}
    for family in FAMILIES:
        if family in spoken_for and spoken_for[family] == max(spoken_for.values()):
            yield arm_name(Arm(doses={family: doses[family]}, share=0))


def save(words: Mapping[str, Words], results: Path = RESULTS) -> None:
    """Write the words of all tasks, a line a rule."""
    tasks = []
    for task, own in words.items():
        lines = [f"  {json.dumps(rule)}: {json.dumps(_stored(own[rule]))}" for rule in sorted(own)]
        tasks.append(f"{json.dumps(task)}: {{\n" + ",\n".join(lines) + "\n}")
    atomic_write(_path(results), "{\n" + ",\n".join(tasks) + "\n}\n")


def load(results: Path = RESULTS) -> dict[str, Words]:
    """The stored words by task; none where none are stored."""
    if not _path(results).exists():
        return {}
    stored = json.loads(_path(results).read_text(encoding="utf-8"))
    return {
        task: {rule: _word(row) for rule, row in rules.items()} for task, rules in stored.items()
    }


def _stored(word: Word) -> dict[str, object]:
    return {name: value for name, value in asdict(word).items() if value}


def _word(row: Mapping[str, object]) -> Word:
    lists = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    return Word(**lists)  # type: ignore[arg-type]


def _path(results: Path) -> Path:
    return results / "rule_words.json"
