"""The support week that `zdsync up` plays without an account: real processes and a real sandbox, a clock that jumps.

week.py      what people do, and when
scenery.py   what the week needs of the account and of the rules besides what is shipped
director.py  lets them do it, and moves the clock on whenever nothing is under way
story.py     tells it in the terminal, from the sandbox's feed and the workers' own log lines
words.py     what the worker did, as it is told
"""
