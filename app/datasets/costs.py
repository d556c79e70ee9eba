"""What training on a dataset costs: prices, limits, epochs, and the two sums.

The provider's own sum was found by matching finished OpenAI jobs to the token:
n_epochs × Σ_examples (1 + Σ_messages (4 + content tokens)). The tutorials' estimate takes their
token count instead and runs 0.3 to 0.5 % high. Both stop at the model's limit in each example.
"""

from dataclasses import dataclass

from app.datasets.families import find_family
from app.datasets.formats import DatasetFormat
from app.datasets.tokens import EncodingName

PRICES_AS_OF = "2026-07"
USD_PER_MILLION_TRAINED_TOKENS = {
    "gpt-4.1": 25.0,
    "gpt-4.1-mini": 5.0,
    "gpt-4.1-nano": 1.5,
    "gpt-4o": 25.0,
    "gpt-4o-mini": 3.0,
    "gpt-3.5-turbo": 8.0,
    "davinci-002": 6.0,
    "babbage-002": 0.4,
    "tiny-chat": 0.0,
    "tiny-completion": 0.0,
}
TOKEN_LIMITS = {
    "gpt-4.1": 65_536,
    "gpt-4o": 65_536,
    "gpt-3.5-turbo": 16_385,
    "gpt-3.5-turbo-0613": 4_096,
    "babbage-002": 16_384,
    "davinci-002": 16_384,
}
PROVIDER_TOKENS_PER_EXAMPLE = 1
PROVIDER_TOKENS_PER_MESSAGE = 4

TARGET_EPOCHS = 3
MIN_TARGET_EXAMPLES = 100
MAX_TARGET_EXAMPLES = 25_000
MAX_DEFAULT_EPOCHS = 25


@dataclass(frozen=True, slots=True)
class Cost:
    """`billed_tokens` and `usd` are the provider's sum; `usd` is None without a known price."""

    model: str
    n_epochs: int
    billed_tokens: int
    usd: float | None
    estimated_tokens: int
    estimated_usd: float | None
    prices_as_of: str = PRICES_AS_OF


def cost_of(model: str, n_epochs: int, billed_tokens: int, estimated_tokens: int) -> Cost:
    """Takes the tokens of one epoch by the provider's sum and by the tutorials' estimate."""
    billed, estimated = n_epochs * billed_tokens, n_epochs * estimated_tokens
    price = find_price(model)
    return Cost(model, n_epochs, billed, _usd(billed, price), estimated, _usd(estimated, price))


def default_epochs(examples: int) -> int:
    """The tutorials' heuristic; a provider's “auto” may choose otherwise."""
    if 0 < examples * TARGET_EPOCHS < MIN_TARGET_EXAMPLES:
        return min(MAX_DEFAULT_EPOCHS, MIN_TARGET_EXAMPLES // examples)
    if examples * TARGET_EPOCHS > MAX_TARGET_EXAMPLES:
        return max(1, MAX_TARGET_EXAMPLES // examples)
    return TARGET_EPOCHS


def default_model(row_format: DatasetFormat, encoding: str | None = None) -> str:
    """The model costs are reckoned for when none is named: one that takes this kind of data."""
    if row_format is DatasetFormat.COMPLETION:
        return "babbage-002"
    if row_format is DatasetFormat.REINFORCEMENT:
        return "o4-mini-2025-04-16"
    if encoding == EncodingName.CL100K_BASE:
        return "gpt-3.5-turbo-0125"
    return "gpt-4o-mini-2024-07-18"


def find_price(model: str) -> float | None:
    """USD per million trained tokens; None where it is not known or not by the token."""
    family = find_family(model, USD_PER_MILLION_TRAINED_TOKENS)
    return USD_PER_MILLION_TRAINED_TOKENS[family] if family else None


def find_token_limit(model: str) -> int | None:
    """Tokens of one example beyond which the rest is cut off."""
    family = find_family(model, TOKEN_LIMITS)
    return TOKEN_LIMITS[family] if family else None


def _usd(tokens: int, price: float | None) -> float | None:
    return None if price is None else tokens / 1_000_000 * price
