"""What a job would be, from what is chosen so far: cost, uploads, and what speaks against it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.connections.models import Connection, KnownModel
from app.datasets.advice import MIN_TRAINING_EXAMPLES
from app.datasets.costs import Cost, default_epochs, find_price, find_token_limit
from app.datasets.formats import DatasetFormat
from app.datasets.models import ValidationReport
from app.datasets.overlap.knowing import KnownOverlap
from app.datasets.overrides.service import judge_for_job
from app.datasets.report import Report, Verdict
from app.datasets.service import NamedVersion
from app.jobs import remarks
from app.jobs.choices import Choices, list_choices, number_in
from app.jobs.overlapping import find_warnings_of_overlap
from app.jobs.remarks import Remark
from app.jobs.uploading import find_copy

SUPERVISED_FORMATS = (DatasetFormat.CHAT, DatasetFormat.COMPLETION)
COMPLETION_MODELS = ("babbage", "davinci", "completion")
SOON_DAYS = 90


@dataclass(frozen=True, slots=True)
class ChosenVersion:
    """`verdict` is that for the kind of provider the connection leads to."""

    named: NamedVersion
    report: Report | None
    is_there: bool
    verdict: Verdict = Verdict.READY

    @property
    def examples(self) -> int:
        return self.named.version.example_count or 0


@dataclass(frozen=True, slots=True)
class Plan:
    """`problems` forbid the job, `warnings` need a reason.

    `overlap` is what is known of validation data that the model trains on.
    """

    connections: Sequence[Connection]
    versions: Sequence[NamedVersion]
    connection: Connection | None = None
    model: KnownModel | None = None
    model_id: str = ""
    training: ChosenVersion | None = None
    validation: ChosenVersion | None = None
    overlap: KnownOverlap | None = None
    epochs: int = 0
    epochs_are_chosen: bool = False
    steps: int | None = None
    cost: Cost | None = None
    problems: Sequence[Remark] = ()
    warnings: Sequence[Remark] = ()

    @property
    def open_steps(self) -> int:
        """How many steps of the form can be filled in: each needs what those before it say."""
        if self.connection is None or not self.connection.can_create_jobs:
            return 1
        if not self.model_id:
            return 2
        return 3 if self.training is None else 5

    @property
    def is_free(self) -> bool:
        own = self.connection is not None and self.connection.is_embedded
        return own or (self.cost is not None and self.cost.usd == 0)

    @property
    def usd(self) -> float | None:
        """Estimated by the provider's own sum."""
        return 0.0 if self.is_free else (self.cost.usd if self.cost else None)

    @property
    def usd_per_million(self) -> float | None:
        return 0.0 if self.is_free else find_price(self.model_id)

    @property
    def uploads(self) -> list[ChosenVersion]:
        chosen = [each for each in (self.training, self.validation) if each is not None]
        return [each for each in chosen if not each.is_there]

    @property
    def trainable_models(self) -> list[KnownModel]:
        """Those known to be made for it first, where a provider lists many others too."""
        models = self.connection.base_models if self.connection else []
        return [model for model in models if find_price(model.id) is not None]

    @property
    def other_models(self) -> list[KnownModel]:
        models = self.connection.base_models if self.connection else []
        return [model for model in models if find_price(model.id) is None]


def find_problems(plan: Plan, suffix: str) -> Iterator[Remark]:
    """What forbids the job."""
    if plan.connection is None:
        yield remarks.NO_CONNECTION
    else:
        yield from _problems_of_connection(plan.connection, suffix)
    if not plan.model_id:
        yield remarks.NO_MODEL
    elif plan.connection is not None and plan.connection.models and plan.model is None:
        name = plan.connection.name
        yield remarks.UNKNOWN_MODEL.with_places(connection=name, model=plan.model_id)
    if plan.training is None:
        yield remarks.NO_VERSION if plan.versions else remarks.NO_DATA
    else:
        yield from _problems_of_data(plan.training, plan.validation)
    if plan.connection is not None:
        yield from _problems_of_reports(plan, plan.connection.name)


def _problems_of_connection(connection: Connection, suffix: str) -> Iterator[Remark]:
    if connection.is_retired:
        yield remarks.RETIRED
    elif connection.training_available is False:
        yield remarks.WOUND_DOWN
    elif not connection.can_create_jobs:
        yield remarks.READ_ONLY
    if len(suffix) > connection.profile.suffix_max:
        yield remarks.LONG_SUFFIX.with_places(most=connection.profile.suffix_max)


def _problems_of_data(
    training: ChosenVersion, validation: ChosenVersion | None
) -> Iterator[Remark]:
    version = training.named.version
    if version.format not in SUPERVISED_FORMATS:
        yield remarks.NOT_SUPERVISED.with_places(name=training.named.label)
    if training.examples < MIN_TRAINING_EXAMPLES:
        yield remarks.TOO_FEW.with_places(
            name=training.named.label, examples=training.examples, least=MIN_TRAINING_EXAMPLES
        )
    if validation is None:
        return
    if validation.named.version.sha256 == version.sha256:
        yield remarks.SAME_DATA
    elif validation.named.version.format is not version.format:
        yield remarks.OTHER_FORMAT


def _problems_of_reports(plan: Plan, connection: str) -> Iterator[Remark]:
    for chosen in (plan.training, plan.validation):
        if chosen is not None and chosen.verdict is Verdict.BLOCKED:
            places = {"connection": connection, "name": chosen.named.label}
            yield remarks.REPORT_BLOCKS.with_places(**places)


def find_warnings(plan: Plan) -> Iterator[Remark]:
    """What needs a reason."""
    for chosen in (plan.training, plan.validation):
        if chosen is not None and chosen.verdict is Verdict.WARNING:
            yield remarks.REPORT_WARNS.with_places(name=chosen.named.label)
    if plan.overlap is not None:
        labels = [each.named.label for each in (plan.validation, plan.training) if each is not None]
        yield from find_warnings_of_overlap(plan.overlap, *labels)
    if plan.training is not None and plan.model_id:
        yield from _warnings_of_fit(plan.training, plan.model_id)
    days = plan.model.days_left if plan.model else None
    if days is not None and days <= SOON_DAYS:
        yield remarks.SHUTS_DOWN.with_places(model=plan.model_id, days=max(days, 0))


def _warnings_of_fit(training: ChosenVersion, model_id: str) -> Iterator[Remark]:
    wants_completion = any(word in model_id for word in COMPLETION_MODELS)
    is_completion = training.named.version.format is DatasetFormat.COMPLETION
    if wants_completion != is_completion:
        yield remarks.UNFITTING.with_places(model=model_id)
    if training.report is not None:
        over = training.report.sums_within(find_token_limit(model_id)).over
        if over:
            yield remarks.CUT_OFF.with_places(count=over, model=model_id)


def plan_job(
    session: Session,
    chosen: Mapping[str, str],
    choices: Choices | None = None,
    overlap: KnownOverlap | None = None,
) -> Plan:
    """`chosen` holds the fields of the form as typed; what cannot be read counts as not chosen."""
    choices = choices or list_choices(session, chosen)
    connection = _find_connection(session, chosen)
    training = _choose(session, choices, chosen.get("training_version_id"), connection)
    validation = _choose(session, choices, chosen.get("validation_version_id"), connection)
    model_id = chosen.get("base_model", "").strip()
    epochs = number_in(chosen.get("n_epochs"))
    examples = training.examples if training else 0
    plan = Plan(
        connections=choices.connections,
        versions=choices.versions,
        connection=connection,
        model=_find_model(connection, model_id),
        model_id=model_id,
        training=training,
        validation=validation,
        overlap=overlap if training and validation else None,
        epochs=epochs or default_epochs(examples),
        epochs_are_chosen=epochs is not None,
        steps=_steps(examples, epochs, number_in(chosen.get("batch_size"))),
        cost=_cost(training, model_id, epochs),
    )
    problems = tuple(find_problems(plan, chosen.get("suffix", "").strip()))
    return replace(plan, problems=problems, warnings=tuple(find_warnings(plan)))


def _find_connection(session: Session, chosen: Mapping[str, str]) -> Connection | None:
    connection_id = number_in(chosen.get("connection_id"))
    if connection_id is None:
        return None
    return session.get(Connection, connection_id)


def _choose(
    session: Session,
    choices: Choices,
    given: str | None,
    connection: Connection | None,
) -> ChosenVersion | None:
    version_id = number_in(given)
    named = next((each for each in choices.versions if each.version.id == version_id), None)
    if named is None:
        return None
    row = session.get(ValidationReport, version_id)
    report = Report.from_dict(row.summary) if row is not None else None
    there = connection is not None and find_copy(session, named.version, connection.id or 0)
    profile = connection.profile.name if connection is not None else ""
    verdict = judge_for_job(session, named.version, report, profile) if report else Verdict.READY
    return ChosenVersion(named, report, bool(there), verdict)


def _find_model(connection: Connection | None, model_id: str) -> KnownModel | None:
    models = connection.known_models if connection else []
    return next((model for model in models if model.id == model_id), None)


def _steps(examples: int, epochs: int | None, batch_size: int | None) -> int | None:
    if not (examples and epochs and batch_size):
        return None
    return math.ceil(examples * epochs / batch_size)


def _cost(training: ChosenVersion | None, model_id: str, epochs: int | None) -> Cost | None:
    if training is None or training.report is None or not model_id:
        return None
    return training.report.cost(model_id, epochs)
