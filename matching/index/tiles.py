"""How packed verdicts lie in memory, for those who write them and for the compiled loops. Loads no compiler."""

from __future__ import annotations

import numpy as np

TILE_WORDS = 8
"""Firms are worked on in tiles of 512: eight words of bits fill one cache line."""
END = np.uint64(2**64 - 1)
"""Ends each list of rows."""
