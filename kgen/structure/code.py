"""Python code as syntax trees, made from fixed pieces: what a schema brings is only ever put in as a constant."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any


class _Filled(ast.NodeTransformer):
    """Puts nodes where a piece of code has the names of its holes."""

    def __init__(self, holes: Mapping[str, Any]) -> None:
        self.holes = holes

    def visit_Name(self, node: ast.Name) -> Any:
        hole = self.holes.get(node.id, node)
        return ast.Name(hole.id, node.ctx) if isinstance(hole, ast.Name) else hole

    def visit_Expr(self, node: ast.Expr) -> Any:
        # A hole that stands alone takes statements.
        if isinstance(node.value, ast.Name) and isinstance(self.holes.get(node.value.id), list):
            return self.holes[node.value.id] or ast.Pass()
        return self.generic_visit(node)


def code(source: str, **holes: ast.expr | list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a fixed piece of code, its upper-case names replaced by the nodes given."""
    filled = _Filled(holes).visit(ast.parse(source))
    assert isinstance(filled, ast.Module)
    return filled.body


def term(source: str, **holes: ast.expr) -> ast.expr:
    """As `code`, for one expression."""
    statement = code(source, **holes)[0]
    assert isinstance(statement, ast.Expr)
    return statement.value


def name(text: str) -> ast.Name:
    """A variable, read."""
    return ast.Name(text, ast.Load())


def literal(value: Any) -> ast.expr:
    """The expression that makes a fresh copy of plain data."""
    if isinstance(value, dict):
        return ast.Dict([literal(key) for key in value], [literal(below) for below in value.values()])
    if isinstance(value, list):
        return ast.List([literal(below) for below in value], ast.Load())
    if isinstance(value, tuple):
        return ast.Tuple([literal(below) for below in value], ast.Load())
    assert value is None or isinstance(value, str | int | float | bool)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def one_of(values: Iterable[str | int]) -> ast.expr:
    """A set of constants, which Python keeps as one."""
    return ast.Set([literal(value) for value in values])


def every(terms: list[ast.expr]) -> ast.expr:
    """All of the terms; true for none."""
    return terms[0] if len(terms) == 1 else ast.BoolOp(ast.And(), terms) if terms else ast.Constant(True)


def some(terms: list[ast.expr]) -> ast.expr:
    """One of the terms at least; false for none."""
    return terms[0] if len(terms) == 1 else ast.BoolOp(ast.Or(), terms) if terms else ast.Constant(False)


def no(value: ast.expr) -> ast.expr:
    """The opposite."""
    return ast.UnaryOp(ast.Not(), value)
