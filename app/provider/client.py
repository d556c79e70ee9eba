"""One provider, spoken to through its SDK: our types in, our types and errors out."""

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO, Self, cast

import httpx2
import openai

from app.provider import parsing
from app.provider.bodies import chat_body, completion_body, job_body
from app.provider.errors import NotOffered, RemoteNotFound, RequestRefused
from app.provider.paging import PAGE_SIZE, iterate
from app.provider.sdk import (
    Endpoint,
    create_sdk,
    read_created,
    read_list,
    read_object,
    read_stream,
)
from app.provider.translation import translated
from app.provider.transport import HttpClient
from app.provider.types import (
    ChatRequest,
    CheckpointSnapshot,
    CompletionRequest,
    EventSnapshot,
    FileState,
    JobRequest,
    JobSnapshot,
    ModelInfo,
    Page,
    RemoteFileInfo,
    StreamPart,
)

CREATE_TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
CONTENT_TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
STREAM_TIMEOUT = httpx2.Timeout(120.0, connect=5.0)
# A provider reads a large file to its end before it answers.
UPLOAD_TIMEOUT = httpx2.Timeout(60.0, connect=5.0, read=600.0)
FIND_PAGES = 20


class ProviderClient:
    """Calls are made once: who asks decides when to ask again. Close it, or use it in `with`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        allow_private: bool = True,
        read_seconds: float = 30.0,
        http_client: httpx2.Client | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.profile = endpoint.profile
        self._http = http_client or HttpClient(allow_private=allow_private)
        self._sdk = create_sdk(endpoint, self._http, read_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._sdk.close()

    def hang_up(self) -> None:
        """From another thread: whoever waits for the provider waits no longer."""
        if isinstance(self._http, HttpClient):
            self._http.hang_up()

    # --- files

    def upload_file(self, content: BinaryIO, filename: str) -> RemoteFileInfo:
        """Send an open file, which is read as it goes out and never held whole."""
        with self._creating():
            answer = self._sdk.files.with_raw_response.create(
                file=(filename, content), purpose="fine-tune", timeout=UPLOAD_TIMEOUT
            )
            return parsing.parse_file(read_created(answer), self.profile)

    def get_file(self, remote_id: str) -> RemoteFileInfo:
        with self._reading():
            answer = self._sdk.files.with_raw_response.retrieve(remote_id)
            return parsing.parse_file(read_object(answer), self.profile)

    def list_files(
        self, *, after: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[RemoteFileInfo]:
        with self._reading():
            answer = self._sdk.files.with_raw_response.list(
                purpose="fine-tune", limit=limit, after=after or openai.omit
            )
            return parsing.parse_page(
                read_list(answer), lambda raw: parsing.parse_file(raw, self.profile)
            )

    def find_file(self, filename: str, size: int) -> RemoteFileInfo | None:
        """A file of that name and size, for when the answer to an upload was lost."""
        files = iterate(
            lambda after: self.list_files(after=after), _remote_id, most_pages=FIND_PAGES
        )
        wanted = (info for info in files if (info.filename, info.size) == (filename, size))
        return next((info for info in wanted if info.state is not FileState.BROKEN), None)

    def wait_for_file(
        self, remote_id: str, *, seconds: float = 120.0, pause: float = 1.0
    ) -> RemoteFileInfo:
        """The file once its provider has read it, or as it is when the time is up."""
        ends_at = time.monotonic() + seconds
        info = self.get_file(remote_id)
        while info.state is FileState.PENDING and time.monotonic() < ends_at:
            time.sleep(pause)
            info = self.get_file(remote_id)
        return info

    def stream_file(self, remote_id: str) -> Iterator[bytes]:
        with (
            self._reading(),
            self._sdk.files.with_streaming_response.content(
                remote_id, timeout=CONTENT_TIMEOUT
            ) as answer,
        ):
            yield from answer.iter_bytes()

    def read_file(self, remote_id: str) -> bytes:
        """A small file whole: result files."""
        return b"".join(self.stream_file(remote_id))

    # --- models

    def list_models(self) -> list[ModelInfo]:
        with self._reading():
            answer = self._sdk.models.with_raw_response.list()
            models = parsing.parse_page(read_list(answer), parsing.parse_model).items
            return sorted((model for model in models if model.id), key=lambda model: model.id)

    # --- jobs

    def create_job(self, request: JobRequest) -> JobSnapshot:
        with self._creating():
            answer = self._sdk.fine_tuning.jobs.with_raw_response.create(
                model=request.model,
                training_file=request.training_file,
                extra_body=job_body(request, self.profile),
                timeout=CREATE_TIMEOUT,
            )
            return parsing.parse_job(read_created(answer), self.profile)

    def check_creation(self) -> None:
        """Raise TrainingNotAvailable where no job may be created any more.

        There is no way to ask. An empty request can create nothing, and a provider that winds
        down refuses it for that reason; every other refusal says nothing.
        """
        with contextlib.suppress(RequestRefused, RemoteNotFound, NotOffered), self._reading():
            self._sdk.post("/fine_tuning/jobs", body={}, cast_to=httpx2.Response)

    def get_job(self, remote_id: str) -> JobSnapshot:
        with self._reading():
            answer = self._sdk.fine_tuning.jobs.with_raw_response.retrieve(remote_id)
            return parsing.parse_job(read_object(answer), self.profile)

    def list_jobs(
        self,
        *,
        after: str | None = None,
        limit: int = PAGE_SIZE,
        metadata: Mapping[str, str] | None = None,
    ) -> Page[JobSnapshot]:
        with self._reading():
            answer = self._sdk.fine_tuning.jobs.with_raw_response.list(
                after=after or openai.omit,
                limit=limit,
                metadata=dict(metadata) if metadata else openai.omit,
            )
            return parsing.parse_page(
                read_list(answer), lambda raw: parsing.parse_job(raw, self.profile)
            )

    def iterate_jobs(self, *, metadata: Mapping[str, str] | None = None) -> Iterator[JobSnapshot]:
        return iterate(
            lambda after: self.list_jobs(after=after, metadata=metadata),
            _remote_id,
            most_pages=FIND_PAGES,
        )

    def find_job(self, metadata: Mapping[str, str]) -> JobSnapshot | None:
        """The newest job that carries these pairs, also where the filter is not understood."""
        try:
            jobs = list(self.iterate_jobs(metadata=metadata))
        except RequestRefused:
            jobs = list(self.iterate_jobs())
        matching = (job for job in jobs if metadata.items() <= job.metadata.items())
        return next(matching, None)

    def cancel_job(self, remote_id: str) -> JobSnapshot:
        with self._reading():
            answer = self._sdk.fine_tuning.jobs.with_raw_response.cancel(remote_id)
            return parsing.parse_job(read_object(answer), self.profile)

    def list_events(
        self, remote_id: str, *, after: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[EventSnapshot]:
        with self._reading():
            answer = self._sdk.fine_tuning.jobs.with_raw_response.list_events(
                remote_id, after=after or openai.omit, limit=limit
            )
            return parsing.parse_page(read_list(answer), parsing.parse_event)

    def iterate_events(
        self, remote_id: str, *, known: Collection[str] = ()
    ) -> Iterator[EventSnapshot]:
        """Newest first, until one whose id is known."""
        return iterate(
            lambda after: self.list_events(remote_id, after=after), _remote_id, known=known
        )

    def list_checkpoints(
        self, remote_id: str, *, after: str | None = None, limit: int = PAGE_SIZE
    ) -> Page[CheckpointSnapshot]:
        with self._reading():
            answer = self._sdk.fine_tuning.jobs.checkpoints.with_raw_response.list(
                remote_id, after=after or openai.omit, limit=limit
            )
            return parsing.parse_page(read_list(answer), parsing.parse_checkpoint)

    def iterate_checkpoints(self, remote_id: str) -> Iterator[CheckpointSnapshot]:
        return iterate(lambda after: self.list_checkpoints(remote_id, after=after), _remote_id)

    # --- answers

    def stream_chat(self, request: ChatRequest) -> Iterator[StreamPart]:
        """Pieces of text as they are written, the reason each answer ended, then the usage."""
        with self._reading():
            answer = self._sdk.chat.completions.with_raw_response.create(
                model=request.model,
                messages=cast(Any, request.messages),
                stream=True,
                stream_options={"include_usage": True},
                extra_body=chat_body(request, self.profile),
                timeout=STREAM_TIMEOUT,
            )
            yield from read_stream(answer)

    def stream_completion(self, request: CompletionRequest) -> Iterator[StreamPart]:
        with self._reading():
            answer = self._sdk.completions.with_raw_response.create(
                model=request.model,
                prompt=request.prompt,
                stream=True,
                stream_options={"include_usage": True},
                extra_body=completion_body(request),
                timeout=STREAM_TIMEOUT,
            )
            yield from read_stream(answer)

    def _reading(self) -> Any:
        return translated(self.endpoint.base_url, self.endpoint.api_key)

    def _creating(self) -> Any:
        return translated(self.endpoint.base_url, self.endpoint.api_key, creates=True)


def _remote_id(item: Any) -> str:
    return str(item.remote_id)
