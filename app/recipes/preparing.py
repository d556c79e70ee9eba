"""Carries recipes out: the parts are written first, then appear as versions all at once.

Killed in the middle nothing has appeared, and it is done again; done twice it makes the same
bytes, which are the version that is there already.
"""

from contextlib import ExitStack
from dataclasses import dataclass

from sqlmodel import Session, select

from app.core.actor import Actor, Role
from app.core.clock import now
from app.core.context import Context, Task
from app.core.leases import claim, release, renew
from app.core.logs import log
from app.core.storage import StorageWriter
from app.datasets.checking import open_index
from app.datasets.example_index import ExampleIndex
from app.datasets.models import DatasetVersion, VersionPart, VersionSource
from app.datasets.reading import iter_lines
from app.datasets.service import (
    IncomingFile,
    Origin,
    add_version,
    get_dataset,
    get_version,
    open_version,
)
from app.recipes.models import Recipe, RecipeOutput, RecipeStatus
from app.recipes.schemas import SplitSettings
from app.recipes.service import settings_of
from app.recipes.splitting import Rows, split_rows

LEASE_SECONDS = 30.0
LINES_PER_BEAT = 20_000
MOST_ATTEMPTS = 4


def carry_out_recipe(context: Context) -> bool:
    """Do one recipe that waits; False when there is none."""
    claimed = _claim(context)
    if claimed is None:
        return False
    try:
        with ExitStack() as stack:
            written = _write_parts(context, claimed, stack)
            if written is not None:
                _keep(context, claimed, written)
    except OSError:  # a full disk may be free again when the lease has run out
        log.exception("recipe_failed", recipe=claimed.recipe_id)
    return True


TASKS = [Task("recipes.carry_out", carry_out_recipe)]
Written = dict[VersionPart, StorageWriter]


@dataclass(frozen=True, slots=True)
class _Claimed:
    recipe_id: int
    source: DatasetVersion
    settings: SplitSettings


def _claim(context: Context) -> _Claimed | None:
    with context.db.write() as session:
        recipe_id = claim(
            session,
            Recipe,
            Recipe.status == RecipeStatus.WAITING,  # type: ignore[arg-type]
            owner=context.owner,
            seconds=LEASE_SECONDS,
        )
        if recipe_id is None:
            return None
        recipe = session.get_one(Recipe, recipe_id)
        recipe.attempt_count += 1
        if recipe.attempt_count > MOST_ATTEMPTS:
            recipe.status = RecipeStatus.FAILED
            session.flush()
            release(session, Recipe, recipe_id, owner=context.owner)
            return None
        source = get_version(session, recipe.source_version_id)
        return _Claimed(recipe_id, source, settings_of(recipe))


def _write_parts(context: Context, claimed: _Claimed, stack: ExitStack) -> Written | None:
    """None when another worker has taken over."""
    index = open_index(context.storage, claimed.source)
    if index is None:
        raise FileNotFoundError("the example index is missing")
    parts = split_rows(index, claimed.settings.training_percent, claimed.settings.seed)
    rows = {VersionPart.TRAINING: parts.training, VersionPart.VALIDATION: parts.validation}
    written: Written = {}
    for part, chosen in rows.items():
        written[part] = stack.enter_context(context.storage.writer())
        if not _write_lines(context, claimed, index, chosen, written[part]):
            return None
        written[part].sync()
    return written


def _write_lines(
    context: Context, claimed: _Claimed, index: ExampleIndex, rows: Rows, writer: StorageWriter
) -> bool:
    with open_version(context.storage, claimed.source) as stream:
        for number, line in enumerate(iter_lines(stream, index, rows)):
            if number % LINES_PER_BEAT == 0 and not _is_ours(context, claimed):
                return False
            writer.write(line + b"\n")
    return True


def _keep(context: Context, claimed: _Claimed, written: Written) -> None:
    with context.db.write() as session:
        if not _renew(session, context, claimed):
            return
        recipe = session.get_one(Recipe, claimed.recipe_id)
        for part, writer in written.items():
            _keep_part(session, recipe, claimed.source, part, writer)
        recipe.status, recipe.done_at = RecipeStatus.DONE, now()
        session.flush()
        release(session, Recipe, claimed.recipe_id, owner=context.owner)


def _keep_part(
    session: Session,
    recipe: Recipe,
    source: DatasetVersion,
    part: VersionPart,
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
        Origin(VersionSource.SPLIT, source.id, part),
    )
    output = RecipeOutput(version_id=version.id or 0, recipe_id=recipe.id or 0, part=part)
    session.add(output)
    session.flush()


def _filename(source: str, part: VersionPart) -> str:
    stem = source[: -len(".jsonl")] if source.lower().endswith(".jsonl") else source
    return f"{stem}.{part.value}.jsonl"


def _is_ours(context: Context, claimed: _Claimed) -> bool:
    with context.db.write() as session:
        return _renew(session, context, claimed)


def _renew(session: Session, context: Context, claimed: _Claimed) -> bool:
    return renew(session, Recipe, claimed.recipe_id, owner=context.owner, seconds=LEASE_SECONDS)
