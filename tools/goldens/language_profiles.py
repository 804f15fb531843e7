"""Writes judges/language_profiles.cpp from the n-gram profiles of langdetect 1.0.9 (pip install langdetect==1.0.9).

    python tools/goldens/language_profiles.py > judges/language_profiles.cpp

langdetect's profiles are those of Cybozu Labs' language-detection (Apache-2.0). Kept per language: n-grams of one and
two characters with a share of at least 1e-4 and the 200 commonest of three; all Chinese characters count as one.
"""

import json
import math
import os
from collections import defaultdict

import langdetect

FOLDER = os.path.join(os.path.dirname(langdetect.__file__), "profiles")
HAN = "\u4e00"

HEADER = """// Shares of n-grams in 54 languages, for judges/language.cpp: "language gramX gramX ...", where a space in an n-gram
// is written "_" and X stands for a share of 2^-(q/4) with q = X - '0'. Made by tools/goldens/language_profiles.py from
// the profiles of langdetect 1.0.9 (Copyright 2014-2015 Michal Danilak), which are those of language-detection
// (Copyright 2010-2014 Cybozu Labs, Inc.), both under the Apache License 2.0. Changed: rare n-grams left out, shares
// rounded, all Chinese characters folded into one, and the two kinds of Chinese into one language.
namespace bakeoff::judges {

extern const char* const kLanguageProfiles[];
const char* const kLanguageProfiles[] = {
    // clang-format off
"""


def fold(gram):
    return "".join(HAN if "\u4e00" <= c <= "\u9fff" else c for c in gram)


def shares(language):
    with open(os.path.join(FOLDER, language), encoding="utf-8") as file:
        profile = json.load(file)
    total = defaultdict(float)
    for gram, count in profile["freq"].items():
        if len(gram) <= 3:
            total[fold(gram)] += count / profile["n_words"][len(gram) - 1]
    short = [(g, p) for g, p in total.items() if len(g) < 3]
    long = sorted(((g, p) for g, p in total.items() if len(g) == 3), key=lambda pair: (-pair[1], pair[0]))
    return [pair for pair in sorted(short) + long[:200] if pair[1] >= 1e-4]


def main():
    print(HEADER, end="")
    for language in sorted(os.listdir(FOLDER)):
        if language == "zh-tw":
            continue
        words = [language.removesuffix("-cn")]
        for gram, share in shares(language):
            words.append(gram.replace(" ", "_") + chr(48 + min(70, round(-math.log2(share) * 4))))
        lines, line = [], ""
        for word in words:
            if len((line + word).encode()) > 110:
                lines.append(line)
                line = ""
            line += word + " "
        lines.append(line)
        for line in lines:
            escaped = line.replace("\\", "\\\\").replace('"', '\\"')
            print(f'    "{escaped}"')
        print("    ,")
    print("    // clang-format on\n    nullptr};\n\n}  // namespace bakeoff::judges")


main()
