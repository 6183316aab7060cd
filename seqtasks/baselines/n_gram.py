"""N-grams with Witten-Bell smoothing: the baseline of a language model."""

from collections.abc import Sequence

import numpy as np


def witten_bell(
    train: Sequence[np.ndarray],
    test: Sequence[np.ndarray],
    order: int,
    vocab_size: int,
    *,
    padded: bool = False,
) -> list[np.ndarray]:
    """The probability of each symbol of test sequences, by each n-gram up to an order.

    With ``c(h w)`` the times that ``w`` followed the context ``h`` in train, ``N(h)``
    their sum, ``T(h)`` the number of different symbols that followed, ``h'`` the
    context without its first symbol, and ``p = 1 / vocab_size`` below the empty
    context::

        p(w | h) = (c(h w) + T(h) p(w | h')) / (N(h) + T(h))

    After a context that train lacks it is ``p(w | h')``.

    Args:
        train: Sequences of integers from 0, each ``(symbols,)``.
        test: The same.
        order: Largest n; the context is n - 1 symbols long.
        vocab_size: Number of symbols that can come.
        padded: Make a sequence's beginning part of a context, as if n - 1 signs stood
            before it. Otherwise the context of the first symbols is shorter.

    Returns:
        For n = 1, …, order the probabilities of the symbols of all test sequences, end
        to end, ``(symbols,)``.

    References:
        Witten and Bell, The zero-frequency problem, IEEE Transactions on Information
        Theory 37 (1991), method C, https://doi.org/10.1109/18.87000; interpolated as in
        Chen and Goodman (1998), section 2.5.
    """
    sequences = [*train, *test]
    symbols = np.concatenate(sequences).astype(np.int64)
    place = np.concatenate([np.arange(len(one)) for one in sequences])
    is_train = np.arange(len(symbols)) < sum(map(len, train))
    padding = symbols.max() + 1
    base = padding + 1
    p = np.full(len(symbols), 1 / vocab_size)
    # the number of the context of each symbol, for growing n; those are left out whose
    # context train lacks: it lacks their longer contexts too
    known = np.arange(len(symbols))
    context = np.zeros(len(symbols), np.int64)
    probabilities = []
    for n in range(1, order + 1):
        if n > 1:
            inside = place[known] >= n - 1
            if not padded:
                known, context = known[inside], context[inside]
                inside = inside[inside]
            added = np.where(inside, symbols[known - (n - 1)], padding)
            context, seen = _numbered(context * base + added, is_train[known])
            known, context = known[seen], context[seen]
        gram, seen = _numbered(context * base + symbols[known], is_train[known])
        learned = is_train[known]
        totals = np.bincount(context[learned])
        counts = np.bincount(gram[learned])
        # each different gram adds one to the types of its context
        _, first = np.unique(gram[learned], return_index=True)
        types = np.bincount(context[learned][first], minlength=len(totals))
        count = np.where(seen, counts[gram], 0)
        p = p.copy()
        p[known] = (count + types[context] * p[known]) / (totals + types)[context]
        probabilities.append(p[~is_train])
    return probabilities


def _numbered(keys: np.ndarray, is_train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each key among the keys of train, and whether train has it."""
    different, inverse = np.unique(keys[is_train], return_inverse=True)
    of_test = np.searchsorted(different, keys[~is_train]).clip(max=len(different) - 1)
    numbers, seen = np.empty_like(keys), np.ones(len(keys), bool)
    numbers[is_train], numbers[~is_train] = inverse, of_test
    seen[~is_train] = different[of_test] == keys[~is_train]
    return numbers, seen
