"""Column types that SQLModel lacks."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Dialect, String
from sqlalchemy.types import TypeDecorator


class EnumText(TypeDecorator[StrEnum]):
    """A closed set kept as text: no native enum on PostgreSQL, so a new word needs no migration."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.words = words

    def process_bind_param(self, value: StrEnum | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


def enum_column(
    words: type[StrEnum], length: int = 32, *, nullable: bool = False, index: bool = False
) -> Column[Any]:
    return Column(EnumText(words, length), nullable=nullable, index=index)


def json_column(*, nullable: bool = False) -> Column[Any]:
    return Column(JSON(none_as_null=True), nullable=nullable)
