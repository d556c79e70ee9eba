"""For whom a report judges: the kinds of provider that take the same rows differently.

A rule has a severity of its own, which holds for any server that speaks the API, and may have
another one for a profile. `fitting.py` judges a kept report by it.
"""

from enum import StrEnum

from app.core.text import N_


class ReportProfile(StrEnum):
    COMPATIBLE = "compatible"
    OPENAI = "openai"
    AZURE = "azure"
    ENGINE = "engine"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ReportProfile.COMPATIBLE: N_("Any compatible server"),
    ReportProfile.OPENAI: N_("OpenAI"),
    ReportProfile.AZURE: N_("Azure OpenAI"),
    ReportProfile.ENGINE: N_("Tuneboard engine"),
}
DEFAULT_PROFILE = ReportProfile.COMPATIBLE


def find_profile(name: str) -> ReportProfile:
    """Of an address or a connection; one that is not known counts as any compatible server."""
    return ReportProfile(name) if name in list(ReportProfile) else DEFAULT_PROFILE
