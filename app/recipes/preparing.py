"""Carries recipes out: the versions are written first, then appear all at once.

Killed in the middle nothing has appeared, and it is done again; done twice it makes the same
bytes, which are the version that is there already.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from sqlmodel import Session, select

from app.core.actor import Actor, Role
from app.core.clock import now
from app.core.context import Context, Task
from app.core.errors import DomainError
from app.core.leases import claim_attempt, release, renew
from app.core.logs import log
from app.core.storage import StorageWriter
from app.datasets.models import DatasetVersion, VersionPart, VersionSource
from app.datasets.rules import Fix
from app.datasets.service import IncomingFile, Origin, add_version, get_dataset, get_version
from app.recipes.models import Recipe, RecipeOutput, RecipeStatus
from app.recipes.previewing import count_line_ends, divide
from app.recipes.rewriting import Edits, rewrite_lines
from app.recipes.selecting import Rows, Selection, Source, select_lines
from app.recipes.service import open_source, steps_of
from app.recipes.steps import SPLIT, Step, find_split

LEASE_SECONDS = 30.0
BEAT_SECONDS = 2.0
LONGEST_FAILURE = 255
PREPARED = "prepared"


def carry_out_recipe(context: Context) -> bool:
    """Do one recipe that waits; False when there is none."""
    claimed = _claim(context)
    if claimed is None:
        return False
    try:
        with ExitStack() as stack:
            written = _write_parts(context, claimed, stack)
            if written is None:
                _give_back(context, claimed)
            else:
                _keep(context, claimed, written)
    except DomainError as refusal:
        _give_up(context, claimed, refusal)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("recipe_failed", recipe=claimed.recipe_id)
    return True


TASKS = [Task("recipes.carry_out", carry_out_recipe)]
Part = VersionPart | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    recipe_id: int
    source: DatasetVersion
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class _Written:
    """`effects` has an entry for each step."""

    writers: dict[Part, StorageWriter]
    effects: list[dict[str, int]]


@dataclass(slots=True)
class _Beat:
    """Renews the lease, not at every call; False when this worker ends or another took over."""

    context: Context
    claimed: _Claimed
    due_at: float = field(default=0.0)

    def __call__(self) -> bool:
        if self.context.stop.is_set():
            return False
        if time.monotonic() < self.due_at:
            return True
        self.due_at = time.monotonic() + BEAT_SECONDS
        with self.context.db.write() as session:
            return _renew(session, self.context, self.claimed)


def _claim(context: Context) -> _Claimed | None:
    with context.db.write() as session:
        recipe = claim_attempt(
            session,
            Recipe,
            Recipe.status == RecipeStatus.WAITING,  # type: ignore[arg-type]
            owner=context.owner,
            seconds=LEASE_SECONDS,
            failed=RecipeStatus.FAILED,
        )
        if recipe is None:
            return None
        source = get_version(session, recipe.source_version_id)
        return _Claimed(recipe.id or 0, source, steps_of(recipe))


def _write_parts(context: Context, claimed: _Claimed, stack: ExitStack) -> _Written | None:
    """None when this worker ends, or another one has taken over."""
    source = stack.enter_context(open_source(context.storage, claimed.source))
    with context.db.read() as session:
        selection = select_lines(session, source, claimed.steps)
    beat, edits = _Beat(context, claimed), Edits.of(claimed.steps, source.format)
    writers: dict[Part, StorageWriter] = {}
    parts, without_example = _divide(source, selection, claimed.steps)
    for part, rows in parts.items():
        writers[part] = stack.enter_context(context.storage.writer())
        for piece in rewrite_lines(source.stream, source.index, rows, claimed.steps, edits):
            if not beat():
                return None
            writers[part].write(piece)
        writers[part].sync()
    return _Written(writers, _effects(source, selection, claimed.steps, edits, without_example))


def _divide(
    source: Source, selection: Selection, steps: list[Step]
) -> tuple[dict[Part, Rows], int]:
    """The rows of each version to be made, and the lines without an example a split leaves out."""
    split = find_split(steps)
    if split is None:
        return {None: selection.rows}, 0
    parts = divide(source, selection.rows, steps, split)
    rows: dict[Part, Rows] = {
        VersionPart.TRAINING: parts.training,
        VersionPart.VALIDATION: parts.validation,
    }
    return rows, parts.left_out_count


def _effects(
    source: Source, selection: Selection, steps: list[Step], edits: Edits, without_example: int
) -> list[dict[str, int]]:
    effects = []
    for place, step in enumerate(steps):
        left_out, changed = selection.left_out[place], edits.changed[place]
        if step.step == SPLIT:
            left_out = without_example
        elif step.fix is Fix.UNIX_LINES:
            changed = count_line_ends(source, selection.kept)
        effects.append({"left_out": left_out, "ties": selection.ties[place], "changed": changed})
    return effects


def _give_back(context: Context, claimed: _Claimed) -> None:
    """Any worker may begin at once, and ending a worker is no failed attempt."""
    with context.db.write() as session:
        if _renew(session, context, claimed):
            recipe = session.get_one(Recipe, claimed.recipe_id)
            recipe.attempt_count = max(0, recipe.attempt_count - 1)
            session.flush()
            release(session, Recipe, claimed.recipe_id, owner=context.owner)


def _give_up(context: Context, claimed: _Claimed, refusal: DomainError) -> None:
    with context.db.write() as session:
        if _renew(session, context, claimed):
            recipe = session.get_one(Recipe, claimed.recipe_id)
            recipe.status, recipe.failure = RecipeStatus.FAILED, refusal.sentence[:LONGEST_FAILURE]
            session.flush()
            release(session, Recipe, claimed.recipe_id, owner=context.owner)


def _keep(context: Context, claimed: _Claimed, written: _Written) -> None:
    with context.db.write() as session:
        if not _renew(session, context, claimed):
            return
        recipe = session.get_one(Recipe, claimed.recipe_id)
        for part, writer in written.writers.items():
            if part is not None or writer.sha256 != claimed.source.sha256:
                _keep_part(session, recipe, claimed.source, part, writer)
        recipe.status, recipe.done_at = RecipeStatus.DONE, now()
        recipe.effects, recipe.failure = written.effects, None
        session.flush()
        release(session, Recipe, claimed.recipe_id, owner=context.owner)


def _keep_part(
    session: Session,
    recipe: Recipe,
    source: DatasetVersion,
    part: Part,
    writer: StorageWriter,
) -> None:
    """A part whose version is still there stays it; one that was deleted is made anew."""
    query = select(RecipeOutput).where(
        RecipeOutput.recipe_id == recipe.id, RecipeOutput.part == part
    )
    if session.exec(query).first() is not None:
        return
    version = add_version(
        session,
        Actor(recipe.created_by_id, recipe.created_by, Role.EDITOR),
        get_dataset(session, source.dataset_id, lock=True),
        IncomingFile(_filename(source.filename, part), writer),
        Origin(_source_word(recipe), source.id, part),
    )
    output = RecipeOutput(version_id=version.id or 0, recipe_id=recipe.id or 0, part=part)
    session.add(output)
    session.flush()


def _source_word(recipe: Recipe) -> VersionSource:
    """A split alone is called so; anything else is prepared."""
    is_split = [step.step for step in steps_of(recipe)] == [SPLIT]
    return VersionSource.SPLIT if is_split else VersionSource.RECIPE


def _filename(source: str, part: Part) -> str:
    stem = source[: -len(".jsonl")] if source.lower().endswith(".jsonl") else source
    word = part.value if part else PREPARED
    return f"{stem.removesuffix(f'.{PREPARED}')}.{word}.jsonl"


def _renew(session: Session, context: Context, claimed: _Claimed) -> bool:
    return renew(session, Recipe, claimed.recipe_id, owner=context.owner, seconds=LEASE_SECONDS)
