"""The configuration folder: read, checked, and made into one immutable `Rulebook`.

`load.py` is the way in, for the worker and for `zdsync check` alike.
"""
