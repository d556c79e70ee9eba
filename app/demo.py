"""`tuneboard demo`: the whole job on the sample reviews, through the parts that serve a team."""

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import typer
import uvicorn
from sqlmodel import Session, col, select

from app.access import service as access
from app.access.models import User
from app.access.schemas import AdminCreate
from app.connections.models import Connection
from app.core.actor import Actor
from app.core.config import Settings
from app.core.context import Context
from app.datasets.checking import open_index
from app.datasets.models import DatasetVersion, VersionPart
from app.datasets.reading import Example, read_rows
from app.datasets.samples import load_sample
from app.datasets.service import get_version, open_version
from app.jobs.metrics import list_metrics
from app.jobs.models import Job
from app.jobs.providers import open_client
from app.jobs.schemas import JobCreate
from app.jobs.service import create_job, get_job
from app.main import create_app
from app.provider.client import ProviderClient
from app.provider.types import ChatRequest, Delta, JobStatus, Sampling
from app.recipes.schemas import RecipeSettings
from app.recipes.service import (
    get_recipe,
    list_outputs,
    open_source,
    plan_recipe,
    prepare_version,
)

ADMIN = "admin"
BASE_MODEL = "tiny-chat"
PATIENCE = 300.0
Found = TypeVar("Found")


@dataclass(frozen=True)
class Summary:
    """What came of it. Accuracies are shares of the held-out rows."""

    rows: int
    tokens: int
    training_rows: int
    held_out_rows: int
    job: str
    model: str
    steps: int
    trained_tokens: int
    first_loss: float
    last_loss: float
    held_out_accuracy: float
    majority_accuracy: float
    seconds: float
    address: str


class Demo:
    """Does what a person would do, one step after the other, and says each."""

    def __init__(self, context: Context, address: str, say: Callable[[str], None]) -> None:
        self.context, self.address, self.say = context, address, say

    def show(self) -> Summary:
        started = time.monotonic()
        actor = self.enter()
        source = self.import_sample(actor)
        training, held_out = self.split(actor, source)
        job = self.train(actor, training, held_out)
        asked = self.ask(job, held_out)
        return self.sum_up(source, training, job, asked, time.monotonic() - started)

    def enter(self) -> Actor:
        """The first admin; made with a password that is shown this once if there is none."""
        with self.context.db.write() as session:
            known = session.exec(
                select(User).where(User.role == "admin", col(User.retired_at).is_(None))
            ).first()
            if known is not None:
                self.say(f"Sign in as {known.name} with your password.")
                return access.actor_of(known)
            password = secrets.token_urlsafe(12)
            user = access.create_admin(session, AdminCreate(name=ADMIN, password=password))
        self.say(f"Sign in as {ADMIN} with the password {password}")
        return access.actor_of(user)

    def import_sample(self, actor: Actor) -> DatasetVersion:
        with self.context.db.write() as session:
            version = load_sample(session, self.context.storage, actor)
        version = self.wait_for_check(version.id or 0)
        self.say(
            f"Imported and checked {version.example_count} reviews, {version.token_count} tokens."
        )
        return version

    def wait_for_check(self, version_id: int) -> DatasetVersion:
        def checked(session: Session) -> DatasetVersion | None:
            version = get_version(session, version_id)
            return None if version.status.is_pending else version

        return self.wait("the check", checked)

    def split(self, actor: Actor, source: DatasetVersion) -> tuple[DatasetVersion, DatasetVersion]:
        with self.context.db.read() as session, open_source(self.context.storage, source) as rows:
            steps = plan_recipe(session, rows, RecipeSettings(split=True))
        with self.context.db.write() as session:
            recipe = prepare_version(session, actor, source, steps)

        def both_parts(session: Session) -> dict[VersionPart | None, int] | None:
            made = list_outputs(session, get_recipe(session, recipe.id or 0))
            return {each.part: each.id or 0 for each in made} if len(made) == 2 else None

        parts = self.wait("the split", both_parts)
        training = self.wait_for_check(parts[VersionPart.TRAINING])
        held_out = self.wait_for_check(parts[VersionPart.VALIDATION])
        self.say(f"Split into {training.example_count} and {held_out.example_count} by seed 42.")
        return training, held_out

    def train(self, actor: Actor, training: DatasetVersion, held_out: DatasetVersion) -> Job:
        def ready(session: Session) -> Connection | None:
            query = select(Connection).where(col(Connection.is_embedded))
            found = session.exec(query).first()
            return found if found and found.known_models else None

        engine = self.wait("the engine", ready)
        data = JobCreate(
            submission=secrets.token_urlsafe(24),
            name="Stars of reviews",
            connection_id=engine.id or 0,
            base_model=BASE_MODEL,
            training_version_id=training.id or 0,
            validation_version_id=held_out.id,
            suffix="stars",
            seed=42,
            accepted=True,
            reason="the demo goes on with whatever the sample is warned of",
        )
        with self.context.db.write() as session:
            job_id = create_job(session, actor, data).id or 0
        self.say(f"Created a job on the engine: {self.address}/jobs/{job_id}")
        return self.follow(job_id)

    def follow(self, job_id: int) -> Job:
        def ended(session: Session) -> Job | None:
            job = get_job(session, job_id)
            return job if job.is_finished and job.is_read else None

        job = self.wait("the job", ended)
        if job.status is not JobStatus.SUCCEEDED:
            raise RuntimeError(f"The job {job.status.value}: {job.error_message}")
        self.say(f"Trained {job.last_step} steps; the model is {job.fine_tuned_model}")
        return job

    def ask(self, job: Job, held_out: DatasetVersion) -> list[tuple[str, str]]:
        """(answer in the data, answer of the model) for every held-out review."""
        index = open_index(self.context.storage, held_out)
        assert index is not None
        with open_version(self.context.storage, held_out) as stream:
            examples = read_rows(stream, index, index.example_rows())
        with open_client(self.context, job.connection_id) as client:
            return [(right_answer(each), answer(client, job, each)) for each in examples]

    def sum_up(
        self,
        source: DatasetVersion,
        training: DatasetVersion,
        job: Job,
        asked: list[tuple[str, str]],
        seconds: float,
    ) -> Summary:
        with self.context.db.read() as session:
            losses = list_metrics(session, job.id or 0, ["train_loss"])["train_loss"]
        return Summary(
            rows=source.example_count or 0,
            tokens=source.token_count or 0,
            training_rows=training.example_count or 0,
            held_out_rows=len(asked),
            job=job.remote_id or "",
            model=job.fine_tuned_model or "",
            steps=job.total_steps or 0,
            trained_tokens=job.trained_tokens or 0,
            first_loss=losses.values[0],
            last_loss=losses.values[-1],
            held_out_accuracy=sum(right == said for right, said in asked) / len(asked),
            majority_accuracy=Counter(right for right, _ in asked).most_common(1)[0][1]
            / len(asked),
            seconds=seconds,
            address=self.address,
        )

    def wait(self, what: str, look: Callable[[Session], Found | None]) -> Found:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self.context.db.read() as session:
                if (found := look(session)) is not None:
                    return found
            time.sleep(0.1)
        raise TimeoutError(f"Waited {PATIENCE:.0f} s for {what}.")


def right_answer(example: Example) -> str:
    return str(example.messages[-1]["content"])


def answer(client: ProviderClient, job: Job, example: Example) -> str:
    request = ChatRequest(
        job.fine_tuned_model or "",
        tuple(example.messages[:-1]),
        Sampling(temperature=0, max_tokens=4),
    )
    parts = client.stream_chat(request)
    return "".join(part.text for part in parts if isinstance(part, Delta)).strip()


def describe(summary: Summary) -> str:
    return f"""
  rows       {summary.rows} reviews, {summary.tokens} tokens
  training   {summary.training_rows} rows, {summary.steps} steps
  billed     {summary.trained_tokens} tokens, free on the engine
  loss       {summary.first_loss:.3f} at the first step, {summary.last_loss:.3f} at the last
  held out   {summary.held_out_rows} rows, {summary.held_out_accuracy:.1%} answered right
             ({summary.majority_accuracy:.1%} by always giving the most frequent answer)
  took       {summary.seconds:.0f} s

  {summary.address}
"""


def serve_demo(settings: Settings, *, once: bool, as_json: bool) -> int:
    """Serves, does the whole job beside it, and goes on serving unless told once. Exit code."""
    app = create_app(settings)
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_level="warning")
    server = uvicorn.Server(config)
    address = f"http://{settings.host}:{settings.port}{settings.root_path}"
    demo = Demo(app.state.context, address, lambda line: typer.echo(line, err=True))
    codes: list[int] = []

    def work() -> None:
        codes.append(show(demo, as_json))
        server.should_exit = once or codes[0] != 0

    thread = threading.Thread(target=work, name="demo", daemon=True)
    thread.start()
    server.run()
    return codes[0] if codes else 1


def show(demo: Demo, as_json: bool) -> int:
    try:
        summary = demo.show()
    except Exception as error:  # noqa: BLE001 - whatever went wrong is said, and ends the demo
        demo.say(f"The demo stopped: {error}")
        return 1
    typer.echo(json.dumps(asdict(summary)) if as_json else describe(summary))
    return 0
