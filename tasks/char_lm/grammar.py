"""Sentences of a random grammar whose entropy per character is known exactly."""

import math
import random
from collections.abc import Iterator

import numpy as np
from seqtasks.tasks.char_lm.corpora import Corpus

from seqtasks.task import Source, Split

CHARACTERS: dict[Split, int] = {"train": 360_000, "validation": 20_000, "test": 20_000}

# The number of the subject decides the form of its verb, which a relative clause may
# put far away. Each sentence has one derivation only, so that the entropy of sentences
# is that of derivations.
_RULES: dict[str, list[tuple[float, list[str]]]] = {
    "sentence": [(0.5, ["noun_s", "verb_s"]), (0.5, ["noun_p", "verb_p"])],
    "noun_s": [
        (0.5, ["THE", "NOUN_S"]),
        (0.25, ["THE", "ADJECTIVE", "NOUN_S"]),
        (0.25, ["THE", "NOUN_S", "THAT", "verb_s"]),
    ],
    "noun_p": [
        (0.5, ["THE", "NOUN_P"]),
        (0.25, ["THE", "ADJECTIVE", "NOUN_P"]),
        (0.25, ["THE", "NOUN_P", "THAT", "verb_p"]),
    ],
    "verb_s": [
        (0.5, ["STAND_S"]),
        (0.25, ["SEE_S", "noun_s"]),
        (0.25, ["SEE_S", "noun_p"]),
    ],
    "verb_p": [
        (0.5, ["STAND_P"]),
        (0.25, ["SEE_P", "noun_s"]),
        (0.25, ["SEE_P", "noun_p"]),
    ],
}
_WORDS = {"NOUN": 40, "ADJECTIVE": 20, "STAND": 20, "SEE": 20}


def grammar(seed: int = 0) -> Corpus:
    """Sentences drawn from one grammar; the splits are drawn apart from each other.

    Args:
        seed: Decides the words and the sentences.
    """
    lexicon = _lexicon(random.Random(f"words {seed}"))
    return Corpus(
        {
            split: _text(lexicon, random.Random(f"{split} {seed}"), count)
            for split, count in CHARACTERS.items()
        },
        Source(
            "grammar",
            "sentences of a random grammar in which verbs agree with far subjects",
            "generated here; no rights",
        ),
        entropy=entropy_per_character(lexicon),
    )


def entropy_per_character(lexicon: dict[str, list[tuple[float, str]]]) -> float:
    """The entropy of the source in bits a character: H(sentence) / E(length).

    Both are expectations over derivations. For a symbol X whose rule r has the
    probability p_r and the parts Y, ``H(X) = Σ p_r (-log2 p_r + Σ H(Y))`` and ``E(X) =
    Σ p_r Σ E(Y)``: linear equations.
    """
    symbols = list(_RULES)
    index = {symbol: i for i, symbol in enumerate(symbols)}
    matrix = np.eye(len(symbols))
    entropy = np.zeros(len(symbols))
    length = np.zeros(len(symbols))
    for symbol, rules in _RULES.items():
        row = index[symbol]
        for p, parts in rules:
            entropy[row] -= p * math.log2(p)
            for part in parts:
                if part in index:
                    matrix[row, index[part]] -= p
                else:
                    words = lexicon[part]
                    entropy[row] -= p * sum(q * math.log2(q) for q, _ in words)
                    # each word is followed by one blank or full stop
                    length[row] += p * sum(q * (len(word) + 1) for q, word in words)
    start = index["sentence"]
    bits = np.linalg.solve(matrix, entropy)[start]
    newline = 1
    return float(bits / (np.linalg.solve(matrix, length)[start] + newline))


def _lexicon(rng: random.Random) -> dict[str, list[tuple[float, str]]]:
    """Made-up words with probabilities falling as 1 / rank; all words differ."""
    used = {"the", "that"}

    def word() -> str:
        while True:
            made = "".join(
                rng.choice("bdfgklmnprstvz") + rng.choice("aeiou")
                for _ in range(rng.choice((1, 2, 2, 3)))
            ) + rng.choice(("", "n", "r", "l"))
            # inflected forms must not meet another word either
            if not {made, made + "s"} & used:
                used.update((made, made + "s"))
                return made

    lexicon = {"THE": [(1.0, "the")], "THAT": [(1.0, "that")]}
    for kind, count in _WORDS.items():
        weights = [1 / rank for rank in range(1, count + 1)]
        probabilities = [weight / sum(weights) for weight in weights]
        stems = [word() for _ in range(count)]
        plain = list(zip(probabilities, stems, strict=True))
        inflected = [(p, stem + "s") for p, stem in plain]
        if kind == "ADJECTIVE":
            lexicon[kind] = plain
        elif kind == "NOUN":
            lexicon["NOUN_S"], lexicon["NOUN_P"] = plain, inflected
        else:
            lexicon[f"{kind}_S"], lexicon[f"{kind}_P"] = inflected, plain
    return lexicon


def _text(lexicon, rng: random.Random, characters: int) -> str:
    """Whole sentences, one a line, until there are so many characters."""
    lines, size = [], 0
    while size < characters:
        line = " ".join(_derive("sentence", lexicon, rng)) + ".\n"
        lines.append(line)
        size += len(line)
    return "".join(lines)


def _derive(symbol: str, lexicon, rng: random.Random) -> Iterator[str]:
    if symbol in lexicon:
        probabilities, words = zip(*lexicon[symbol], strict=True)
        yield rng.choices(words, probabilities)[0]
        return
    probabilities, rules = zip(*_RULES[symbol], strict=True)
    for part in rng.choices(rules, probabilities)[0]:
        yield from _derive(part, lexicon, rng)
