"""Are lines said in their order? Held against other orders of them."""

from collections.abc import Sequence
from enum import Enum
from itertools import islice, permutations

import numpy as np

from audioset.hearing.align.ear.features import Features
from audioset.hearing.align.grid import explained
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.whose.ways import Attempt, plain_agreement, search_lines
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line

LEAST_CREDIT = 2.4  # lines below it are said in no order
# Below these credits the order of so few lines is held against others.
_FEWER_LINES, _PLAIN_CREDIT = 12, 4.2
_SOME_LINES, _PLAIN_CREDIT_OF_MORE = 20, 3.2
# Below these credits lines are not said, and no order of them is ahead of others.
_CHANCE_CREDIT, _ORDER_CREDIT = 1.0, 1.5
_NUM_ORDERS, _NUM_ORDERS_SEARCHED = 32, 3
_SPREAD_OF_CREDIT = 0.5  # of other orders of the same lines
# Deviations: of the first sign, and of three together.
_LEAST_AHEAD, _PERHAPS_AHEAD, _CLEARLY_AHEAD = -1.0, 1.0, 3.2
# Of the lines of right transcripts 45 to 90 % lie at the same places whether a plain reading is
# supposed or not, of those of wrong ones 7 to 37 %, where people do read plainly.
_AGREEING_SHARE = 0.42
# Of so few lines all orders are tried. Half of them teach next to nothing: own transcripts have a
# credit of 1.9 to 3.4, those in another order 1.9 to 2.8.
_FEW_LINES, _LEAST_OF_FEW = 4, 1.2
_WORTH_A_LINE = 0.5  # of what a line explains that was found: less is gained by chance
_MOVED_SHARE, _LEAST_MOVED = 0.15, 2  # lines that are said out of order only


class InOrder(Enum):
    """Whether lines are said, and in this order."""

    YES = 1
    LIKELY = 2  # ahead of other orders, by a credit that is not beyond doubt
    PERHAPS = 3
    NO = 4


def tell_order(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    ways: Sequence[Attempt],
) -> InOrder:
    """Tell whether lines are said, and in this order.

    Args:
        features: of the source.
        lines: what is said.
        copies: how often each line is said; None = unknown.
        options: how to look.
        ways: how they were found, the best first, which has a credit.
    """
    way = ways[0]
    if way.credit >= LEAST_CREDIT and _is_moved(way.search.placed):
        return InOrder.NO
    if way.credit >= _plain_credit(len(lines)):
        return InOrder.YES
    if len(lines) <= _FEW_LINES:
        may_be = way.credit >= _LEAST_OF_FEW and _is_best_of_all(features, way)
        return InOrder.PERHAPS if may_be else InOrder.NO
    if way.credit < _CHANCE_CREDIT:
        return InOrder.NO
    is_worth_it = way.credit >= _ORDER_CREDIT
    ahead = _ahead_of_others(features, lines, copies, options, way) if is_worth_it else -np.inf
    if ahead >= _CLEARLY_AHEAD:
        return InOrder.LIKELY
    if ahead >= _PERHAPS_AHEAD or plain_agreement(ways) >= _AGREEING_SHARE:
        return InOrder.PERHAPS
    return InOrder.NO


def _plain_credit(num_lines: int) -> float:
    """Give the credit at which the order of so many lines is beyond doubt."""
    if num_lines <= _FEWER_LINES:
        return _PLAIN_CREDIT
    return _PLAIN_CREDIT_OF_MORE if num_lines <= _SOME_LINES else LEAST_CREDIT


def _is_moved(placed: Sequence[Placed]) -> bool:
    """Tell whether many lines are said where their order does not lead, and nowhere else."""
    ordered = {span.line for span in placed if not span.out_of_order}
    found = {span.line for span in placed}
    return len(found - ordered) >= max(_LEAST_MOVED, _MOVED_SHARE * len(found))


def _ahead_of_others(
    features: Features,
    lines: Sequence[Line],
    copies: Sequence[int | None],
    options: AlignOptions,
    way: Attempt,
) -> float:
    """Give how far lines are ahead of other orders.

    Three signs are added up, each in deviations: what they explain by the voice alone, and their
    usual credit, in both of which other orders are next to nothing to what is said, and it alone.
    """
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(lines)).tolist() for _ in range(_NUM_ORDERS)]
    own, *others = _worth_of_orders(features, way, orders)
    ahead = float(own - np.mean(others)) / max(1e-6, float(np.std(others)))
    if ahead < _LEAST_AHEAD:
        return ahead
    credits = []
    for order in orders[:_NUM_ORDERS_SEARCHED]:
        moved, some = [lines[k] for k in order], [copies[k] for k in order]
        other = search_lines(features, moved, some, options, way.voice, way.is_plain)
        credits.append(other.usual_credit)
    ahead += float(way.usual_credit - np.mean(credits)) / _SPREAD_OF_CREDIT
    return ahead + min(0.0, way.usual_credit - LEAST_CREDIT) / _SPREAD_OF_CREDIT


def _is_best_of_all(features: Features, way: Attempt) -> bool:
    """Tell whether no other order of a few lines explains much more, by the voice alone."""
    orders = [list(order) for order in islice(permutations(range(len(way.copies))), 1, None)]
    own, *others = _worth_of_orders(features, way, orders)
    found = len({span.line for span in way.search.placed})
    return max(others, default=0.0) <= own * (1 + _WORTH_A_LINE / found)


def _worth_of_orders(
    features: Features, way: Attempt, orders: Sequence[Sequence[int]]
) -> list[float]:
    """Give what lines explain by the voice alone in their own order, then in others."""
    cepstra, templates = way.search.cepstra, way.search.templates
    return [
        explained(features, cepstra, templates.taken(order), [way.copies[k] for k in order])
        for order in (range(len(way.copies)), *orders)
    ]
