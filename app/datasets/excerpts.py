"""A few words of a text to show, around a place, with nothing private in them."""

from app.datasets.private_data import find_private, mask_private
from app.datasets.rules import Rule
from app.datasets.rules_texts import PRIVATE_RULES
from app.datasets.text_damage import find_damage

LONGEST_EXCERPT = 160
LETTERS_BEFORE = 40
LOOKED_THROUGH = 100_000


def excerpt_of(text: str, start: int = 0) -> str:
    """One line. What is private is masked as a whole, also where the excerpt begins or ends."""
    text = text[:LOOKED_THROUGH]
    begin = max(0, start - LETTERS_BEFORE)
    end = begin + 4 * LONGEST_EXCERPT
    for match in find_private(text):
        begin = match.start if match.start <= begin < match.end else begin
        end = match.end if match.start <= end < match.end else end
    flat = " ".join(visible(mask_private(text[begin:end])).split())
    cut = flat if len(flat) <= LONGEST_EXCERPT else f"{flat[: LONGEST_EXCERPT - 1]}…"
    return f"…{cut}" if begin else cut


def find_spot(text: str, rule: Rule) -> int:
    """Where a text breaks a rule of the second look; the beginning where no place is known."""
    text = text[:LOOKED_THROUGH]
    if rule in PRIVATE_RULES.values():
        return next((m.start for m in find_private(text) if PRIVATE_RULES[m.kind] is rule), 0)
    return next((damage.start for damage in find_damage(text) if damage.rule is rule), 0)


def visible(text: str) -> str:
    """Marks that nobody sees as escapes; blanks and line ends as they are."""
    return "".join(c if c.isprintable() or c.isspace() else ascii(c)[1:-1] for c in text)
