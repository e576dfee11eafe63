"""The rows that trials train on: opened, checked, and put in the form of the model.

Imports from no other room of `training`.
"""
