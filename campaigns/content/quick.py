"""A short way for what nearly every output is: `{{ customer.name }}`, with or without a default,
where the value is a text that is there. Whatever else stands there goes the library's way, which
asks of every value twenty things that it might be.
"""

from __future__ import annotations

from typing import Final, TextIO

from liquid import RenderContext, Token
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import Output, OutputNode
from liquid.expression import Expression
from markupsafe import escape

_HARMLESS: Final = "default"  # leaves a text that is there as it is


class QuickOutputNode(OutputNode):
    """An output; `way` has the names that lead to its value, or is empty."""

    __slots__ = ("way",)

    def __init__(self, token: Token, expression: Expression) -> None:
        super().__init__(token, expression)
        self.way = _way(expression)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if self.way:
            value: object = context.scope
            for name in self.way:
                # A mapping of another kind may have a mind of its own.
                if value is not context.scope and type(value) is not dict:
                    break
                value = value.get(name)
            else:
                if type(value) is str and value and not value.isspace():
                    return buffer.write(escape(value) if context.autoescape else value)
        return super().render_to_output(context, buffer)


class QuickOutput(Output):
    node_class = QuickOutputNode


# helpers


def _way(expression: Expression) -> tuple[str, ...]:
    if type(expression) is not FilteredExpression or type(expression.left) is not Path:
        return ()
    if any(filter_.name != _HARMLESS for filter_ in expression.filters or ()):
        return ()
    path = expression.left.path
    names = tuple(name for name in path if isinstance(name, str))
    return names if len(names) == len(path) else ()
