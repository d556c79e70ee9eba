"""Recipes: previewed, asked for, and carried out in the background."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import orjson
from sqlmodel import Session, col, select

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.labels import LabelCount
from app.datasets.models import DatasetVersion
from app.datasets.service import get_version, open_version
from app.recipes.models import Recipe, RecipeOutput, RecipeStatus
from app.recipes.previewing import RecipePreview, preview_steps
from app.recipes.schemas import RecipeSettings
from app.recipes.selecting import Source
from app.recipes.steps import Step, find_split
from app.recipes.suggesting import plan_steps, suggest


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step with what it did; nothing while the recipe waits."""

    step: Step
    left_out: int = 0
    ties: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class MadeRecipe:
    """A recipe with what it made; a version that was deleted since is not among them."""

    recipe: Recipe
    steps: Sequence[DoneStep]
    outputs: Sequence[DatasetVersion]


@contextmanager
def open_source(storage: Storage, version: DatasetVersion) -> Iterator[Source]:
    """Raises Conflict while the version waits for its check, NotFound without its bytes."""
    index = open_index(storage, version) if version.status.is_checked else None
    if index is None:
        raise Conflict("The version is not checked yet.")
    try:
        stream = open_version(storage, version)
    except FileNotFoundError:
        raise NotFound("The bytes of this version are gone from the storage.") from None
    with stream:
        yield Source(storage, version, index, stream)


def preview_recipe(
    session: Session,
    source: Source,
    labels: Sequence[LabelCount],
    settings: RecipeSettings,
) -> RecipePreview:
    """What the steps would do; `labels` are those the report found.

    Raises Invalid where a step lacks something.
    """
    steps = plan_steps(settings, suggest(source), source.format)
    return preview_steps(session, source, steps, labels)


def plan_recipe(session: Session, source: Source, settings: RecipeSettings) -> list[Step]:
    """The steps, once it is known that something comes out of them. Writes nothing."""
    preview = preview_recipe(session, source, (), settings)
    if preview.split is not None and not preview.split.is_possible:
        raise Invalid(
            "Both parts need at least one example. Choose another share.",
            field="training_percent",
        )
    if not preview.kept_count:
        raise Invalid("No line would be left.")
    if preview.is_without_effect:
        raise Invalid("Nothing would change: the version is as these steps want it.")
    return [each.step for each in preview.steps]


def prepare_version(
    session: Session, actor: Actor, version: DatasetVersion, steps: Sequence[Step]
) -> Recipe:
    """Asks for steps that `plan_recipe` gave. The same asked twice is one recipe, done again only
    where its versions are gone."""
    source = get_version(session, version.id or 0)
    kept = [step.to_dict() for step in steps]
    recipe = _find_recipe(session, version.id or 0, kept)
    if recipe is None:
        recipe = _new_recipe(actor, source, kept)
    elif recipe.status is RecipeStatus.FAILED or _lacks_outputs(session, recipe):
        recipe.status, recipe.attempt_count = RecipeStatus.WAITING, 0
    session.add(recipe)
    session.flush()
    return recipe


def list_recipes(session: Session, version_id: int) -> list[MadeRecipe]:
    """Newest first."""
    query = select(Recipe).where(Recipe.source_version_id == version_id)
    recipes = session.exec(query.order_by(col(Recipe.id).desc())).all()
    return [view_recipe(session, recipe) for recipe in recipes]


def view_recipe(session: Session, recipe: Recipe) -> MadeRecipe:
    steps = steps_of(recipe)
    effects = recipe.effects or [{} for _ in steps]
    done = [DoneStep(step, **effect) for step, effect in zip(steps, effects, strict=True)]
    return MadeRecipe(recipe, done, list_outputs(session, recipe))


def get_recipe(session: Session, recipe_id: int) -> Recipe:
    recipe = session.get(Recipe, recipe_id)
    if recipe is None:
        raise NotFound("There is no such recipe.")
    return recipe


def list_outputs(session: Session, recipe: Recipe) -> Sequence[DatasetVersion]:
    """Training first."""
    query = (
        select(DatasetVersion)
        .join(RecipeOutput, col(RecipeOutput.version_id) == col(DatasetVersion.id))
        .where(RecipeOutput.recipe_id == recipe.id)
    )
    return session.exec(query.order_by(col(RecipeOutput.part))).all()


def find_recipe_of(session: Session, version_id: int) -> Recipe | None:
    """The recipe that made the version."""
    query = select(Recipe).join(RecipeOutput, col(RecipeOutput.recipe_id) == col(Recipe.id))
    return session.exec(query.where(RecipeOutput.version_id == version_id)).first()


def steps_of(recipe: Recipe) -> list[Step]:
    return [Step.model_validate(step) for step in recipe.steps]


def _lacks_outputs(session: Session, recipe: Recipe) -> bool:
    wanted = 1 if find_split(steps_of(recipe)) is None else 2
    return len(list_outputs(session, recipe)) < wanted


def _new_recipe(actor: Actor, source: DatasetVersion, steps: list[dict[str, object]]) -> Recipe:
    return Recipe(
        source_version_id=source.id or 0,
        steps=steps,
        fingerprint=_fingerprint(steps),
        created_by_id=actor.id,
        created_by=actor.name,
    )


def _find_recipe(
    session: Session, version_id: int, steps: list[dict[str, object]]
) -> Recipe | None:
    query = select(Recipe).where(
        Recipe.source_version_id == version_id, Recipe.fingerprint == _fingerprint(steps)
    )
    return session.exec(query).first()


def _fingerprint(steps: list[dict[str, object]]) -> str:
    text = orjson.dumps(steps, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
