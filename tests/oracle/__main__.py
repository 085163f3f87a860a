"""Compare as many random paths as one likes: `python -m tests.oracle --paths 10000`."""

from __future__ import annotations

import argparse
import sys

from .comparison import compare, paths_of


def main() -> int:
    """Run batch after batch, print every difference, and count."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--paths", type=int, default=10_000, help="at least so many")
    parser.add_argument("--first", type=int, default=0, help="seed of the first batch")
    arguments = parser.parse_args()
    seed, paths, different = arguments.first, 0, 0
    while paths < arguments.paths:
        found = compare(seed)
        different += bool(found)
        for line in found:
            print(f"seed {seed}, {line}")
        paths += paths_of(seed)
        seed += 1
    print(
        f"{paths} paths in {seed - arguments.first} batches, {different} of them with differences"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
