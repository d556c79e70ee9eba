"""The page of the playground: what was chosen, what can be chosen, what was asked before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session
from starlette.datastructures import FormData, QueryParams

from app.connections.models import Connection
from app.core.storage import Storage
from app.playground.choices import ModelGroup, list_model_groups
from app.playground.drafting import FIELDS, Draft, Wish, draft_prompt
from app.playground.models import Column, Endpoint
from app.playground.schemas import MOST_COLUMNS, unix_lines
from app.playground.service import PastExchange, list_exchanges
from app.web.forms import Form

LONGEST_NUMBER = 9
NEW_KEY = "new-key"


@dataclass(frozen=True, slots=True)
class PlaygroundPage:
    draft: Draft
    columns: Sequence[Column]
    groups: Sequence[ModelGroup]
    form: Form
    history: Sequence[PastExchange]
    most_columns: int = MOST_COLUMNS

    @property
    def new_column(self) -> Column:
        """What scripts make further columns of."""
        return Column(key=NEW_KEY)

    @property
    def ways(self) -> list[tuple[Endpoint, str]]:
        return [(endpoint, endpoint.label) for endpoint in Endpoint]

    @property
    def connection(self) -> Connection | None:
        return self.draft.connection


def show_playground(session: Session, storage: Storage, params: QueryParams) -> PlaygroundPage:
    draft = draft_prompt(session, storage, read_wish(params))
    form = Form(FormData(draft.values))
    return _page(session, draft, draft.columns, form)


def show_refused(session: Session, storage: Storage, form: Form) -> PlaygroundPage:
    """The page as it was sent, with what is wrong beside it."""
    columns = read_columns(form)
    models = [column.model for column in columns]
    wish = Wish(connection_id=_number(form.values.get("connection_id")), models=models)
    return _page(session, draft_prompt(session, storage, wish), columns, form)


def history_of(session: Session) -> Sequence[PastExchange]:
    return list_exchanges(session)


def read_wish(params: QueryParams) -> Wish:
    return Wish(
        connection_id=_number(params.get("connection")),
        job_id=_number(params.get("job")),
        exchange_id=_number(params.get("exchange")),
        models=params.getlist("model"),
        systems=params.getlist("system"),
        endpoints=params.getlist("endpoint"),
        values=_known(params),
    )


def read_columns(form: Form) -> list[Column]:
    """The columns of a posted form, in their order; an unknown way to ask counts as none."""
    names = ("column", "model", "system", "endpoint")
    rows = zip(*(form.many(name) for name in names), strict=False)
    return [
        Column(
            key=key,
            model=model.strip(),
            system=str(unix_lines(system)),
            endpoint=Endpoint(endpoint) if endpoint in set(Endpoint) else Endpoint.AUTO,
        )
        for key, model, system, endpoint in rows
    ]


def _page(session: Session, draft: Draft, columns: Sequence[Column], form: Form) -> PlaygroundPage:
    named = [column.model for column in columns]
    groups = list_model_groups(session, draft.connection, named) if draft.connection else ()
    return PlaygroundPage(draft, columns, groups, form, history_of(session))


def _known(params: Mapping[str, str]) -> dict[str, str]:
    return {name: params[name] for name in FIELDS if name in params}


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdecimal()
    return int(text) if text and is_number and len(text) <= LONGEST_NUMBER else None
