"""The rulebook: the shipped rules and the user's own, loaded from folders of TOML files."""

from collections.abc import Collection, Iterable
from pathlib import Path

from advisor.errors import RuleError, UsageError
from advisor.evidence.catalog import CATALOG
from advisor.rulebook.rule import Rule
from advisor.rulebook.rule_file import read_rule
from advisor.rulebook.vocabulary import Catalog, did_you_mean

MAX_FILES = 1000  # in one folder of rules


def shipped_rules() -> Path:
    """The folder of the rules that come with the advisor.

    An installed package has them in `advisor/rules`. A checkout, and so an editable install, has
    them in `rules` beside the package.
    """
    package = Path(__file__).parent.parent
    packaged = package / "rules"
    return packaged if packaged.is_dir() else package.parent / "rules"


def load_rules(directories: Iterable[Path], catalog: Catalog = CATALOG) -> tuple[Rule, ...]:
    """The rules of all folders, sorted by id.

    A rule of a later folder replaces an earlier one with the same id. Raises RuleError for a folder
    without rules, or for the first file that is not a rule.
    """
    rules: dict[str, Rule] = {}
    read: list[Path] = []
    for directory in directories:
        if any(directory.resolve() == earlier for earlier in read):
            raise RuleError(f"{directory}: this folder of rules is given twice")
        read.append(directory.resolve())
        for file in rule_files(directory):
            rule = read_rule(file, catalog)
            rules[rule.id] = rule
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def rule_files(directory: Path) -> tuple[Path, ...]:
    """The `*.toml` files of a folder (not of its subfolders), sorted by name; at least one."""
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise RuleError(f"{directory}: not a folder of rules ({error.strerror})") from error
    if not files:
        raise RuleError(f"{directory}: contains no rules; a rule is a file called <its id>.toml")
    if len(files) > MAX_FILES:
        raise RuleError(f"{directory}: {len(files)} rules, but at most {MAX_FILES} are read")
    for file in files:
        if not file.name.isprintable() or not file.is_file():
            raise RuleError(f"{directory}: {file.name!r} is not an ordinary file")
    return tuple(files)


def select_rules(
    rules: tuple[Rule, ...], select: Collection[str] = (), ignore: Collection[str] = ()
) -> tuple[Rule, ...]:
    """The rules whose id is in `select` (all if it is empty) and not in `ignore`.

    Raises UsageError for an id that no rule has.
    """
    known = [rule.id for rule in rules]
    for wanted in (*select, *ignore):
        if wanted not in known:
            hint = did_you_mean(wanted, known) or "; `advisor rules` lists them"
            raise UsageError(f"unknown rule {wanted!r}{hint}")
    return tuple(
        rule for rule in rules if (not select or rule.id in select) and rule.id not in ignore
    )
