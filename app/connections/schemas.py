"""What an admin enters for a connection."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.core.text import ONE_LINE

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[\x21-\x7e]*$"),
]
# A key is sent in a header: printable ASCII without blanks.
Key = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[\x21-\x7e]*$"),
]


class ConnectionUpdate(BaseModel):
    """An empty key keeps the one that is stored."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=ONE_LINE),
    ]
    base_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    api_key: Key = ""
    organization: Text = ""
    project: Text = ""


class ConnectionCreate(ConnectionUpdate):
    profile: Annotated[str, StringConstraints(max_length=32)]
