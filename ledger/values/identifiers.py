"""What is wrong with a company identifier, in words.

uscc_fault   unified social credit code, GB 32100-2015: 18 characters, weighted sum mod 31
lei_fault    legal entity identifier, ISO 17442: 20 characters, ISO 7064 MOD 97-10
well_formed  length and alphabet are right, whatever the check character says

Nothing is put right silently: a code in lower case or with spaces is a fault like any other.
"""

from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
LEI_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def uscc_fault(value: str) -> str | None:
    """None for a sound code; else what is wrong with its form, or which check character belongs there."""
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
    # A remainder of 1 alone would let 00, 01 and 99 pass as well, which stand for 97, 98 and 02.
    expected = str(mod_97_10.calc_check_digits(value[:-2]))
    return None if value[-2:] == expected else _check_fault(value, expected)


def _form_fault(value: str, length: int, alphabet: frozenset[str], described: str) -> str | None:
    if len(value) != length:
        return f"{value} has {len(value)} characters, not {length}"
    if strange := sorted(set(value) - alphabet):
        return f"{value} contains {' '.join(strange)}; it is made of {described}"
    return None


def _check_fault(value: str, expected: str) -> str:
    given = value[-len(expected) :]
    return f"the check character of {value} is {given}, but {expected} belongs there: a character was mistyped"


def well_formed(scheme: str, value: str) -> bool:
    """Check the length and the characters of a USCC or LEI; codes of other schemes have no form to check."""
    if scheme == "USCC":
        return len(value) == 18 and USCC_ALPHABET.issuperset(value)
    if scheme == "LEI":
        return len(value) == 20 and LEI_ALPHABET.issuperset(value)
    return True
