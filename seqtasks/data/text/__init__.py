"""Texts: corpora, labelled texts, words, grammars that make them."""
