import pytest
from seqtasks.tasks.captioning.captioned_clips import plain
from seqtasks.tasks.text_classification.words import words_of

from seqtasks.data.words import same_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("cafe\u0301s", ["caf\xe9s"]),
        ("İstanbul'da", ["i\u0307stanbul", "'da"]),
        ("مَرْحَبًا بالعالم", ["مَرْحَبًا", "بالعالم"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        # written without blanks: vowel signs stay, each character is a word
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("我们去。", ["我", "们", "去", "。"]),
        ("안녕하세요 세계", ["안녕하세요", "세계"]),
        ("👩\u200d👩\u200d👧 🇩🇪🇫🇷 ok\u200f", ["👩\u200d👩\u200d👧", "🇩🇪", "🇫🇷", "ok"]),
        ("naïve x² 3.5", ["naïve", "x²", "0", ".", "0"]),
    ],
)
def test_words_of_many_scripts(text, words):
    assert words_of(text) == words


def test_captions_have_the_same_words():
    assert plain("Un cafe\u0301, l’homme दुनिया! 👍") == "un caf\xe9 l'homme दुनिया"


def test_equal_forms_are_equal():
    forms = ["CAFÉ  crème", "cafe\u0301 cre\u0300me", " café\ncrème "]
    assert len({same_text(form) for form in forms}) == 1
    assert same_text("room 12") != same_text("room 34")
    assert same_text("what?") != same_text("what")
