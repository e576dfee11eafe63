"""What SECURITY.md promises is what the readers hold to."""

from pathlib import Path

import pytest

from advisor.inputs import report_file
from advisor.inputs.files import bounded_json
from advisor.inputs.hdf5 import child
from advisor.inputs.histories import (
    formats,
    history_file,
    python_literal,
    run_log,
    tensorboard_events,
)
from advisor.rulebook import conditions, rule_file, rulebook

SECURITY = " ".join((Path(__file__).parents[1] / "SECURITY.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    "promise",
    [
        f"JSON: {bounded_json.MAX_DEPTH} levels, {bounded_json.MAX_VALUES // 10**6} million values",
        f"{child.MEMORY >> 30} GiB of address space",
        f"{history_file.MAX_BYTES >> 20} MiB for a file,",
        f"{python_literal.MAX_LITERAL >> 20} MiB for a printed dict",
        f"{formats.MAX_FILES:,} files in one folder, {run_log.MAX_COLUMNS:,} columns",
        f"Records above {tensorboard_events.MAX_SCALAR_RECORD >> 10} KiB are passed over",
        f"{rule_file.MAX_BYTES >> 10} KiB a file, {rule_file.MAX_CLAUSES} conditions, "
        f"{conditions.MAX_LENGTH} characters each, {rulebook.MAX_FILES:,} files",
        f"never paths to open. | {report_file.MAX_BYTES >> 20} MiB",
    ],
)
def test_the_limits_are_those_of_the_readers(promise: str) -> None:
    assert promise in SECURITY
