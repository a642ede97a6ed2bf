"""The forms of names: for each, what is wrong with a text, in the API server's words; nothing where it has the form.

Sources: kubernetes 1.36.3, apimachinery pkg/util/validation/validation.go and pkg/api/validate/content; the rules are the same in all
supported minors, the words nearly so. Lengths are counted in bytes of UTF-8, as Go counts them.
"""

from __future__ import annotations

from typing import Final

LABEL: Final = "must consist of lower-case letters, digits and '-', and start and end with a letter or digit"
SUBDOMAIN: Final = "must consist of lower-case letters, digits, '-' and '.', and each part start and end with a letter or digit"
LABEL_1035: Final = "must consist of lower-case letters, digits and '-', start with a letter, and end with a letter or digit"
KEY: Final = "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit"
WORD: Final = "must be empty, or consist of letters, digits, '-', '_' and '.' with a letter or digit at both ends"

# As in `string`, which is not worth its import here.
LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
LETTERS: Final = LOWER + LOWER.upper()
DIGITS: Final = "0123456789"
# What is left of a text when the letters of a form are taken out is empty where it has no others.
_LOWER: Final = str.maketrans("", "", LOWER + DIGITS + "-")
_DOTTED: Final = str.maketrans("", "", LOWER + DIGITS + "-.")
_WORD: Final = str.maketrans("", "", LETTERS + DIGITS + "-_.")
_ENDS: Final = frozenset(LOWER + DIGITS)
_WORD_ENDS: Final = frozenset(LETTERS + DIGITS)


def is_label(text: str) -> bool:
    """Whether a text is one part of a DNS name, of any length (RFC 1123)."""
    return text != "" and not text.translate(_LOWER) and text[0] != "-" and text[-1] != "-"


def is_subdomain(text: str) -> bool:
    """Whether a text is a DNS name, of any length."""
    return not text.translate(_DOTTED) and all(part and part[0] in _ENDS and part[-1] in _ENDS for part in text.split("."))


def is_word(text: str) -> bool:
    """Whether a text is a label's value that is not empty, or the last part of its key; of any length."""
    return text != "" and not text.translate(_WORD) and text[0] in _WORD_ENDS and text[-1] in _WORD_ENDS


def too_long(text: str, most: int) -> bool:
    return len(text) > most or (len(text) * 4 > most and len(text.encode()) > most)


def _sized(text: str, most: int) -> list[str]:
    return [f"must be no more than {most} characters"] if too_long(text, most) else []


def label(text: str) -> list[str]:
    """A DNS label (RFC 1123): namespaces, containers, volumes."""
    found = _sized(text, 63)
    if not is_label(text):
        found.append("must not contain dots" if is_subdomain(text) else LABEL)
    return found


def subdomain(text: str) -> list[str]:
    """A DNS name in lower case (RFC 1123): most objects' names."""
    return _sized(text, 253) + ([] if is_subdomain(text) else [SUBDOMAIN])


def cron_job(text: str) -> list[str]:
    """The name of a CronJob, whose jobs get eleven characters more."""
    return subdomain(text) + (["must be no more than 52 characters"] if too_long(text, 52) else [])


def underscored(text: str) -> list[str]:
    """A DNS name in lower case whose labels may have underscores."""
    bare = ".".join(part[1:] if part[:1] == "_" else part for part in text.split("."))
    fits = all(part and part[0] in _ENDS and part[-1] in _ENDS and not part.replace("_", "").translate(_LOWER) for part in bare.split("."))
    return _sized(text, 253) + ([] if fits else [SUBDOMAIN])


def label_1035(text: str) -> list[str]:
    """A DNS label that starts with a letter (RFC 1035): Services before 1.36, names inside a CRD."""
    return _sized(text, 63) + ([] if is_label(text) and text[0] in LOWER else [LABEL_1035])


def path_segment(text: str) -> list[str]:
    """What can stand in a URL's path: roles and bindings, and everything else besides its own form."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return path_prefix(text)


def path_prefix(text: str) -> list[str]:
    return [f"may not contain '{each}'" for each in "/%" if each in text]


def key(text: str) -> list[str]:
    """A label's key, or any other qualified name: `name` or `prefix.example/name`."""
    parts = text.split("/")
    if len(parts) > 2:
        return [f"{KEY}, with at most one DNS name and '/' in front (such as example.com/MyName)"]
    found = []
    if len(parts) == 2:
        found = ["prefix part must be non-empty"] if not parts[0] else [f"prefix part {each}" for each in subdomain(parts[0])]
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    else:
        found += [f"name part {each}" for each in _sized(name, 63)]
        if not is_word(name):
            found.append(f"name part {KEY}")
    return found


def annotation_key(text: str) -> list[str]:
    """An annotation's key: as a label's, but capitals may stand in its prefix."""
    return key(text.lower())


def value(text: str) -> list[str]:
    """A label's value."""
    return _sized(text, 63) + ([] if not text or is_word(text) else [WORD])


def _no_way_up(text: str) -> list[str]:
    if text in (".", ".."):
        return [f"must not be '{text}'"]
    return ["must not start with '..'"] if text.startswith("..") else []


def config_key(text: str) -> list[str]:
    """A key of a ConfigMap or a Secret."""
    words = "must consist of letters, digits, '-', '_' and '.'"
    wrong = [words] if not text or text.translate(_WORD) else []
    return [*_sized(text, 253), *wrong, *_no_way_up(text)]


def variable(text: str) -> list[str]:
    """The name of an environment variable, before 1.32."""
    wrong = not text or text.translate(_WORD) or text[0] in DIGITS
    words = "must consist of letters, digits, '_', '-' and '.', and not start with a digit"
    return ([words] if wrong else []) + _no_way_up(text)


def variable_relaxed(text: str) -> list[str]:
    """The name of an environment variable, since 1.32."""
    if not text:
        return ["environment variable name must be non-empty"]
    fits = all(" " <= letter <= "~" and letter != "=" for letter in text)
    return [] if fits else ["must consist only of printable ASCII characters other than '='"]


def port_name(text: str) -> list[str]:
    """The name of a container's port, by which others may call it."""
    found = _sized(text, 15)
    if not text or text.translate(_LOWER):
        found.append("must contain only lower-case letters, digits and '-'")
    if not any(letter in LOWER for letter in text):
        found.append("must contain at least one letter")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text[:1] == "-" or text[-1:] == "-":
        found.append("must not begin or end with a hyphen")
    return found


def header(text: str) -> list[str]:
    """The name of an HTTP header, as probes send it."""
    fits = text and not text.translate(_WORD) and "_" not in text and "." not in text
    return [] if fits else ["must consist of letters, digits and '-'"]


def percent(text: str) -> list[str]:
    """A share, such as 25%."""
    fits = text[-1:] == "%" and text[:-1].isascii() and text[:-1].isdigit()
    return [] if fits else ["must be a whole number followed by '%', such as 25%"]


def signer(text: str) -> list[str]:
    """The name of a certificate signer: `example.com/name` (pkg/apis/core/validation/names.go)."""
    domain, slash, path = text.partition("/")
    if not slash or "/" in path:
        return ["must be a fully qualified domain and path of the form 'example.com/signer-name'"]
    found = _sized(domain, 253)
    found += next(([f'validating label "{part}": {each}' for each in wrong] for part in domain.split(".") if (wrong := label(part))), [])
    if "." not in domain:
        found.append("should be a domain with at least two segments separated by dots")
    found += next(([f'validating label "{part}": {each}' for each in wrong] for part in path.split(".") if (wrong := subdomain(part))), [])
    return found + _sized(text, 253 + 253 + 63 + 2)
