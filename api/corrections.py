"""How what a command recorded is put right: docs/corrections.md, made from what every command says of it.

document   the page: `python -m api.corrections > docs/corrections.md` keeps it
commands   every command, by the context that it belongs to
"""

import sys

from ledger.decider import Command, command_name
from ledger.recording.contexts import CONTEXTS

HEAD = """# How what was recorded is put right

Nothing is deleted and nothing is overwritten: what was recorded stays, and what puts it right is recorded after it.
What posts is mirrored, in an open month; other steps are withdrawn; a newer word takes the place of an older one.
Reports as recorded before that stay as they were.

Made from the commands themselves (`put_right`): `python -m api.corrections > docs/corrections.md`.
"""


def commands() -> dict[str, list[type[Command]]]:
    """Every command once, by its context, in the order in which they are decided."""
    found: dict[str, list[type[Command]]] = {}
    for command in dict.fromkeys(command for decider in CONTEXTS for command in decider.commands):
        found.setdefault(command.__module__.split(".")[1], []).append(command)
    return found


def document() -> str:
    """The page: a table for each context."""
    parts = [HEAD]
    for context, some in commands().items():
        parts.append(f"\n## {context.capitalize()}\n\n| Command | What it recorded is put right by |\n|---|---|\n")
        parts += [f"| `{command_name(command)}` | {_cell(command.put_right)} |\n" for command in some]
    return "".join(parts)


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|") or "Not written down yet."


if __name__ == "__main__":
    sys.stdout.write(document())
