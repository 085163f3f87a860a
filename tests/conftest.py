"""What every test can count on: no window opens, one thread per library."""

from __future__ import annotations

import os

# Set before NumPy or matplotlib is imported, for `pytest` typed by hand; `make test` sets them too.
os.environ.setdefault("MPLBACKEND", "Agg")
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
