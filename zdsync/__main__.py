"""`python -m zdsync`: the same as the `zdsync` command, whatever is on the PATH."""

from zdsync.cli import main

main()
