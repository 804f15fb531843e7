#!/usr/bin/env python3
"""Writes tests/golden/sentiment.json: what NLTK's VADER makes of texts.

Needs nltk, vader_lexicon.txt of the Python package vaderSentiment 2.5, and vaderSentiment.py of its release 3.3.2:

    tools/goldens/sentiment.py vader_lexicon.txt vaderSentiment.py [PUBLIC_TEST_DATA]

Texts are the package's own examples, texts that reach each rule (below), and the answers of PandaLM's test set, of
which only the scores are kept: [negative, neutral, positive, compound].
"""
import ast
import json
import pathlib
import sys

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = ("sentences", "tricky_sentences", "conceptList", "nonEnglish_sentences")
RULES = [
    "", " ", "a", "I", "sad", "SAD", "Sad.", '"sad"', "'sad", "sad?!?", "sad?!?!?", "...sad", "!!sad", "so-sad",
    "don't be sad", "I'm not sad", "never so good", "never this good", "it was never so very good", "so good", "SO GOOD",
    "this is very GOOD", "this is VERY good", "this is VERY bad", "it is hardly bad at all", "kind of good", "sort of bad",
    "It is sort of really bad", "just enough good food here", "the least good", "least good", "at least good", "very least good",
    "you are the shit", "that is the bomb today", "a bad ass man", "he is a bad ass", "what a kiss of death it was",
    "yeah right you love it", "we do cut the mustard, great", "he lives hand to mouth and is sad",
    "good but bad", "bad but good but bad", "BUT good", "good good good", "good GOOD good", "not good not good not good",
    "I cannot say that this is good", "it wasn't the least bit good", "nothing is worse", "without doubt a good book",
    "Good!!!!!!", "good?", "good??", "good???", "good????", "Why? Why?! sad", ":) :( :D :-) <3 </3", "8-) :'( >:(",
    "ÉCOLE triste, SAD day", "СЧАСТЬЕ is good", "été good", "good\u00a0bad\u2003ugly", "good\nbad\tugly\r\n", "👍 good 😀",
    "no good", "no, it is good", "rarely happy and seldom glad", "uh-uh, great", "AIN'T great", "N'T bad", "kind", "kind of",
    "KIND OF great people", "fed up with can't stand", "lol LOL Lol", "ok", "x-p XP xp", "b4 sad", "100% awful",
    "Everything is pointless. We will all die alone, and nobody will weep.",
]


def scores(analyzer, text):
    found = analyzer.polarity_scores(text)
    return [found[name] for name in ("neg", "neu", "pos", "compound")]


def examples(source):
    """The strings of the lists in the package's demonstration."""
    texts = []
    for node in ast.walk(ast.parse(pathlib.Path(source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id in LISTS:
                texts += ast.literal_eval(node.value)
            elif node.targets[0].id == "paragraph":
                texts.append(ast.literal_eval(node.value))
    return texts


def main() -> None:
    lexicon, source = sys.argv[1:3]
    data = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else ROOT.parent / "shared" / "data"
    analyzer = SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)
    analyzer.lexicon_file = pathlib.Path(lexicon).read_text(encoding="utf-8").rstrip("\n")
    analyzer.lexicon = analyzer.make_lex_dict()
    analyzer.constants = VaderConstants()
    texts = examples(source) + RULES
    pairs = json.loads((data / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    answers = [pair[name] for pair in pairs for name in ("response1", "response2") if isinstance(pair[name], str)]
    golden = {"rows": [{"text": text, "scores": scores(analyzer, text)} for text in texts],
              "pandalm": [scores(analyzer, answer) for answer in answers]}
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in golden["rows"])
    published = ",\n".join("  " + json.dumps(row) for row in golden["pandalm"])
    (ROOT / "tests" / "golden" / "sentiment.json").write_text(
        '{"rows": [\n' + rows + '\n ],\n "pandalm": [\n' + published + "\n ]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
