"""The string formats that the API server asserts, each as a function from text to yes or no.

They follow k8s.io/kube-openapi pkg/validation/strfmt, which CRD validation uses, also where it is looser or odder than the standard
that a format is named after. A format's name is taken without its dashes. Formats that are not here are not asserted, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kgen.expressions import expression

Holds = Callable[[str], object]


def pattern(source: str, flags: int = 0) -> Holds:
    """A format that is one expression, compiled when it is first asked; `\\d` and `\\s` mean ASCII in RE2, and so here."""
    compiled: re.Pattern[str] | None = None

    def holds(text: str) -> object:
        nonlocal compiled
        if compiled is None:
            compiled = re.compile(rf"(?:{source})\Z", flags | re.ASCII)
        return compiled.match(text)

    return holds


# ---- addresses -----------------------------------------------------------------------------------------------------------------


def up_to(digits: str, most: int) -> bool:
    """Whether a text is a number up to `most`; leading zeros are taken."""
    bare = digits.lstrip("0")
    return digits.isascii() and digits.isdigit() and len(bare) <= len(str(most)) and int(bare or "0") <= most


def ipv4_parts(text: str) -> bool:
    """Four numbers up to 255; leading zeros are taken (k8s.io/utils/net ParseIPSloppy)."""
    parts = text.split(".")
    return len(parts) == 4 and all(up_to(part, 255) for part in parts)


def ipv6_parts(text: str) -> bool:
    """An IPv6 address without a zone, its last 32 bits perhaps as IPv4."""
    head, gap, tail = text.partition("::")
    if gap and "::" in tail:
        return False
    groups = [part for side in (head, tail) if side for part in side.split(":")]
    size = len(groups)
    if groups and "." in groups[-1] and (tail or not gap):
        if not ipv4_parts(groups.pop()):
            return False
        size += 1
    if not all(len(part.lstrip("0")) <= 4 and re.fullmatch("[0-9A-Fa-f]+", part) for part in groups):
        return False
    return size <= 7 if gap else size == 8


def ipv4(text: str) -> bool:
    # An IPv4 address that is written as IPv6 has dots too, and is taken.
    return "." in text and (ipv4_parts(text) or ipv6_parts(text))


def go_address(text: str) -> bool:
    """An address as Go itself reads it (net.ParseIP): no leading zeros in a dotted part, at most four digits in the others."""
    if not (ipv4_parts(text) or ipv6_parts(text)):
        return False
    dotted = text.rpartition(":")[2].split(".")
    zeros = len(dotted) > 1 and any(part != "0" and part.startswith("0") for part in dotted)
    return not zeros and all(len(part) <= 4 for part in text.split(":") if "." not in part)


def ipv6(text: str) -> bool:
    return ":" in text and go_address(text)


def cidr(text: str) -> bool:
    address, _, bits = text.partition("/")
    return (ipv4_parts(address) and up_to(bits, 32)) or (ipv6_parts(address) and up_to(bits, 128))


def mac(text: str) -> bool:
    """6, 8 or 20 bytes: by twos with one of `:` and `-`, by fours with `.`, or without anything between."""
    if not text.isascii() or len(text) < 12:
        return False
    if text[2] in ":-":
        parts, each = text.split(text[2]), 2
    elif text[4] == ".":
        parts, each = text.split("."), 4
    else:
        parts, each = [text], len(text)
    return all(len(part) == each and re.fullmatch("[0-9A-Fa-f]+", part) for part in parts) and each * len(parts) in (12, 16, 40)


# ---- names ---------------------------------------------------------------------------------------------------------------------


def hostname(text: str) -> bool:
    """An internationalised host name; a last label after a dot has letters only."""
    if len(text.encode()) > 255 or any(len(part.encode()) > 63 for part in text.split(".")):
        return False
    from kgen.structure.matching import linear

    return linear(HOSTNAME)(text)


# As strfmt has it: letters, digits and symbols of any script.
HOSTNAME: Final = (
    r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)"
    r"|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$"
)
LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
short_name: Final = pattern(LABEL)
long_name: Final = pattern(rf"{LABEL}(\.{LABEL})*")

# net/mail.ParseAddress: a bare address, one in <> with a name in front, or a group of one; comments where it takes them.
TEXT: Final = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-"
QUOTED: Final = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"'
COMMENT: Final = r"\((?:[^()\\]|\\.)*\)"
NAME: Final = rf"(?:[{TEXT}.]|{QUOTED})(?:[{TEXT}. \t]|{QUOTED}|{COMMENT})*"
DOTTED: Final = rf"[{TEXT}]+(?:\.[{TEXT}]+)*"
ADDRESS: Final = rf"[ \t]*(?:{DOTTED}|(?!\"\"){QUOTED})@[ \t]*(?:{DOTTED}|\[(?P<literal>[^\[\]\\\x00-\x20\x7f]*)\])"
AROUND: Final = rf"[ \t]*(?:{COMMENT}[ \t]*)*"
EMAILS: Final = (
    ADDRESS + AROUND,
    rf"[ \t]*(?:{NAME})?<{ADDRESS}>{AROUND}",
    rf"[ \t]*{NAME}:(?:[ \t]*(?:{NAME})?<{ADDRESS}>){AROUND};{AROUND}",
    rf"[ \t]*{NAME}:{ADDRESS}{AROUND};{AROUND}",
)


def email(text: str) -> bool:
    for shape in EMAILS:
        found = re.fullmatch(shape, text, re.ASCII | re.DOTALL)
        if found:
            return found["literal"] is None or go_address(found["literal"])
    return False


HEX_PAIR: Final = r"%[0-9A-Fa-f]{2}"
USER: Final = expression(rf"(?:[A-Za-z0-9._:~!$&'()*+,;=@-]|{HEX_PAIR})*")
# In a host only bytes beyond ASCII may be escaped (net/url).
HOST: Final = expression(r"""(?:[A-Za-z0-9._~!$&'()*+,;=:\[\]<>"-]|[^\x00-\x7f]|%25|%[89A-Fa-f][0-9A-Fa-f])*""")
ZONE: Final = expression(rf"""(?:[A-Za-z0-9._~!$&'()*+,;=:\[\]<>"-]|[^\x00-\x7f]|{HEX_PAIR})+""")
PORT: Final = expression(r"(?::[0-9]*)?")
ESCAPES: Final = expression(rf"(?:[^%]|{HEX_PAIR})*", re.DOTALL)
SCHEME: Final = expression(r"([A-Za-z][A-Za-z0-9+.-]*):")


def uri(text: str) -> bool:
    """An absolute URI or an absolute path (net/url.ParseRequestURI)."""
    if not text or any(letter < " " or letter == "\x7f" for letter in text):
        return False
    if text == "*":
        return True
    if text.startswith(":"):
        return False
    scheme = SCHEME.match(text)
    rest = (text[scheme.end() :] if scheme else text).partition("?")[0]
    if not rest.startswith("/"):
        return scheme is not None
    if scheme and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, at, host = authority.rpartition("@")
        if at and not USER.fullmatch(user):
            return False
        if not uri_host(host, scheme[1].lower()):
            return False
    return ESCAPES.fullmatch(rest) is not None


def uri_host(host: str, scheme: str) -> bool:
    if "[" in host:
        inner, bracket, port = host[1:].rpartition("]")
        address, zone, name = inner.partition("%25")
        return (
            host.rfind("[") == 0
            and bool(bracket)
            and PORT.fullmatch(port) is not None
            and ipv6(address)
            and (not zone or ZONE.fullmatch(name) is not None)
        )
    if ":" in host:
        # Only http and https are held to one colon.
        port = host[host.index(":") :] if scheme in ("http", "https") else host[host.rindex(":") :]
        if not PORT.fullmatch(port):
            return False
    return HOST.fullmatch(host) is not None


# ---- times ---------------------------------------------------------------------------------------------------------------------

DATE: Final = expression(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME: Final = expression(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))")


def date(text: str) -> bool:
    found = DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    if not 1 <= month <= 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def date_time(text: str) -> bool:
    parts = text.lower().split("t")
    if len(parts) < 2 or not date(parts[0]):
        return False
    found = TIME.fullmatch(parts[1])
    return found is not None and found[1] <= "23" and found[2] <= "59" and found[3] <= "59"


GO_DURATION: Final = expression(r"[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
GO_PART: Final = expression(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
NANOSECONDS: Final = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
# The number is never taken in part, so that a long one takes no more than linear time.
WORDED: Final = expression(r"(?<![0-9])([0-9]++)[\t\n\f\r ]*([A-Za-zµ]+)")
UNITS: Final = (
    ("ns", "nano"),
    ("us", "µs", "micro"),
    ("ms", "milli"),
    ("s", "sec"),
    ("m", "min"),
    ("h", "hr", "hour"),
    ("d", "day"),
    ("w", "wk", "week"),
)


def go_duration(text: str) -> bool:
    """What Go's time.ParseDuration takes: `1h30m`, `1.5s`, up to about 292 years."""
    if not GO_DURATION.fullmatch(text):
        return False
    total = 0
    for whole, rest, unit in GO_PART.findall(text):
        if len(whole.lstrip("0")) > 19:
            return False
        rest = rest[:30]  # what is beyond is less than a nanosecond
        whole = whole.lstrip("0")
        total += int(whole or 0) * NANOSECONDS[unit] + (int(int(rest) * NANOSECONDS[unit] / 10 ** len(rest)) if rest else 0)
    return total < 2**63 or (total == 2**63 and text.startswith("-"))


def duration(text: str) -> bool:
    """A Go duration, or a number and a unit in words somewhere in the text (`2 weeks`)."""
    if go_duration(text):
        return True
    found = False
    for number, word in WORDED.findall(text):
        if not up_to(number, 2**63 - 1):
            return False
        unit = word.lower()
        found = found or any(unit in variants or unit.startswith(variants[-1]) for variants in UNITS)
    return found


# ---- numbers and codes ---------------------------------------------------------------------------------------------------------


def isbn(text: str, length: int) -> bool:
    bare = re.sub(r"[\s-]+", "", text, flags=re.ASCII)
    if length == 10:
        if not re.fullmatch("[0-9]{9}[0-9X]", bare):
            return False
        return sum((at + 1) * (10 if digit == "X" else int(digit)) for at, digit in enumerate(bare)) % 11 == 0
    if not re.fullmatch("[0-9]{13}", bare):
        return False
    return sum((3 if at % 2 else 1) * int(digit) for at, digit in enumerate(bare)) % 10 == 0


CARD: Final = expression(
    "4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}"
    "|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}"
)


def credit_card(text: str) -> bool:
    digits = re.sub("[^0-9]+", "", text)
    if not CARD.fullmatch(digits):
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


RGB: Final = r"\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*"
# The empty text is not base64 to strfmt.
base64: Final = pattern("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
STANDARD_BASE64: Final = expression("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
# What Flux's postBuild, a vault plugin or SOPS replaces before anything is applied.
PLACEHOLDER: Final = expression(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def go_bytes(text: str) -> bool:
    """Bytes of a kind that is built into Kubernetes (encoding/base64, which skips line breaks), or a placeholder for them."""
    return STANDARD_BASE64.fullmatch(text.replace("\n", "").replace("\r", "")) is not None or PLACEHOLDER.fullmatch(text) is not None


RFC3339: Final = expression(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|[+-]([0-9]{2}):([0-9]{2}))")


def go_time(text: str) -> bool:
    """A time of a kind that is built into Kubernetes (time.RFC3339)."""
    found = RFC3339.fullmatch(text)
    if not found or not date(found[1]):
        return False
    hour, minute, second, offset_hours, offset_minutes = (int(part or 0) for part in found.groups()[1:])
    return hour <= 23 and minute <= 59 and second <= 59 and offset_hours <= 24 and offset_minutes <= 60


QUANTITY: Final = expression(r"[+-]|[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,18})?")


def go_quantity(text: str) -> bool:
    """An amount of a resource (apimachinery pkg/api/resource ParseQuantity); a sign alone is zero there."""
    return QUANTITY.fullmatch(text.strip()) is not None


def uuid(version: str, variant: str) -> Holds:
    return pattern(rf"[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{version}-?{variant}-?[0-9a-f]{{12}}", re.IGNORECASE)


FORMATS: Final[dict[str, Holds]] = {
    "bsonobjectid": pattern("[0-9A-Fa-f]{24}"),
    "byte": base64,
    "cidr": cidr,
    "creditcard": credit_card,
    "date": date,
    "datetime": date_time,
    "duration": duration,
    "email": email,
    "hexcolor": pattern("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "hostname": hostname,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "isbn": lambda text: isbn(text, 10) or isbn(text, 13),
    "isbn10": lambda text: isbn(text, 10),
    "isbn13": lambda text: isbn(text, 13),
    "k8slongname": lambda text: len(text.encode()) <= 253 and long_name(text),
    "k8sshortname": lambda text: len(text.encode()) <= 63 and short_name(text),
    "mac": mac,
    "rgbcolor": pattern(rf"rgb\({RGB},{RGB},{RGB}\)"),
    "ssn": lambda text: len(text) == 11 and pattern(r"\d{3}[- ]?\d{2}[- ]?\d{4}")(text),
    "uri": uri,
    "uuid": uuid("[0-9a-f]{4}", "[0-9a-f]{4}"),
    "uuid3": uuid("3[0-9a-f]{3}", "[0-9a-f]{4}"),
    "uuid4": uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    "uuid5": uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    # Of kinds that are built in: told apart by a name that no CRD can use.
    "go bytes": go_bytes,
    "go quantity": go_quantity,
    "go time": go_time,
}
NAMED: Final = {
    "bsonobjectid": "a BSON object ID",
    "byte": "base64",
    "cidr": "a network such as 10.0.0.0/16",
    "creditcard": "a credit card number",
    "date": "a date such as 2026-01-31",
    "datetime": "a time such as 2026-01-31T12:00:00Z",
    "duration": "a duration such as 30s or 1h30m",
    "email": "an e-mail address",
    "hexcolor": "a colour such as #1a2b3c",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "isbn": "an ISBN",
    "isbn10": "an ISBN of 10 digits",
    "isbn13": "an ISBN of 13 digits",
    "k8slongname": "a DNS name in lower case, at most 253 characters",
    "k8sshortname": "a DNS label in lower case, at most 63 characters",
    "mac": "a MAC address",
    "rgbcolor": "a colour such as rgb(1,2,3)",
    "ssn": "a social security number",
    "uri": "an absolute URI or path",
    "uuid": "a UUID",
    "uuid3": "a UUID of version 3",
    "uuid4": "a UUID of version 4",
    "uuid5": "a UUID of version 5",
    "go bytes": "base64",
    "go quantity": "a quantity such as 500m or 1Gi",
    "go time": "a time such as 2026-01-31T12:00:00Z",
}


def asserted(name: str) -> str | None:
    """The key of a string format that is asserted; None for the others."""
    bare = name.replace("-", "")
    return bare if bare in FORMATS else None
