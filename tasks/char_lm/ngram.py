"""Character n-grams with Witten-Bell smoothing: the baseline of a language model."""

import math
from collections import Counter


class WittenBell:
    """The n-gram model of Witten and Bell, interpolated down to the uniform.

    With ``c(h w)`` the times that ``w`` followed the context ``h``, ``N(h)`` their sum,
    ``T(h)`` the number of different symbols that followed, ``h'`` the context without
    its first symbol, and ``p = 1 / vocab_size`` below the empty context::

        p(w | h) = (c(h w) + T(h) p(w | h')) / (N(h) + T(h))

    Args:
        text: The training text.
        order: n; the context is ``n - 1`` symbols long.
        vocab_size: The number of symbols there are.

    References:
        Witten and Bell, The zero-frequency problem, IEEE Transactions on Information
        Theory 37 (1991), method C, https://doi.org/10.1109/18.87000; interpolated as in
        Chen and Goodman (1998), section 2.5.
    """

    def __init__(self, text: str, order: int, vocab_size: int):
        self.order = order
        self.vocab_size = vocab_size
        self._counts: list[Counter[str]] = []
        self._totals: list[Counter[str]] = []
        self._types: list[Counter[str]] = []
        for n in range(1, order + 1):
            counts = Counter(text[i : i + n] for i in range(len(text) - n + 1))
            totals: Counter[str] = Counter()
            types: Counter[str] = Counter()
            for gram, count in counts.items():
                totals[gram[:-1]] += count
                types[gram[:-1]] += 1
            self._counts.append(counts)
            self._totals.append(totals)
            self._types.append(types)

    def probability(self, symbol: str, context: str, order: int | None = None) -> float:
        """The probability of a symbol after a context, of which the end is used."""
        p = 1 / self.vocab_size
        for n in range(1, (order or self.order) + 1):
            if len(context) < n - 1:
                break
            h = context[len(context) - n + 1 :]
            types = self._types[n - 1][h]
            if not types:
                break
            count = self._counts[n - 1][h + symbol]
            p = (count + types * p) / (self._totals[n - 1][h] + types)
        return p

    def bits_per_character(self, text: str, order: int | None = None) -> float:
        """The mean of ``-log2 p`` over a text, each symbol after those before it."""
        width = (order or self.order) - 1
        bits = 0.0
        for i, symbol in enumerate(text):
            bits -= math.log2(
                self.probability(symbol, text[max(0, i - width) : i], order)
            )
        return bits / len(text)
