"""Identifiers in OpenAI's forms."""

import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
ORGANIZATION_ID = "org-tuneboard"
ORGANIZATION_SLUG = "tuneboard"


def new_id(prefix: str, length: int = 24) -> str:
    """new_id("file-") -> file-8Qm…; jobs ftjob-, events ftevent-, checkpoints ftckpt_."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def model_name(base: str, suffix: str | None) -> str:
    """ft:tiny-chat:tuneboard:reviews:9uJPbR69; a tuned base keeps only its own base's name."""
    root = base.removeprefix("ft:").split(":")[0]
    return f"ft:{root}:{ORGANIZATION_SLUG}:{_slug(suffix or '')}:{new_id('', 8)}"


def checkpoint_name(base: str, suffix: str | None, step: int) -> str:
    return f"{model_name(base, suffix)}:ckpt-step-{step}"


def _slug(suffix: str) -> str:
    return re.sub(r"[^\w.-]+", "-", suffix.lower()).strip("-")
