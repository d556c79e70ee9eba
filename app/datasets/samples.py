"""The sample reviews that come with Tuneboard, imported as an upload would be."""

from sqlmodel import Session

from app.core.actor import Actor
from app.core.config import resource_dir
from app.core.storage import Storage
from app.datasets.models import DatasetVersion, VersionSource
from app.datasets.schemas import DatasetCreate
from app.datasets.service import IncomingFile, Origin, create_dataset

SAMPLE_NAME = "Sample reviews"
SAMPLE_FILENAME = "reviews.jsonl"


def load_sample(session: Session, storage: Storage, actor: Actor) -> DatasetVersion:
    """Loaded twice it is there once."""
    with storage.writer() as writer:
        writer.write((resource_dir("samples") / SAMPLE_FILENAME).read_bytes())
        return create_dataset(
            session,
            actor,
            DatasetCreate(name=SAMPLE_NAME),
            IncomingFile(SAMPLE_FILENAME, writer),
            Origin(VersionSource.SAMPLE),
        )
