"""`advisor rules`, `advisor rules test` and `advisor explain`: the rulebook itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import console
from advisor.cli.exit_codes import CANNOT_CHECK
from advisor.cli.flags import settings_with
from advisor.cli.setting_options import with_settings


@with_settings(("rules",))
def list_rules(context: typer.Context, *, flags: Mapping[str, object]) -> None:
    """List the rules; `rules test DIR` tests your own."""
    if context.invoked_subcommand is not None:
        return
    from advisor.pipeline.diagnosis import rules_of
    from advisor.report.formats.rule_pages import render_rules

    console.deliver(render_rules(rules_of(settings_with(flags)), console.page_for(None)), None)


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

    (found,) = rules_of(settings_with({**flags, "select": [rule]}))
    console.deliver(render_rule(found, track_record(found), console.page_for(None)), None)
