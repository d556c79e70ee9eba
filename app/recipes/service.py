"""Recipes: previewed, asked for, and carried out in the background."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlmodel import Session, col, select

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.example_index import ExampleIndex
from app.datasets.labels import LabelCount
from app.datasets.models import DatasetVersion, VersionPart
from app.datasets.service import get_version
from app.recipes.models import Recipe, RecipeOutput, RecipeStatus
from app.recipes.schemas import SplitSettings
from app.recipes.splitting import Parts, Rows, split_rows

SPLIT = "split"
MOST_LABELS = 20


@dataclass(frozen=True, slots=True)
class LabelShare:
    """How often a label stands in each part."""

    label: str
    training: int
    validation: int


@dataclass(frozen=True, slots=True)
class SplitPreview:
    training_count: int
    validation_count: int
    left_out_count: int
    training_tokens: int
    validation_tokens: int
    labels: Sequence[LabelShare]

    @property
    def is_possible(self) -> bool:
        return self.training_count > 0 and self.validation_count > 0


@dataclass(frozen=True, slots=True)
class MadeRecipe:
    """A recipe with what it made; a version that was deleted since is not among them."""

    recipe: Recipe
    settings: SplitSettings
    outputs: Sequence[DatasetVersion]


def preview_recipe(
    storage: Storage,
    version: DatasetVersion,
    labels: Sequence[LabelCount],
    settings: SplitSettings,
) -> SplitPreview:
    """What the split would make; `labels` are those the report found."""
    index = _index_of(storage, version)
    parts = split_rows(index, settings.training_percent, settings.seed)
    return SplitPreview(
        training_count=len(parts.training),
        validation_count=len(parts.validation),
        left_out_count=parts.left_out_count,
        training_tokens=int(index.tokens[parts.training].sum()),
        validation_tokens=int(index.tokens[parts.validation].sum()),
        labels=_label_shares(index, parts, labels[:MOST_LABELS]),
    )


def prepare_version(
    session: Session,
    storage: Storage,
    actor: Actor,
    version: DatasetVersion,
    settings: SplitSettings,
) -> Recipe:
    """Asks for the split. The same asked twice is one recipe, done again only where its
    versions are gone. The rows are looked at before the session writes anything."""
    parts = split_rows(_index_of(storage, version), settings.training_percent, settings.seed)
    if not parts.is_possible:
        raise Invalid(
            "Both parts need at least one example. Choose another share.",
            field="training_percent",
        )
    source = get_version(session, version.id or 0)
    steps = [{"step": SPLIT, **settings.model_dump()}]
    recipe = _find_recipe(session, version.id or 0, steps)
    if recipe is None:
        recipe = _new_recipe(actor, source, steps)
    elif len(list_outputs(session, recipe)) < len(VersionPart):
        recipe.status, recipe.attempt_count = RecipeStatus.WAITING, 0
    session.add(recipe)
    session.flush()
    return recipe


def list_recipes(session: Session, version_id: int) -> list[MadeRecipe]:
    """Newest first."""
    query = select(Recipe).where(Recipe.source_version_id == version_id)
    recipes = session.exec(query.order_by(col(Recipe.id).desc())).all()
    return [
        MadeRecipe(recipe, settings_of(recipe), list_outputs(session, recipe)) for recipe in recipes
    ]


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


def settings_of(recipe: Recipe) -> SplitSettings:
    return SplitSettings.model_validate(recipe.steps[0])


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


def _index_of(storage: Storage, version: DatasetVersion) -> ExampleIndex:
    index = open_index(storage, version) if version.status.is_checked else None
    if index is None:
        raise Conflict("The version is not checked yet.")
    return index


def _label_shares(
    index: ExampleIndex, parts: Parts, labels: Sequence[LabelCount]
) -> list[LabelShare]:
    return [
        LabelShare(
            label.label,
            _count(index, parts.training, label.label),
            _count(index, parts.validation, label.label),
        )
        for label in labels
    ]


def _count(index: ExampleIndex, rows: Rows, label: str) -> int:
    number = index.header["labels"].index(label)
    return int((index.label[rows] == number).sum())
