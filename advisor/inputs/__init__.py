"""The user's files, read as plain values: nothing in them is executed.

Imports from keras_internals.
"""
