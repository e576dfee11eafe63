"""Only marked tests import TensorFlow or Keras: here a package called `keras` stands for both."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MARK = "@pytest.mark.tensorflow\n"


def outcome(folder: Path, text: str, *options: str) -> str:
    """What a run of the tests in `text` prints, where `import keras` takes no time."""
    (folder / "keras.py").write_text("", encoding="utf-8")
    (folder / "test_it.py").write_text(f"import pytest\n{text}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml"]
    plugins = ["--rootdir", folder, "-p", "tests.tensorflow_marker", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *plugins, *options, folder],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{ROOT}", "PATH": ""},
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{MARK}def test_it():\n    import keras\n", "1 passed"),
        ("def test_it():\n    pass\n", "1 passed"),
        ("def test_it():\n    import keras\n", "1 failed"),
        ("def test_it():\n    import keras.layers\n", "1 failed"),
        ("def test_it():\n    try: import keras\n    except Exception: pass\n", "1 failed"),
        ("import keras\ndef test_it():\n    pass\n", "1 error"),
        ("import keras\npytestmark = pytest.mark.tensorflow\ndef test_it(): pass\n", "1 passed"),
        (
            f"{MARK}def test_a():\n    import keras\ndef test_b():\n    import keras\n",
            "1 failed, 1",
        ),
        ("@pytest.fixture\ndef made():\n    import keras\ndef test_it(made): pass\n", "1 error"),
        ("@pytest.fixture\ndef demo():\n    import keras\ndef test_it(demo): pass\n", "1 passed"),
    ],
)
def test_only_marked_tests_import_keras(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in outcome(tmp_path, text).splitlines()[-1]


def test_the_quick_half_does_not_even_read_a_marked_module(tmp_path: Path) -> None:
    text = "pytestmark = pytest.mark.tensorflow\nraise RuntimeError\ndef test_it(): pass\n"
    assert "RuntimeError" in outcome(tmp_path, text)
    assert "RuntimeError" not in outcome(tmp_path, text, "-m", "not tensorflow")
