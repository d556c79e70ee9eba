"""The command line: `tuneboard serve`, `worker`, `engine`, `validate`, `migrate`, `user`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.core.config import get_settings

main = typer.Typer(
    no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False
)
user = typer.Typer(no_args_is_help=True, help="People who may sign in.")
main.add_typer(user, name="user")

# Commands import what they need when they are called: `validate` must not wait for the web server.


class Format(StrEnum):
    AUTO = "auto"
    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"


class For(StrEnum):
    COMPATIBLE = "compatible"
    OPENAI = "openai"
    AZURE = "azure"
    ENGINE = "engine"


class EncodingName(StrEnum):
    CL100K = "cl100k_base"
    O200K = "o200k_base"


@main.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = -1,
    reload: Annotated[bool, typer.Option(help="Start again when the code changes.")] = False,
) -> None:
    """Serve the dashboard, with its worker and its engine unless settings say otherwise."""
    import uvicorn

    from app.core.logs import configure_logs

    settings = get_settings()
    configure_logs(settings.log_format, settings.log_level)
    uvicorn.run(
        "app.main:create_default_app",
        factory=True,
        host=host or settings.host,
        port=port if port >= 0 else settings.port,
        reload=reload,
        reload_dirs=[str(Path(__file__).parent)] if reload else None,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        timeout_graceful_shutdown=3,
    )


@main.command()
def demo(
    once: Annotated[bool, typer.Option(help="Stop after the job instead of serving on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Do the whole job on the sample reviews: import, check, split, train, ask; then serve."""
    from app.core.logs import configure_logs
    from app.demo import serve_demo

    settings = get_settings()
    configure_logs(settings.log_format, "warning")
    raise typer.Exit(serve_demo(settings, once=once, as_json=as_json))


@main.command()
def worker() -> None:
    """Do background work only: validate datasets, follow jobs. Any number may be started."""
    import signal

    from app import tables
    from app.core.context import create_context
    from app.core.logs import configure_logs
    from app.worker import Worker

    assert tables
    settings = get_settings()
    configure_logs(settings.log_format, settings.log_level)
    context = create_context(settings)
    context.db.upgrade()
    running = Worker(context)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: running.ask_to_stop())
    running.serve_until_stopped()


@main.command()
def engine(
    data_dir: Annotated[Path, typer.Option(help="Folder of the engine's own store.")] = Path(
        "data/engine"
    ),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 means a free one.")] = 8001,
    slots: Annotated[int, typer.Option(min=1, help="Jobs that learn at a time.")] = 1,
    step_seconds: Annotated[float, typer.Option(help="Pause after each training step.")] = 0.0,
    requests_per_minute: Annotated[
        int, typer.Option(min=1, help="Requests a minute before it answers 429.")
    ] = 30_000,
    token_quota: Annotated[
        int | None, typer.Option(min=0, help="Billable tokens all jobs may use together.")
    ] = None,
    webhook_url: Annotated[
        str, typer.Option(help="Told when a job is over; needs TUNEBOARD_ENGINE_WEBHOOK_SECRET.")
    ] = "",
    chaos: Annotated[
        Path | None, typer.Option(help="TOML plan of trouble on purpose, for testing clients.")
    ] = None,
    until_stdin_closes: Annotated[
        bool, typer.Option(help="Stop when standard input ends, as it does when the parent dies.")
    ] = False,
) -> None:
    """Serve the OpenAI-compatible training engine; prints its address and key."""
    from app.engine.chaos import BadPlan, read_plan
    from app.engine.main import serve as serve_engine
    from app.engine.options import EngineOptions
    from app.engine.store import StoreInUse
    from app.engine.webhooks import BadWebhook, make_webhook
    from app.engine.worker_options import WorkerOptions

    settings = get_settings()
    try:
        options = EngineOptions(
            WorkerOptions(slots, step_seconds, token_quota),
            requests_per_minute,
            make_webhook(
                webhook_url or settings.engine_webhook_url,
                settings.engine_webhook_secret.get_secret_value(),
            ),
            read_plan(chaos) if chaos else None,
        )
        serve_engine(data_dir, host, port, options, until_stdin_closes=until_stdin_closes)
    except (StoreInUse, OSError, BadPlan, BadWebhook) as error:
        typer.echo(f"The engine cannot start: {error}", err=True)
        raise typer.Exit(1) from None


@main.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="JSONL files to check.")],
    row_format: Annotated[
        Format, typer.Option("--format", help="What the rows are.")
    ] = Format.AUTO,
    model: Annotated[str | None, typer.Option(help="Model for limit, encoding and price.")] = None,
    encoding: Annotated[EncodingName | None, typer.Option(help="Tokenizer.")] = None,
    profile: Annotated[
        For, typer.Option("--for", help="Kind of provider to judge for.")
    ] = For.COMPATIBLE,
    deep: Annotated[
        bool, typer.Option(help="The second look too: secrets, damage, tone. Takes longer.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that read one file; each uses two cores.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
) -> None:
    """Check datasets as the report page does. Exit code 0 valid, 1 errors, 2 unreadable."""
    from app.datasets.command import validate as validate_files

    chosen = encoding.value if encoding else None
    code = validate_files(
        files,
        format=row_format.value,
        model=model,
        encoding=chosen,
        profile=profile.value,
        deep=deep,
        processes=processes,
        as_json=as_json,
    )
    raise typer.Exit(code)


@main.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A file of any kind.")],
    mapping: Annotated[
        Path | None, typer.Option(help="How rows become examples, YAML or JSON.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="JSONL to write; without it only a preview is shown.")
    ] = None,
    left_out: Annotated[Path | None, typer.Option(help="JSONL for rows left out.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as cp949; else recognised.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between cells; tab is a word.")] = None,
    header_row: Annotated[int | None, typer.Option(min=0, help="0 means there is none.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook.")] = None,
    member: Annotated[str | None, typer.Option(help="Of a .zip.")] = None,
    kind: Annotated[str | None, typer.Option(help="jsonl, json, csv or text.")] = None,
    shape: Annotated[
        str | None, typer.Option(help="What the rows are, such as columns or sharegpt.")
    ] = None,
    layout: Annotated[
        str | None, typer.Option(help="Of plain text: marked, blocks, alternating or lines.")
    ] = None,
    quotes: Annotated[
        bool | None, typer.Option(help="Whether quotation marks stand around cells.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Turn a file into examples. Exit code 0 done, 1 rows with problems, 2 unreadable."""
    from app.datasets.imports.command import import_file as do_import

    given = {
        "encoding": encoding,
        "separator": "\t" if separator == "tab" else separator,
        "header_row": header_row,
        "sheet": sheet,
        "member": member,
        "kind": kind,
        "shape": shape,
        "text_layout": layout,
        "has_quotes": quotes,
    }
    code = do_import(
        file,
        mapping_path=mapping,
        out_path=out,
        left_out_path=left_out,
        given=given,
        as_json=as_json,
    )
    raise typer.Exit(code)


@main.command()
def migrate() -> None:
    """Bring the database to the newest version. `serve` and `worker` do this too."""
    from app import tables
    from app.core.context import create_context

    assert tables
    create_context(get_settings()).db.upgrade()
    typer.echo("The database is up to date.")


@user.command("add")
def add_user(
    name: str,
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "viewer",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True)] = "",
) -> None:
    """Let somebody sign in."""
    from app.access import service
    from app.access.schemas import UserCreate
    from app.core.actor import SYSTEM, Role

    data = UserCreate(name=name, role=Role(role), password=password)
    _with_session(lambda session: service.create_user(session, SYSTEM, data))
    typer.echo(f"{name} can sign in now.")


@user.command("password")
def reset_password(
    name: str, password: Annotated[str, typer.Option(prompt=True, hide_input=True)] = ""
) -> None:
    """Give somebody a new password."""
    from app.access import service
    from app.access.schemas import PasswordReset
    from app.core.actor import SYSTEM

    def reset(session: Any) -> None:
        found = service.find_user_by_name(session, name)
        if found is None or found.id is None:
            raise typer.BadParameter(f"There is nobody named {name}.")
        service.reset_password(session, SYSTEM, found.id, PasswordReset(password=password))

    _with_session(reset)
    typer.echo(f"{name} has a new password and is signed out everywhere.")


def _with_session(act: Any) -> None:
    from app import tables
    from app.core.context import create_context

    assert tables
    context = create_context(get_settings())
    context.db.upgrade()
    with context.db.write() as session:
        act(session)


if __name__ == "__main__":
    main()
