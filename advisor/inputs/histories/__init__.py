"""The forms in which training histories come, each read into a `RunLog`."""
