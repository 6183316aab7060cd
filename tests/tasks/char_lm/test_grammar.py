import math
import random

import pytest
from seqtasks.tasks.char_lm import grammar as module
from seqtasks.tasks.char_lm.grammar import entropy_per_character, grammar


@pytest.fixture(scope="module")
def corpus():
    return grammar()


def test_the_same_text_in_every_process(corpus):
    assert corpus.parts["train"].startswith("the to that sils the zazars sils the ")
    assert {split: len(text) for split, text in corpus.parts.items()} == {
        "train": 360_028,
        "validation": 20_011,
        "test": 20_012,
    }


def test_a_source_worked_by_hand(monkeypatch):
    # one word of 1 or 3 letters and a full stop, then a newline: 1 bit in 3 or 5
    # characters
    monkeypatch.setattr(module, "_RULES", {"sentence": [(1.0, ["WORD"])]})
    lexicon = {"WORD": [(0.5, "a"), (0.5, "abc")]}
    assert entropy_per_character(lexicon) == pytest.approx(1 / 4)


def test_recursion_worked_by_hand(monkeypatch):
    # a^n with probability 2^-n: 2 bits, 2 words, so 2 * 2 + 1 characters
    monkeypatch.setattr(
        module,
        "_RULES",
        {"sentence": [(0.5, ["A"]), (0.5, ["A", "sentence"])]},
    )
    assert entropy_per_character({"A": [(1.0, "a")]}) == pytest.approx(2 / 5)


def test_the_exact_entropy_is_what_sentences_cost_on_average():
    rng = random.Random(0)
    lexicon = module._lexicon(random.Random("words 0"))
    bits = characters = 0.0
    for _ in range(4000):
        cost, size = derive(lexicon, rng, "sentence")
        bits += cost
        characters += size + 1
    assert bits / characters == pytest.approx(entropy_per_character(lexicon), rel=0.02)


def derive(lexicon, rng, symbol):
    """The bits and the characters of one derivation, drawn apart from the module's."""
    if symbol in lexicon:
        weights, words = zip(*lexicon[symbol], strict=True)
        index = rng.choices(range(len(words)), weights)[0]
        return -math.log2(weights[index]), len(words[index]) + 1
    weights, rules = zip(*module._RULES[symbol], strict=True)
    index = rng.choices(range(len(rules)), weights)[0]
    parts = [derive(lexicon, rng, part) for part in rules[index]]
    bits = -math.log2(weights[index]) + sum(cost for cost, _ in parts)
    return bits, sum(size for _, size in parts)


def test_a_word_comes_from_one_symbol_only():
    lexicon = module._lexicon(random.Random("words 0"))
    words = [word for symbol in lexicon.values() for _, word in symbol]
    assert len(words) == len(set(words))


def test_verbs_agree_with_their_subjects(corpus):
    lexicon = module._lexicon(random.Random("words 0"))
    plural = {word for _, word in lexicon["NOUN_P"]}
    standing = {word for _, word in lexicon["STAND_P"]}
    sentences = [line[:-1].split() for line in corpus.parts["test"].splitlines()]
    short = [words for words in sentences if len(words) == 3 and words[0] == "the"]
    assert len(short) > 50
    for _, noun, verb in short:
        assert (noun in plural) == (verb in standing)
