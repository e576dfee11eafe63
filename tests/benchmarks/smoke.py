"""A short form of every benchmark: `python -m tests.benchmarks.smoke`.

It shows that each still runs and prints its figures; the figures that count come from full runs.
Fails if a benchmark fails, never because a figure misses its target on a busy machine.
"""

import subprocess
import sys
import time

BENCHMARKS: tuple[tuple[str, ...], ...] = (
    ("tests.benchmarks.rebound_noise", "--smoke"),
    ("tests.benchmarks.gate_outcomes", "--smoke"),
    ("tests.benchmarks.gate_networks", "--smoke"),
    ("tests.benchmarks.mutations", "--smoke"),
    ("tests.benchmarks.large_file", "--smoke"),
    ("tests.benchmarks.check_speed", "--repeats", "2"),
    ("tests.benchmarks.diagnosis.table",),
    ("tests.benchmarks.arm_speed", "--smoke"),
    ("tests.benchmarks.probe_memory", "--smoke"),
    ("tests.benchmarks.probe_process", "--smoke"),
    ("tests.benchmarks.recorder_overhead", "--smoke"),
    ("tests.benchmarks.advice.rebuild", "smoke"),
    ("tests.benchmarks.advice.report", "--no-plots"),
    ("tests.benchmarks.advice.wall_clock", "--smoke"),
)


def main() -> int:
    """Run them one after the other; the number of failures."""
    failed = 0
    for module, *flags in BENCHMARKS:
        print(f"\n-- {module} {' '.join(flags)}", flush=True)
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", module, *flags], check=False)
        print(f"   ({time.perf_counter() - started:.0f} s)", flush=True)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
