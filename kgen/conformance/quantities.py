"""Amounts of resources, as the API server reads and compares them (apimachinery pkg/api/resource/quantity.go)."""

from __future__ import annotations

from typing import Any, Final

# An amount is counted in thousand-millionths, the finest that the API server knows; what is finer is rounded away from zero.
ONE: Final = 10**9
MOST: Final = (2**63 - 1) * ONE
DECIMAL: Final = {"n": 1, "u": 10**3, "m": 10**6, "": ONE, "k": 10**12, "M": 10**15, "G": 10**18, "T": 10**21, "P": 10**24, "E": 10**27}
BINARY: Final = {f"{letter}i": ONE * 1024**power for power, letter in enumerate("KMGTPE", start=1)}


def amount(value: Any) -> int:
    """A quantity whose form is right, in thousand-millionths."""
    if isinstance(value, int):
        return max(-MOST, min(value * ONE, MOST))
    text = str(value).strip()
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    number = digits.rstrip("numkKMGTPEi")
    suffix = digits[len(number) :]
    for letter in "eE":
        if letter in number:
            number, _, exponent = number.partition(letter)
            return sign * _scaled(number, int(exponent))
    unit = BINARY.get(suffix) or DECIMAL.get(suffix) or ONE
    whole, rest = _parts(number)
    return sign * min(_divided(int((whole + rest) or "0") * unit, 10 ** len(rest)), MOST)


def _parts(number: str) -> tuple[str, str]:
    """The digits before and behind the point, no more of them than make a difference."""
    whole, _, rest = number.partition(".")
    whole, rest = whole.lstrip("0"), rest.rstrip("0")
    if len(whole) > 100:
        whole = "9" * 100
    return whole, f"{rest[:100]}1" if len(rest) > 100 else rest


def _scaled(number: str, exponent: int) -> int:
    whole, rest = _parts(number)
    mantissa, exponent = int((whole + rest) or "0"), exponent - len(rest) + 9
    if not mantissa or exponent >= 0:
        return min(mantissa * 10 ** min(exponent, 40), MOST) if mantissa else 0
    return min(_divided(mantissa, 10 ** min(-exponent, 10_000)), MOST)


def _divided(number: int, by: int) -> int:
    return -(-number // by)


def rounded(value: Any) -> int:
    """The amount of an entry in a list of resources: these are rounded up to thousandths, away from zero (SetDefaults_ResourceList)."""
    exact = amount(value)
    thousandths = _divided(abs(exact), 10**6) * 10**6
    return -thousandths if exact < 0 else thousandths


def power(value: Any) -> bool:
    """Whether a quantity, as the API server writes it, is a 1 with a unit of thousands or of 1024s: what a divisor may be."""
    text, found = str(value).strip(), amount(value)
    if any(letter in text[:-1] for letter in "eE"):
        return found == ONE  # written with an exponent, which stays
    if text.endswith("i"):
        return found in BINARY.values()
    return found >= ONE and found in DECIMAL.values()
