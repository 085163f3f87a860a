"""``python -m hedgelab`` is the same program as ``hedgelab``."""

from hedgelab.cli import main

if __name__ == "__main__":
    main()
