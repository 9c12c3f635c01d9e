"""The source of a plain function as arithmetic of the language, where it is nothing but arithmetic."""

from __future__ import annotations

import ast
import inspect
import math
import operator
import textwrap
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import FunctionType, ModuleType

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.tree.nodes import spell

__all__ = ["constant", "expression"]

_OPERATORS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1), ast.Sub: ("-", 1), ast.Mult: ("*", 2), ast.Div: ("/", 2), ast.Pow: ("^", 4),
}  # fmt: skip
_FOLDED: Mapping[type[ast.operator], Callable[[float, float], object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Pow: operator.pow,
}  # fmt: skip
# As the language calls them, with the number of their arguments.
_CALLS = {"min": 0, "max": 0, "sqrt": 1, "exp": 1, "log": 1, "cos": 1, "tanh": 1, "floor": 1, "abs": 1}
_SAME = {"fabs": "abs", "float": "", "minimum": "min", "maximum": "max", "int": "floor"}
_MODULES = ("math", "numpy")
# Characters of source that are searched for a lambda.
_LONGEST = 2000
_WAY_OUT = "give sample=True and a total to have it called once for each step and a curve fitted"


def expression(function: object) -> str:
    """Return a function of the step as arithmetic in ``t``.

    Raises ConversionError where it is more than arithmetic: branches, loops, calls to anything but the
    functions of the language, names whose values are no numbers.
    """
    argument, body, names = _body(function)
    return _Writer(argument, names).write(body, 0)


def constant(function: object) -> float | None:
    """Return the value of a function that does not look at the step; None where it does."""
    argument, body, names = _body(function)
    value = _Writer(argument, names).number(body)
    return None if value is None else float(value)


class _Writer:
    """Writes arithmetic; what does not depend on the step is worked out."""

    def __init__(self, argument: str, names: Mapping[str, object]) -> None:
        self._argument = argument
        self._names = names

    def write(self, node: ast.expr, outer: int) -> str:
        """Write a node; in parentheses where it binds looser than what is around it."""
        value = self.number(node)
        if value is not None:
            if value < 0:
                return f"(0 - {spell(-value)})"
            return spell(value)
        if isinstance(node, ast.Name) and node.id == self._argument:
            return "t"
        if isinstance(node, ast.BinOp):
            return self._operation(node, outer)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return f"(0 - {self.write(node.operand, 2)})"
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _refusal(f"'{ast.unparse(node)[:60]}' is no arithmetic")

    def _operation(self, node: ast.BinOp, outer: int) -> str:
        if isinstance(node.op, ast.FloorDiv):
            return f"floor({self.write(node.left, 2)} / {self.write(node.right, 3)})"
        if isinstance(node.op, ast.Mod):
            left, right = self.write(node.left, 3), self.write(node.right, 3)
            return f"({left} - {right} * floor({left} / {right}))"
        found = _OPERATORS.get(type(node.op))
        if found is None:
            raise _refusal(f"'{ast.unparse(node)[:60]}' is no arithmetic")
        sign, binding = found
        power = sign == "^"
        text = f"{self.write(node.left, binding + power)}{sign if power else f' {sign} '}"
        text += self.write(node.right, binding + 1)
        return f"({text})" if binding < outer else text

    def _call(self, node: ast.Call) -> str:
        name = self._called(node.func)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise _refusal(f"'{ast.unparse(node)[:60]}' has no words")
        written = [self.write(argument, 0) for argument in node.args]
        if name == "pow" and len(written) == 2:
            return f"({self.write(node.args[0], 5)}^{self.write(node.args[1], 5)})"
        name = _SAME.get(name, name)
        if not name:
            return f"({written[0]})"
        if name not in _CALLS or (_CALLS[name] and len(written) != _CALLS[name]):
            raise _refusal(f"the call '{ast.unparse(node)[:60]}' has no words")
        return f"{name}({', '.join(written)})"

    def _called(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and node.id not in self._names:
            return node.id
        found = self._value(node)
        if getattr(found, "__module__", None) in _MODULES or type(found).__name__ == "ufunc":
            return str(getattr(found, "__name__", ""))
        raise _refusal(f"the call '{ast.unparse(node)[:60]}' has no words")

    def _value(self, node: ast.expr) -> object:
        """Return what a name stands for, looking into modules of mathematics only."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.Attribute):
            module = self._value(node.value)
            if isinstance(module, ModuleType) and module.__name__ in _MODULES:
                found: object = getattr(module, node.attr, None)
                return found
        return None

    def number(self, node: ast.expr) -> float | None:
        """Return the value of a node without the step in it."""
        if isinstance(node, ast.Constant):
            return _plain(node.value)
        if isinstance(node, ast.Name) and node.id == self._argument:
            return None
        if isinstance(node, ast.Name | ast.Attribute):
            value = _plain(self._value(node))
            if value is None:
                raise _refusal(f"'{ast.unparse(node)}' is no number")
            return value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            inner = self.number(node.operand)
            return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            left, right = self.number(node.left), self.number(node.right)
            if left is not None and right is not None:
                return _folded(node, left, right)
        return None


def _folded(node: ast.BinOp, left: float, right: float) -> float | None:
    apply = _FOLDED.get(type(node.op))
    try:
        return None if apply is None else _plain(apply(left, right))
    except (ArithmeticError, ValueError):
        raise _refusal(f"'{ast.unparse(node)[:60]}' has no value") from None


def _plain(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(float(value)) else None  # type: ignore[arg-type]


def _refusal(why: str) -> ConversionError:
    return ConversionError(f"the function cannot be read as arithmetic: {why}; {_WAY_OUT}")


def _body(function: object) -> tuple[str, ast.expr, Mapping[str, object]]:
    """Return the name of a function's argument, the expression it returns, and the names it sees."""
    if not isinstance(function, FunctionType):
        raise _refusal(f"{type(function).__module__}.{type(function).__qualname__} is no plain function")
    try:
        lines, _ = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise _refusal("its source is not at hand") from None
    argument, body = _returned(function, "".join(lines))
    names: dict[str, object] = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:
            raise _refusal(f"'{name}' has no value yet") from None
    return argument, body, names


def _returned(function: FunctionType, text: str) -> tuple[str, ast.expr]:
    arguments = inspect.signature(function).parameters
    if len(arguments) != 1 or function.__defaults__ or function.__kwdefaults__:
        raise _refusal("it takes more than the step")
    name = next(iter(arguments))
    flat = textwrap.dedent(text)
    if function.__name__ == "<lambda>":
        return name, _of_lambda(
            function, flat, len(text) - len(text.lstrip()) - len(flat) + len(flat.lstrip())
        )
    tree = ast.parse(flat).body[0]
    if not isinstance(tree, ast.FunctionDef) or tree.decorator_list:
        raise _refusal("it is no plain function")
    body = [n for n in tree.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        raise _refusal("it has more than one statement")
    return name, body[0].value


def _of_lambda(function: FunctionType, text: str, removed: int) -> ast.expr:
    """Find a lambda in the lines it was written on, by the column of its code."""
    found = _lambdas(text)
    if len(found) > 1:
        first = function.__code__.co_firstlineno
        places = {
            (line - first + 1, column)
            for line, _, column, _ in function.__code__.co_positions()
            if line is not None and column is not None
        }
        found = [
            (node, shift)
            for node, shift in found
            if (node.body.lineno, node.body.col_offset + removed + (shift if node.body.lineno == 1 else 0))
            in places
        ]
        # An outer lambda's code does not begin where an inner one's does, but an inner one may lie in it.
        found = found[-1:] if _nested([node for node, _ in found]) else found
    if len(found) != 1:
        raise _refusal("its source cannot be told from others on the same line")
    return found[0][0].body


def _nested(nodes: list[ast.Lambda]) -> bool:
    return all(inner in set(ast.walk(outer)) for outer, inner in pairwise(nodes))


def _lambdas(text: str) -> list[tuple[ast.Lambda, int]]:
    """Parse the lines a lambda stands on, which may be the middle of a statement.

    Each comes with the columns of its first line that had to be cut off.
    """
    start = text.find("lambda")
    for cut in (0, start):
        for end in range(min(len(text), _LONGEST), start, -1):
            try:
                tree = ast.parse(text[cut:end])
            except SyntaxError:
                continue
            found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
            if found:
                return [(node, cut) for node in found]
    return []
