"""What an account needs for the rules to work: worked out, held against what is there, and made where it is missing.

`wanted.py` and `hold.py` say what should be there, `compare.py` what is missing or was changed: both are pure, on what
`account.py` has read. `apply.py` makes it. `zdsync provision`, the doctor and the demo call them.
"""
