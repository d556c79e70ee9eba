"""How alike two texts are, from 0 to 1.

Words are runs of letters and digits in lower case; ROUGE is the F1 of its overlap, BLEU goes up to
four words (or as many as the shorter text has) without smoothing, GLEU is Google's.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

WORD = re.compile(r"\w+")
LONGEST_GRAM = 4
Metric = Callable[[str, str], float]


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def grams(tokens: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + length]) for at in range(len(tokens) - length + 1))


def fuzzy_match(text: str, reference: str) -> float:
    """The share of characters that stand in the same order in both (Indel ratio)."""
    return _f1(common_length(text, reference), len(text), len(reference))


def rouge(length: int) -> Metric:
    def score(text: str, reference: str) -> float:
        given, wanted = grams(words(text), length), grams(words(reference), length)
        return _f1((given & wanted).total(), given.total(), wanted.total())

    return score


def rouge_l(text: str, reference: str) -> float:
    given, wanted = words(text), words(reference)
    return _f1(common_length(given, wanted), len(given), len(wanted))


def bleu(text: str, reference: str) -> float:
    given, wanted = words(text), words(reference)
    longest = min(LONGEST_GRAM, len(given), len(wanted))
    if not longest:
        return float(given == wanted)
    logs = 0.0
    for length in range(1, longest + 1):
        own = grams(given, length)
        shared = (own & grams(wanted, length)).total()
        if not shared:
            return 0.0
        logs += math.log(shared / own.total())
    brevity = min(0.0, 1 - len(wanted) / len(given))
    return math.exp(brevity + logs / longest)


def gleu(text: str, reference: str) -> float:
    """The smaller of precision and recall over all runs of one to four words."""
    given, wanted = words(text), words(reference)
    own, theirs = _all_grams(given), _all_grams(wanted)
    most = max(own.total(), theirs.total())
    return (own & theirs).total() / most if most else 1.0


def _all_grams(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    counts = Counter[tuple[str, ...]]()
    for length in range(1, LONGEST_GRAM + 1):
        counts += grams(tokens, length)
    return counts


def common_length(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, one bit an element (Hyyrö's way)."""
    places: dict[Hashable, int] = {}
    for at, element in enumerate(first):
        places[element] = places.get(element, 0) | 1 << at
    full = (1 << len(first)) - 1
    row = full
    for element in second:
        matched = row & places.get(element, 0)
        row = (row + matched) | (row - matched)
    return (~row & full).bit_count()


def _f1(shared: int, first: int, second: int) -> float:
    return 2 * shared / (first + second) if first + second else 1.0


METRICS: dict[str, Metric] = {
    "fuzzy_match": fuzzy_match,
    "bleu": bleu,
    "gleu": gleu,
    "rouge_1": rouge(1),
    "rouge_2": rouge(2),
    "rouge_3": rouge(3),
    "rouge_4": rouge(4),
    "rouge_5": rouge(5),
    "rouge_l": rouge_l,
}
