"""Near duplicates: texts that share most of their character 5-grams, found by MinHash.

Characters, not words, since Korean particles hang on words. rensa is half a megabyte without
dependencies and compares 50,000 texts in seconds, where pure Python takes minutes.
"""

from rensa import RMinHash, RMinHashLSH

GRAM_LETTERS = 5
SHORTEST_TEXT = 20
MOST_LETTERS = 4_000
LEAST_LIKENESS = 0.8
PERMUTATIONS = 128
BANDS = 16
SEED = 42
MOST_CANDIDATES = 1_000


def list_grams(text: str) -> list[str]:
    """The different 5-grams of the beginning of a text."""
    cut = text[:MOST_LETTERS]
    return sorted({cut[at : at + GRAM_LETTERS] for at in range(len(cut) - GRAM_LETTERS + 1)})


class NearTexts:
    """Texts come one after the other; each joins the first one much like it, or stands alone.

    Only texts that stand alone are compared with, so thousands that are all alike cost no more
    than others.
    """

    def __init__(self) -> None:
        self._bands = RMinHashLSH(LEAST_LIKENESS, PERMUTATIONS, BANDS)
        self._kept: dict[int, RMinHash] = {}

    def join(self, number: int, text: str) -> int:
        """The number of the earlier text that is much like this one, else its own."""
        if len(text) < SHORTEST_TEXT:
            return number
        sketch = _sketch(text)
        alike = [
            other
            for other in self._bands.query(sketch)
            if self._kept[other].jaccard(sketch) >= LEAST_LIKENESS
        ]
        if alike:
            return int(min(alike))
        self._bands.insert(number, sketch)
        self._kept[number] = sketch
        return number


class AwaitedTexts:
    """Texts that each wait for the first other text much like them."""

    def __init__(self) -> None:
        self._bands = RMinHashLSH(LEAST_LIKENESS, PERMUTATIONS, BANDS)
        self._waiting: dict[int, RMinHash] = {}

    def add(self, number: int, text: str) -> None:
        """Numbers are different. What is too short is never met."""
        if len(text) >= SHORTEST_TEXT:
            self._waiting[number] = sketch = _sketch(text)
            self._bands.insert(number, sketch)

    def meet(self, text: str) -> list[int]:
        """Those much like the text, ascending; they wait no longer.

        Of thousands that come into question the first MOST_CANDIDATES are looked at.
        """
        if len(text) < SHORTEST_TEXT or not self._waiting:
            return []
        sketch = _sketch(text)
        candidates = sorted(self._bands.query(sketch))[:MOST_CANDIDATES]
        alike = [
            int(number)
            for number in candidates
            if self._waiting[number].jaccard(sketch) >= LEAST_LIKENESS
        ]
        for number in alike:
            self._bands.remove(number)
            del self._waiting[number]
        return alike


def _sketch(text: str) -> RMinHash:
    sketch = RMinHash(PERMUTATIONS, SEED)
    sketch.update(list_grams(text))
    return sketch
