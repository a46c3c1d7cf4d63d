"""`python -m aim` is the `aim` command."""

from aim.cli import main

main()
