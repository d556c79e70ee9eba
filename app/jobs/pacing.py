"""How soon a provider is asked again."""

LONGEST_PAUSE = 60.0
LONGEST_FAILURE_PAUSE = 300.0
WATCHED_PAUSE = 1.0
WATCHED_SECONDS = 30.0
SLOWER = 1.6


def next_pause(previous: float, *, moved: bool, watched: bool, shortest: float) -> float:
    """Seconds until a job is looked at again: at once while it moves, ever later while not."""
    if watched:
        return min(WATCHED_PAUSE, shortest)
    if moved or previous < shortest:
        return shortest
    return min(previous * SLOWER, max(LONGEST_PAUSE, shortest))


def failure_pause(failure_count: int, shortest: float, retry_after: float | None) -> float:
    """Seconds until a provider that failed is asked again; what it asks for counts."""
    if retry_after is not None:
        return max(retry_after, WATCHED_PAUSE)
    doubled = shortest * 2.0 ** min(failure_count - 1, 16)
    return min(doubled, max(LONGEST_FAILURE_PAUSE, shortest))
