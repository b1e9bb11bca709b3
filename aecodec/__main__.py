"""`python -m aecodec`: the command line."""

from aecodec.cli import main

if __name__ == "__main__":
    main()
