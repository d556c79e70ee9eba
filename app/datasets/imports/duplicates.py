"""Which rows say the same, by digests: about 100 bytes for each different one."""

from hashlib import blake2b


class Duplicates:
    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}

    def find(self, key: str, place: int) -> int | None:
        """The place of an earlier row with this key; None, and remembered, when it is new."""
        if not key.strip():
            return None
        digest = blake2b(key.encode("utf-8", "replace"), digest_size=12).digest()
        earlier = self._places.setdefault(digest, place)
        return None if earlier == place else earlier
