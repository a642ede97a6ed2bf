"""Text from a file that others wrote, made safe to print: it must not control a terminal, break a line or make XML unreadable."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` with every control, format, bidirectional, private and unassigned character as an escape (`\\n`, `\\x1b`, `\\u202e`)."""
    return text if text.isprintable() else "".join(escaped(character) for character in text)


def escaped(character: str) -> str:
    """One character as it may be printed; a tab and a line break too become escapes."""
    if character.isprintable():
        return character
    # The names that a reader knows come first, then the shortest escape that Python, JSON and YAML readers understand.
    short = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(character)
    point = ord(character)
    return short or (f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}")
