"""The searches run for real, by the clock: `python -m tests.benchmarks.advice.wall_clock`."""
