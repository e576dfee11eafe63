"""The commands: each reads its flags, asks the pipeline, and delivers what comes of it."""
