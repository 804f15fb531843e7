#!/usr/bin/env python3
"""Writes tests/golden/prompt_scorers.json: what Python makes of texts under the published scorers of prompts.

Needs nltk and sympy. The rules are those that judges/prompt_scorers.h names, put with Python's own string methods,
sympy's primes and NLTK's BLEU; common words are a list of this file, since only membership matters.
"""
import json
import pathlib
import re
import string

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from sympy import isprime

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMON = ["the", "is", "a", "of", "and", "it", "sky", "you", "blue", "what", "are", "doing", "i", "dont", "two"]
QUESTIONS = ["How are you doing?", "What is the capital of France?", "Who won, in 1999, the cup - and why?", "Why?",
             "The cat saw the dog and the dog saw the cat."]
ANSWERS = [
    "", "a", "A", "An apple a day keeps the doctor away.", "?doing you are How", "?France of capital the is What",
    "France of capital is What", "capital", "capital the", "doing doing doing doing you", "Paris", "France",
    "cat the saw dog the and dog the saw cat The", "the dog and the dog saw", "Why", "why why", "...", " ", "  two  spaces ",
    "The sky is blue. The sea is wide. Blue whales are blue.", "blue.blue. Blue", "BLUE", "A bluebell grows. ", ". . ",
    "THE SKY IS wide AND blue TODAY here NOW it rains ALWAYS", "ONE TWO THREE four FIVE six SEVEN eight nine ten ELEVEN",
    "ONE two THREE four FIVE six", "I don't know, it's 42 O'CLOCK!", "1 2 3 4", "ÉCOLE été ÇA ñ", "Здравствуй МИР как ДЕЛА",
    "line one\nline TWO\nLINE three", "e", "E", "Eerie eels eat every evening.", "Odd words: crepuscular, limpid & wry.",
    "the, is; a... of! and?", "Sesquipedalian (the)", "東京 は 首都", "ΑΒΓ αβγ", "What's the capital? France, of course: Paris.",
]


def prime_capitals(text):
    right, total = {True: 0, False: 0}, {True: 0, False: 0}
    for place, word in enumerate(text.split(" "), 1):
        capitals = place == 1 or isprime(place)
        total[capitals] += 1
        right[capitals] += word.isupper() if capitals else word.islower()
    shares = [right[kind] / total[kind] for kind in (True, False) if total[kind]]
    return sum(shares) / len(shares)


def second_capitals(text):
    words = text.split(" ")
    return sum(word.islower() if place % 2 else word.isupper() for place, word in enumerate(words)) / len(words)


def blue(text):
    sentences = text.split(". ")
    return sum(sentence.lower().count("blue") == 1 for sentence in sentences) / len(sentences)


def reverse_input(text, question):
    plain = [re.sub(r"[^\w\s]", "", part).lower().split() for part in (question, text)]
    return float(sentence_bleu([plain[0][::-1]], plain[1], smoothing_function=SmoothingFunction().method4))


def rare(text):
    words = text.translate(str.maketrans("", "", string.punctuation)).lower().split()
    return 1 - sum(word in COMMON for word in words) / len(words) if words else None


def main() -> None:
    rows = []
    for answer in ANSWERS:
        rows.append({"answer": answer, "always_start_with_A": float(answer.lower().startswith("a")),
                     "every_prime_capital": prime_capitals(answer), "every_second_capital": second_capitals(answer),
                     "every_sentence_blue": blue(answer), "never_user_e": 1 / (1 + answer.count("e")),
                     "use_rare_lexicon": rare(answer),
                     "reverse_input": [reverse_input(answer, question) for question in QUESTIONS]})
    golden = {"questions": QUESTIONS, "common_words": COMMON, "rows": rows}
    (ROOT / "tests" / "golden" / "prompt_scorers.json").write_text(
        json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
