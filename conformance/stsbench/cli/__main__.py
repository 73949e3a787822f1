"""The command as `python -m stsbench.cli`."""

from stsbench.cli import main

if __name__ == "__main__":
    main()
