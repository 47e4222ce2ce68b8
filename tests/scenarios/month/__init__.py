"""A desk's month: people who act like people, everything that goes wrong, and an oracle that judges what came of it.

`play.py` plays it in `World`, `people.py` and `mailing.py` say what people do, `faults.py` what goes wrong. `oracle.py`
reads the account's own record with code of its own: nothing here but `play.py` and `scenery.py` imports anything of the
product.
"""
