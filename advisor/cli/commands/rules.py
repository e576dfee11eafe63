"""`advisor rules`, its commands `new` and `test`, and `advisor explain`: the rulebook itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import console
from advisor.cli.exit_codes import CANNOT_CHECK
from advisor.cli.flags import project_settings, settings_with
from advisor.cli.setting_options import with_settings


@with_settings(("rules",))
def list_rules(context: typer.Context, *, flags: Mapping[str, object]) -> None:
    """List the rules; `rules new ID` begins one of your own, `rules test DIR` tests them."""
    if context.invoked_subcommand is not None:
        return
    from advisor.pipeline.diagnosis import rules_of
    from advisor.report.formats.rule_pages import render_rules

    console.deliver(render_rules(rules_of(settings_with(flags)), console.page_for(None)), None)


@with_settings(("rules",))
def new_rule(
    rule_id: Annotated[
        str, typer.Argument(metavar="ID", help="What it finds: lower-case-words-with-dashes.")
    ],
    *,
    flags: Mapping[str, object],
) -> None:
    """Begin a rule: a commented file that works as it is, to be edited.

    It goes to the folder of --rules, else to that of the settings, else to ./rules.
    """
    import shlex

    from advisor.rulebook.rulebook import shipped_rules
    from advisor.rulebook.scaffold import write_new_rule

    known = (shipped_rules(), *project_settings().rules)  # a check reads them without a flag
    folders = (Path("rules"), *known[1:], *settings_with(flags).rules)
    folder = folders[-1]
    file = write_new_rule(rule_id, folder, (*known, *folders))
    quoted = shlex.quote(str(folder))
    is_known = folder.resolve() in {place.resolve() for place in known}
    further = "" if is_known else f" --rules {quoted}"
    console.show(
        f"{file}: written. It is an example that works: make it yours, then run\n"
        f"  advisor rules test {quoted}\n"
        f"  advisor explain {rule_id}{further}\n"
        f"  advisor check MODEL HISTORY{further}\n"
    )


def test_rules(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of rule files.")],
) -> None:
    """Run each rule's own example and counterexamples, and check its form. Exit 2 on a fault."""
    from advisor.rulebook.rule_tests import test_rules as faults_in
    from advisor.rulebook.rulebook import rule_files

    faults = faults_in(folder)
    for fault in faults:
        console.show(f"{fault.source}: {fault.message}\n")
    count = len(rule_files(folder))
    console.show(f"rules: {count}, faults: {len(faults)}\n")
    if faults:
        raise typer.Exit(CANNOT_CHECK)


@with_settings(("rules",))
def explain(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="A rule's id, as the report shows it.")
    ],
    *,
    flags: Mapping[str, object],
) -> None:
    """Show one rule whole: when it fires, why, its sources, what it suggests, and how it did."""
    from advisor.pipeline.diagnosis import rules_of
    from advisor.report.formats.rule_pages import render_rule
    from advisor.rulebook.record import track_record

    (explained,) = rules_of(settings_with({**flags, "select": [rule]}))
    console.deliver(render_rule(explained, track_record(explained), console.page_for(None)), None)
