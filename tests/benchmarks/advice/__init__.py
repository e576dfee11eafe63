"""What the advice is worth: the race's pick against what a user would do instead.

`truth` trains a grid of strategies for every task (`results/truth-*.npz`), `run` runs the race and
retrains what it picked (`results/races-*.json.gz`), `table` prints regrets, harm and coverage from
what is stored, without training. Every training goes through a cache, so all of it is resumable.
"""
