"""Names that were perhaps meant: by edit distance, a transposed pair counting as one slip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MAX_SUGGESTIONS: Final = 3


def suggest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The candidates within a third of the name's length, nearest first, then in the order of the alphabet.

    Args:
        name: The name as written.
        candidates: Names that exist.

    Returns:
        At most three names.
    """
    bound = max(1, len(name) // 3)
    near = []
    for candidate in set(candidates):
        if abs(len(candidate) - len(name)) <= bound and candidate != name:
            slips = distance(name, candidate, bound)
            if slips <= bound:
                near.append((slips, candidate))
    return tuple([candidate for _, candidate in sorted(near)[:MAX_SUGGESTIONS]])


def distance(left: str, right: str, bound: int) -> int:
    """Damerau-Levenshtein distance (adjacent transpositions, no letter edited twice); `bound + 1` where it is larger than the bound."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                slips = min(slips, last[j - 2] + 1)
            row.append(slips)
        if min(row) > bound:
            return bound + 1
    return min(row[-1], bound + 1)
