"""What people send to sign in and to be added."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app.core.actor import Role
from app.core.text import ONE_LINE

SHORTEST_PASSWORD = 10

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=ONE_LINE),
]
Password = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=256)]


class Credentials(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class AdminCreate(BaseModel):
    name: Name
    password: Password


class UserCreate(AdminCreate):
    role: Role


class RoleChange(BaseModel):
    role: Role


class PasswordChange(BaseModel):
    current_password: Annotated[str, Field(min_length=1, max_length=256)]
    password: Password


class PasswordReset(BaseModel):
    password: Password
