"""`python -m advisor` is the command `advisor`."""

from advisor.cli.app import main

if __name__ == "__main__":
    main()
