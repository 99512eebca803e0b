"""Personal data as they are recorded: sealed under a key of the person's own that no log holds.

Sealed   the form of a sealed value
Written  a line about a person; Mail and Phone: an address, a number. As somebody types it, or sealed
is_sealed

The cipher is not here: ledger/recording/personal.py seals before anything is decided, so no fact ever holds the words.
"""

import re
from typing import Annotated

from msgspec import Meta

SEALED = "sealed:[A-Za-z0-9_-]{43,640}"
_FORM = re.compile(SEALED)

Sealed = Annotated[str, Meta(pattern=rf"^{SEALED}$(?!\n)", description="Sealed under the person's key.")]

Written = Annotated[
    str,
    Meta(
        pattern=rf"^({SEALED}|(?=.*\S)[^\x00-\x1f\x7f]{{1,100}})$(?!\n)",
        description="One line of writing, 100 characters at most. It is recorded sealed.",
    ),
]
Mail = Annotated[
    str,
    Meta(
        pattern=rf"^({SEALED}|[^\s\x00-\x1f\x7f@]{{1,64}}@[^\s\x00-\x1f\x7f@]{{1,100}})$(?!\n)",
        description="An address of electronic mail: name@example.com. It is recorded sealed.",
    ),
]
Phone = Annotated[
    str,
    Meta(
        pattern=rf"^({SEALED}|\+?[0-9][0-9 ()/-]{{2,39}})$(?!\n)",
        description="A telephone number: +86 28 5555 0100. It is recorded sealed.",
    ),
]


def is_sealed(value: str) -> bool:
    """Tell whether a value has the form of a sealed one."""
    return _FORM.fullmatch(value) is not None
