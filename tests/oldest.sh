#!/usr/bin/env bash
# The tests in the oldest versions that pyproject.toml promises: tests/oldest.sh [--keep DIR] [for pytest ...]
# The environment is made in a temporary folder, or in DIR, where the next run finds it again.
set -euo pipefail
cd "$(dirname "$0")/.."
export TF_CPP_MIN_LOG_LEVEL=3 PIP_DISABLE_PIP_VERSION_CHECK=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

venv=$scratch/venv
if [ "${1-}" = --keep ]; then
    venv=${2:?--keep needs a folder}
    shift 2
fi
[ -d "$venv" ] || "${PYTHON:-python3.11}" -m venv "$venv"
# shellcheck disable=SC1091
. "$venv/bin/activate"
python -m tests.versions oldest >"$scratch/oldest.txt"
pip install --quiet --constraint "$scratch/oldest.txt" ".[dev]"
python -m tests.versions installed
pytest "$@"
