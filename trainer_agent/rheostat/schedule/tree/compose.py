"""Two expressions on one clock made into one, with braces where the text would need them."""

from __future__ import annotations

from .nodes import Atom, Block, Clip, Expression, Product, Seq, Sum

__all__ = ["product", "summed"]


def product(left: Expression, right: Expression) -> Product:
    """Multiply; the factors of a product join those of the other."""
    return Product(of=(*_factors(left), *_factors(right)))


def summed(left: Expression, right: Expression, sign: str) -> Sum:
    """Add (``+``) or take away (``-``); the terms of a sum on the left stay terms."""
    of, signs = (left.of, left.signs) if isinstance(left, Sum) else ((_term(left),), "")
    return Sum(of=(*of, _term(right)), signs=signs + sign)


def _factors(node: Expression) -> tuple[Expression, ...]:
    return node.of if isinstance(node, Product) else (_single(node),)


def _single(node: Expression) -> Atom:
    """Put braces around what would bind looser than a product."""
    return Block(body=Seq((node,))) if isinstance(node, Sum | Product | Clip) else node


def _term(node: Expression) -> Expression:
    """Put braces around what would bind looser than a sum."""
    return Block(body=Seq((node,))) if isinstance(node, Sum | Clip) else node
