"""Prompts: checked and written down before anybody is asked; found again later."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit.models import AuditAction
from app.audit.service import record
from app.connections.models import Connection
from app.connections.service import get_connection
from app.core.actor import Actor
from app.core.clock import now
from app.core.context import Context
from app.core.errors import Conflict, Invalid, NotFound
from app.playground.choices import choose_endpoint
from app.playground.models import Answer, Column, ColumnState, Endpoint, Exchange
from app.playground.schemas import (
    LONGEST_MODEL,
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_STOPS,
    PromptSend,
    read_stops,
)

SHOWN_EXCHANGES = 20
KEY = re.compile(r"c\d{1,3}")


@dataclass(frozen=True, slots=True)
class PastExchange:
    """`states` of its columns, in their order."""

    exchange: Exchange
    connection_name: str
    columns: Sequence[Column]


def send_prompt(
    context: Context, actor: Actor, columns: Sequence[Column], data: PromptSend
) -> Exchange:
    """Only the row: who answers the request reads the answers as they come."""
    _check_texts(data)
    with context.db.write() as session:
        connection = get_connection(session, data.connection_id)
        if connection.is_retired:
            raise Conflict("This connection is retired. Choose another one.")
        _check_columns(columns)
        exchange = _new_exchange(session, actor, connection, columns, data)
        session.add(exchange)
        session.flush()
        detail: dict[str, object] = {
            "connection": connection.name,
            "models": [column.model for column in columns],
        }
        record(session, actor, AuditAction.PROMPT_SENT, "exchange", exchange.id, detail)
        return exchange


def get_exchange(session: Session, exchange_id: int, *, lock: bool = False) -> Exchange:
    exchange = session.get(Exchange, exchange_id, with_for_update=lock or None)
    if exchange is None:
        raise NotFound("There is no such prompt in the history.")
    return exchange


def list_exchanges(session: Session) -> list[PastExchange]:
    """The last ones, newest first."""
    query = select(Exchange, Connection.name).join(
        Connection, col(Connection.id) == col(Exchange.connection_id)
    )
    found = session.exec(query.order_by(col(Exchange.id).desc()).limit(SHOWN_EXCHANGES))
    return [PastExchange(exchange, name, exchange.shown_columns) for exchange, name in found]


def keep_columns(
    context: Context, exchange_id: int, columns: Sequence[Column], *, ended: bool
) -> None:
    """What was answered so far."""
    with context.db.write() as session:
        exchange = get_exchange(session, exchange_id, lock=True)
        exchange.columns = [column.model_dump(mode="json") for column in columns]
        exchange.ended_at = now() if ended else None


def _new_exchange(
    session: Session,
    actor: Actor,
    connection: Connection,
    columns: Sequence[Column],
    data: PromptSend,
) -> Exchange:
    connection_id = connection.id or 0
    asked = [_asked(session, connection_id, column, data.n) for column in columns]
    return Exchange(
        connection_id=connection_id,
        asked_by_id=actor.id,
        asked_by=actor.name,
        prompt=data.prompt,
        expected=data.expected or None,
        sampling=data.sampling,
        columns=[column.model_dump(mode="json") for column in asked],
    )


def _asked(session: Session, connection_id: int, column: Column, n: int) -> Column:
    asked_as = column.endpoint
    if asked_as is Endpoint.AUTO:
        asked_as = choose_endpoint(session, connection_id, column.model)
    return Column(
        key=column.key,
        model=column.model,
        system=column.system,
        endpoint=column.endpoint,
        asked_as=asked_as,
        state=ColumnState.ASKED,
        answers=[Answer() for _ in range(n)],
    )


def _check_texts(data: PromptSend) -> None:
    if not data.prompt.strip():
        raise Invalid("Type a prompt.", field="prompt")
    if "\0" in data.prompt + data.expected:
        raise Invalid("This has characters that cannot be used here.", field="prompt")
    if len(read_stops(data.stop)) > MOST_STOPS:
        raise Invalid("Type at most {most} sequences.", field="stop", most=MOST_STOPS)


def _check_columns(columns: Sequence[Column]) -> None:
    keys = [column.key for column in columns]
    if not keys or len(set(keys)) != len(keys) or not all(map(KEY.fullmatch, keys)):
        raise Invalid("The request cannot be understood.")
    if len(columns) > MOST_COLUMNS:
        raise Invalid("Choose at most {most} models.", most=MOST_COLUMNS)
    for column in columns:
        _check_column(column)


def _check_column(column: Column) -> None:
    model, system = f"model-{column.key}", f"system-{column.key}"
    if not column.model:
        raise Invalid("Choose a model.", field=model)
    if len(column.model) > LONGEST_MODEL:
        raise Invalid(
            "Type at most {max_length} characters.", field=model, max_length=LONGEST_MODEL
        )
    if len(column.system) > LONGEST_TEXT:
        raise Invalid(
            "Type at most {max_length} characters.", field=system, max_length=LONGEST_TEXT
        )
    if "\0" in column.model + column.system:
        raise Invalid("This has characters that cannot be used here.", field=system)
