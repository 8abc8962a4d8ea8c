"""`python -m musicgen_live` is the command `musicgen-live`."""

from musicgen_live.cli.main import main

if __name__ == "__main__":
    main()
