"""What is wrong with a company identifier, in words.

uscc_fault   unified social credit code, GB 32100-2015: 18 characters, weighted sum mod 31
lei_fault    legal entity identifier, ISO 17442: 20 characters, ISO 7064 MOD 97-10

Nothing is put right silently: a code in lower case or with spaces is a fault like any other.
"""

from stdnum import lei
from stdnum.cn import uscc

USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
LEI_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def uscc_fault(value: str) -> str | None:
    """None for a sound code; else what is wrong. A sound form with a wrong check character names the right one."""
    if fault := _form_fault(value, 18, USCC_ALPHABET, "digits and capital letters without I, O, S, V, Z"):
        return fault
    expected = str(uscc.calc_check_digit(value[:-1]))
    return None if value[-1] == expected else _check_fault(value, expected)


def lei_fault(value: str) -> str | None:
    """None for a sound code; else what is wrong."""
    if fault := _form_fault(value, 20, LEI_ALPHABET, "digits and capital letters"):
        return fault
    if not value[-2:].isdigit():
        return f"{value} ends in {value[-2:]}, but its two check characters are digits"
    return None if lei.is_valid(value) else _check_fault(value, _lei_check(value[:-2]))


def _form_fault(value: str, length: int, alphabet: frozenset[str], described: str) -> str | None:
    if len(value) != length:
        return f"{value} has {len(value)} characters, not {length}"
    if strange := sorted(set(value) - alphabet):
        return f"{value} contains {' '.join(strange)}; it is made of {described}"
    return None


def _lei_check(front: str) -> str:
    number = int("".join(str(int(character, 36)) for character in front) + "00")
    return f"{98 - number % 97:02}"


def _check_fault(value: str, expected: str) -> str:
    given = value[-len(expected) :]
    return f"the check character of {value} is {given}, but {expected} belongs there: a character was mistyped"
