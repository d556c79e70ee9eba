"""Rules of the second look: what the texts of a row hold, said of the row and of its neighbours.

They take several times as long as the others, so the check does not wait for them and the example
index has no bits for them: `deep.rows.find_rows` knows the rows of both.
"""

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.private_data import PrivateKind
from app.datasets.rules import EVERY_FORMAT, MESSAGE_FORMATS, Fix, Rule, Severity

W, I = Severity.WARNING, Severity.INFO  # noqa: E741

WITH_ANSWERS = EVERY_FORMAT - {DatasetFormat.REINFORCEMENT}

SECRET = Rule(
    "secret",
    W,
    N_("A text holds what looks like a key, a token or a password. A model may repeat it."),
    fix=Fix.MASK_PRIVATE,
)
EMAIL_ADDRESS = Rule(
    "email_address", W, N_("A text holds an e-mail address."), fix=Fix.MASK_PRIVATE
)
PHONE_NUMBER = Rule("phone_number", W, N_("A text holds a telephone number."), fix=Fix.MASK_PRIVATE)
RESIDENT_NUMBER = Rule(
    "resident_number",
    W,
    N_("A text holds a Korean resident registration number."),
    fix=Fix.MASK_PRIVATE,
)
CARD_NUMBER = Rule(
    "card_number", W, N_("A text holds the number of a payment card."), fix=Fix.MASK_PRIVATE
)

MOJIBAKE = Rule(
    "mojibake",
    W,
    N_("A text was read in the wrong encoding at some time, such as “ì•ˆë…•” for “안녕”."),
    fix=Fix.DROP_LINES,
)
REPLACEMENT_CHARACTER = Rule(
    "replacement_character",
    W,
    N_("A text holds �, which stands where a letter could not be read."),
    fix=Fix.DROP_LINES,
)
BROKEN_JAMO = Rule(
    "broken_jamo",
    W,
    N_("A Korean word has come apart into single jamo, such as “안녕하ㅅ요”."),
    fix=Fix.DROP_LINES,
)
NOT_COMPOSED = Rule(
    "not_composed",
    W,
    N_("Letters are written in parts (not NFC), so they cost several times the tokens."),
    fix=Fix.NFC,
)
FULL_WIDTH = Rule(
    "full_width",
    I,
    N_("Full-width letters or digits stand beside ordinary ones, such as “２0２4”."),
    fix=Fix.FULL_WIDTH,
)
INVISIBLE_CHARACTER = Rule(
    "invisible_character",
    W,
    N_("A text holds characters nobody sees: zero-width, control or direction marks."),
)

SILENT_ANSWER = Rule(
    "silent_answer",
    W,
    N_("An answer of the assistant has no letter, digit or sign, only punctuation."),
    WITH_ANSWERS,
    Fix.DROP_LINES,
)
LANGUAGE_MISMATCH = Rule(
    "language_mismatch",
    W,
    N_("The answer is in another language than the question, as in few other examples."),
    fix=Fix.DROP_LINES,
)
SPEECH_LEVELS = Rule(
    "speech_levels",
    I,
    N_("The Korean answer speaks at another level (존댓말, 반말) than most answers do."),
    WITH_ANSWERS,
)

IMAGE_TOO_LARGE = Rule(
    "image_too_large",
    W,
    N_("An image inside the row has more than 10 MB; providers skip or refuse it."),
    MESSAGE_FORMATS,
)
IMAGE_NOT_HTTPS = Rule(
    "image_not_https",
    W,
    N_("The address of an image begins with http://, which providers may refuse."),
    MESSAGE_FORMATS,
)
IMAGE_PRIVATE_HOST = Rule(
    "image_private_host",
    W,
    N_("An image lies on a local or private host that no provider can reach."),
    MESSAGE_FORMATS,
)

TEXT_RULES = (
    SECRET, EMAIL_ADDRESS, PHONE_NUMBER, RESIDENT_NUMBER, CARD_NUMBER,
    MOJIBAKE, REPLACEMENT_CHARACTER, BROKEN_JAMO, NOT_COMPOSED, FULL_WIDTH, INVISIBLE_CHARACTER,
    SILENT_ANSWER, LANGUAGE_MISMATCH, SPEECH_LEVELS,
    IMAGE_TOO_LARGE, IMAGE_NOT_HTTPS, IMAGE_PRIVATE_HOST,
)  # fmt: skip
TEXT_RULES_BY_ID = {rule.id: rule for rule in TEXT_RULES}
PRIVATE_RULES = {
    PrivateKind.SECRET: SECRET,
    PrivateKind.EMAIL: EMAIL_ADDRESS,
    PrivateKind.PHONE: PHONE_NUMBER,
    PrivateKind.RESIDENT_NUMBER: RESIDENT_NUMBER,
    PrivateKind.CARD_NUMBER: CARD_NUMBER,
}
