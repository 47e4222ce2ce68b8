"""The pure core: what should be true of a ticket, worked out from its history, the rules and the time.

Nothing here reads a clock, a file, the environment or the network (`tests/test_architecture.py` holds that).
"""
