"""The request that made a job, to run again elsewhere. A key is never part of it."""

import json
import pprint
from dataclasses import dataclass

from app.connections.models import Connection
from app.jobs.creating import request_of
from app.jobs.models import Job
from app.provider.bodies import job_body
from app.provider.profiles import AuthHeader

KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class RequestText:
    curl: str
    python: str
    json: str


def write_request(job: Job, connection: Connection) -> RequestText:
    body = job_body(request_of(job), connection.profile)
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return RequestText(_curl(text, connection), _python(body, connection), text)


def _curl(body: str, connection: Connection) -> str:
    header = f"Authorization: Bearer ${KEY_VARIABLE}"
    if connection.profile.auth_header is AuthHeader.API_KEY:
        header = f"api-key: ${KEY_VARIABLE}"
    quoted = body.replace("'", "'\\''")
    return (
        f"curl {_shell(connection.base_url + '/fine_tuning/jobs')} \\\n"
        f'  -H "{header}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{quoted}'"
    )


def _shell(address: str) -> str:
    return "'" + address.replace("'", "'\\''") + "'"


def _python(body: dict[str, object], connection: Connection) -> str:
    arguments = "\n".join(
        f"    {name}={pprint.pformat(value, sort_dicts=False, width=80)},".replace("\n", "\n    ")
        for name, value in body.items()
    )
    return (
        "from openai import OpenAI\n\n"
        f"client = OpenAI(base_url={connection.base_url!r})  # the key comes from {KEY_VARIABLE}\n"
        f"job = client.fine_tuning.jobs.create(\n{arguments}\n)\n"
        "print(job.id)"
    )
