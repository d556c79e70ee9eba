"""The ways in which an example of one version can be known from another."""

from enum import StrEnum

from app.core.text import N_


class OverlapKind(StrEnum):
    """The first three exclude each other: an example counts where it is most alike."""

    EXACT = "exact"
    NORMALISED = "normalised"
    NEAR = "near"
    CONVERSATION = "conversation"
    GROUP = "group"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_LABELS = {
    OverlapKind.EXACT: N_("Exactly the same"),
    OverlapKind.NORMALISED: N_("The same but for writing"),
    OverlapKind.NEAR: N_("Nearly the same"),
    OverlapKind.CONVERSATION: N_("Same beginning of a conversation"),
    OverlapKind.GROUP: N_("Same group"),
}
_SENTENCES = {
    OverlapKind.EXACT: N_("They say exactly what an example of the other version says."),
    OverlapKind.NORMALISED: N_(
        "They differ only in upper case, blanks, full-width letters or composition, or in keys "
        "that are not trained on."
    ),
    OverlapKind.NEAR: N_("They share about four fifths or more of their text."),
    OverlapKind.CONVERSATION: N_(
        "System message and first question are the same; what follows differs."
    ),
    OverlapKind.GROUP: N_("They come from the same person, document or other source."),
}

# Found by one comparison of two versions; groups take one of their own for each key.
OF_TEXT = (
    OverlapKind.EXACT,
    OverlapKind.NORMALISED,
    OverlapKind.NEAR,
    OverlapKind.CONVERSATION,
)
IN_BOTH = (OverlapKind.EXACT, OverlapKind.NORMALISED, OverlapKind.NEAR)
GROUP_MARK = f"{OverlapKind.GROUP}:"


def name_rule(kind: OverlapKind, group_path: str = "") -> str:
    """As addresses and recipes name it: `near`, or `group:metadata.user_id`."""
    return f"{GROUP_MARK}{group_path}" if kind is OverlapKind.GROUP else kind.value


def read_rule(rule: str) -> tuple[OverlapKind, str] | None:
    """Kind and group path; None for no rule of ours."""
    if rule.startswith(GROUP_MARK) and len(rule) > len(GROUP_MARK):
        return OverlapKind.GROUP, rule.removeprefix(GROUP_MARK)
    return (OverlapKind(rule), "") if rule in set(OF_TEXT) else None
