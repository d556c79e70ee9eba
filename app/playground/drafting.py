"""What the form of the playground says before anybody typed: from the address, or from a job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from app.connections.models import Connection
from app.connections.service import get_connection, list_connections
from app.core.storage import Storage
from app.jobs.models import Job
from app.jobs.service import get_job
from app.playground.choices import find_job_of_model, find_newest_job
from app.playground.models import Column, Endpoint, Exchange
from app.playground.schemas import MOST_COLUMNS
from app.playground.service import get_exchange
from app.playground.trained_data import TrainedData, read_trained_data

FIELDS = ("prompt", "expected", "temperature", "top_p", "max_tokens", "stop", "seed", "n")
DEFAULTS = {"max_tokens": "256", "n": "1"}
# Answers of so few tokens are labels: the same question shall get the same answer.
LABEL_TOKENS = 8
NOTHING_KNOWN = TrainedData()


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address asks for."""

    connection_id: int | None = None
    job_id: int | None = None
    exchange_id: int | None = None
    models: Sequence[str] = ()
    systems: Sequence[str] = ()
    endpoints: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_models(self) -> bool:
        return any(self.models)


@dataclass(frozen=True, slots=True)
class Draft:
    """`job` is the one whose data fills the form; `exchange` one that is shown again."""

    connections: Sequence[Connection]
    connection: Connection | None
    columns: Sequence[Column]
    values: Mapping[str, str]
    job: Job | None = None
    data: TrainedData = NOTHING_KNOWN
    exchange: Exchange | None = None


def draft_prompt(session: Session, storage: Storage, wish: Wish) -> Draft:
    connections = [each for each in list_connections(session) if not each.is_retired]
    if wish.exchange_id is not None:
        return _draft_again(session, storage, connections, wish.exchange_id)
    connection, job = _find_start(session, connections, wish)
    data = read_trained_data(session, storage, job) if job else NOTHING_KNOWN
    return Draft(
        connections=connections,
        connection=connection,
        columns=_columns(connection, job, data, wish) if connection else (),
        values={**DEFAULTS, **_sampling_for(data), **wish.values},
        job=job,
        data=data,
    )


def _draft_again(
    session: Session, storage: Storage, connections: Sequence[Connection], exchange_id: int
) -> Draft:
    """An exchange as it was, with its answers."""
    exchange = get_exchange(session, exchange_id)
    columns = exchange.shown_columns
    connection = get_connection(session, exchange.connection_id)
    job = find_job_of_model(session, exchange.connection_id, columns[0].model)
    values = {name: str(value) for name, value in exchange.sampling.items()}
    values |= {"prompt": exchange.prompt, "expected": exchange.expected or ""}
    data = read_trained_data(session, storage, job) if job else NOTHING_KNOWN
    return Draft(connections, connection, columns, values, job, data, exchange)


def _find_start(
    session: Session, connections: Sequence[Connection], wish: Wish
) -> tuple[Connection | None, Job | None]:
    """The job that is named, or that made the first model, or the newest one that made any."""
    if wish.job_id is not None:
        job = get_job(session, wish.job_id)
        return get_connection(session, job.connection_id), job
    if wish.connection_id is not None:
        connection: Connection | None = get_connection(session, wish.connection_id)
    else:
        connection = connections[0] if connections else None
    if connection is None:
        return None, None
    connection_id = connection.id or 0
    if wish.has_models:
        return connection, find_job_of_model(session, connection_id, wish.models[0])
    return connection, find_newest_job(session, connection_id)


def _columns(
    connection: Connection, job: Job | None, data: TrainedData, wish: Wish
) -> list[Column]:
    models = [model for model in wish.models if model] or _usual_models(connection, job)
    if wish.job_id is not None and job is not None and len(models) == 1:
        models = list(dict.fromkeys([*models, job.base_model]))
    systems = wish.systems or [data.system] * len(models)
    return [
        Column(
            key=f"c{number}",
            model=model,
            system=_nth(systems, number - 1, ""),
            endpoint=_endpoint(_nth(wish.endpoints, number - 1, "")),
        )
        for number, model in enumerate(models[:MOST_COLUMNS], start=1)
    ]


def _usual_models(connection: Connection, job: Job | None) -> list[str]:
    """What a job made beside what it started from, else the first there is."""
    if job is not None:
        return [name for name in (job.fine_tuned_model, job.base_model) if name]
    known = [*connection.tuned_models, *connection.base_models]
    return [known[0].id] if known else [""]


def _sampling_for(data: TrainedData) -> dict[str, str]:
    longest = data.longest_answer
    if longest is None or longest > LABEL_TOKENS:
        return {}
    return {"temperature": "0", "max_tokens": str(max(longest, 4))}


def _endpoint(word: str) -> Endpoint:
    return Endpoint(word) if word in set(Endpoint) else Endpoint.AUTO


def _nth(items: Sequence[str], index: int, otherwise: str) -> str:
    return items[index] if index < len(items) else otherwise
