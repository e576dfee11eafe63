"""What Keras and TensorFlow keep private, each name in one place, and what happens without it.

Imports from the ground alone.

No other room uses a private name of theirs; a test keeps it so. `TRIED` says with which versions
this works. Where a version lacks a name, either the docstring says what is done instead, or
`UntriedVersionError` says in one line which versions to install.
"""
