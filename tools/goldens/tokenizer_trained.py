#!/usr/bin/env python3
"""Trains the small tokenizers of tests/golden/tokenizers and writes what their libraries make of hard texts.

    python tools/goldens/tokenizer_trained.py tests/golden/tokenizers [--train]

Without --train those that are there stay (training draws lots) and only what is expected of them is written anew. Needs tokenizers and sentencepiece. Each NAME.json (tokenizer.json) or NAME.model (SentencePiece) comes with lines in
expected_json.jsonl or expected_model.jsonl: {"tokenizer", "text", "ids", "special", "decoded", "skipped"}: ids without and with add_special_tokens, and
the text of the latter with special tokens and without. The texts to train on are the Python documentation strings below
and the hard texts themselves, so that everything needed is in this file.
"""
import io
import json
import pathlib
import sys
import tempfile
import unicodedata

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

WORDS = "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people".split()
HARD = [
    "", " ", "  ", "a", "Hello, World!", " leading", "trailing ", "  two  spaces  ", "tab\tnew\nline\r\nend", "don't I'll WE'RE", "1234567 89", "x=1+2*3;",
    "naïve café", "nai\u0308ve cafe\u0301", "ﬁne ½ ① Ⅷ", "İstanbul ß ẞ", "日本語のテキスト", "한국어", "देवनागरी", "👨‍👩‍👧 family 🇩🇪", "\u0000\u0001\u007f", "a\u00a0b\u3000c\u200bd", "<s>hello</s>",
    "<x> <x>a<x>", "word wordy sword", " word ", "<unk>", "▁the▁of", "Ġthe", "<0x0A>", "hello.world-foo_bar", "ＡＢＣ１２３", "e\u0301\u0323", "the the the  the", "???!!!...", "aaaaaaaaaaaaaaaaaaaa", "ΑΣ ΟΔΟΣ", "\ufffd\ufeff",
]
# Marks in pairs (unknown ones fuse where no word ends between them): of Unicode 8 and before, later ones, and two that were marks then.
MARKS = [2 * chr(c) for c in (0x2E42, 0xA9C1, 0x1E95E, 0x2E43, 0x2E52, 0x61D, 0xA76, 0x1B4E, 0x10F86, 0x11F43, 0x12FF1, 0x166D, 0x111C9)]
CORPUS = [f"{a} {b} {a}{b}, {b}'s {i}." for i, (a, b) in enumerate(zip(WORDS * 3, WORDS[7:] * 3 + WORDS))] + [text for text in HARD if text.isprintable()]


def bpe(normalizer, pre_tokenizer, decoder, post=None, added=(), size=400, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, pre_tokenizer, decoder
    special = [options["unk_token"]] if options.get("unk_token") else []
    bytes_ = [f"<0x{i:02X}>" for i in range(256)] if options.get("byte_fallback") else []
    more = {key: options[key] for key in ("continuing_subword_prefix", "end_of_word_suffix") if key in options}
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=size, special_tokens=special + ["<s>", "</s>"] + bytes_, show_progress=False, limit_alphabet=60, **more))
    if bytes_:  # the trainer lists all special tokens as added: bytes are none
        content = json.loads(tokenizer.to_str())
        content["added_tokens"] = [token for token in content["added_tokens"] if not token["content"].startswith("<0x")]
        tokenizer = Tokenizer.from_str(json.dumps(content))
    finish(tokenizer, post, added)
    return tokenizer


def finish(tokenizer, post, added):
    tokenizer.add_tokens(list(added))
    if post:
        tokenizer.post_processor = post(tokenizer)


def unigram(normalizer, pre_tokenizer, decoder, post=None, added=()):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, pre_tokenizer, decoder
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False))
    finish(tokenizer, post, added)
    return tokenizer


def template(tokenizer):
    return processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")])


def roberta(tokenizer):
    return processors.RobertaProcessing(("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")))


def charsmap(rule):
    model = train_sentencepiece(rule, "unigram")
    from sentencepiece import sentencepiece_model_pb2
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    return proto.normalizer_spec.precompiled_charsmap


def small_rules():
    """Rules like nmt_nfkc's for some hundred texts: the whole set takes 240 kB of a model."""
    rules = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in [*range(0xA0, 0x180), *range(0xFF01, 0xFF5F), *range(0xFB00, 0xFB07), *range(0x2150, 0x2190), 0x3000, 0xBD, 0x2460]}
    rules |= {letter + mark: unicodedata.normalize("NFC", letter + mark) for letter in "aeiouE" for mark in "\u0300\u0301\u0308\u0323"}
    rules |= {c: " " for c in "\t\n\r\u200b\ufeff"} | {chr(c): "" for c in range(1, 9)}
    file = tempfile.NamedTemporaryFile("w", suffix=".tsv", delete=False)
    with file:
        for text, to in rules.items():
            if text != to:
                file.write(" ".join(f"{ord(c):X}" for c in text) + "\t" + " ".join(f"{ord(c):X}" for c in to) + "\n")
    return file.name


def train_sentencepiece(rule, kind, **options):
    out = io.BytesIO()
    options |= {"normalization_rule_tsv": small_rules()} if rule == "small" else {"normalization_rule_name": rule}
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=out, model_type=kind, vocab_size=options.pop("vocab_size", 500 if options.get("byte_fallback") else 260),
                                             hard_vocab_limit=False, character_coverage=0.98, minloglevel=2, **options)
    return out.getvalue()


def split(pattern, behavior, invert=False):
    return pre_tokenizers.Split(pattern, behavior, invert)


def json_tokenizers():
    byte_level, fuse = decoders.ByteLevel(), decoders.Fuse()
    word = AddedToken("word", single_word=True, normalized=False)
    strip = AddedToken("<x>", lstrip=True, rstrip=True, normalized=False)
    normal = AddedToken("HELLO", normalized=True)
    spm = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    yield "bytes_roberta", bpe(None, pre_tokenizers.ByteLevel(add_prefix_space=True), byte_level, roberta, [strip, word])
    yield "bytes_split", bpe(normalizers.NFC(), pre_tokenizers.Sequence([split(Regex(r"\p{N}{1,3}"), "isolated"), split(Regex(r"\w+|[^\w\s]+|\s+"), "removed", True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), byte_level, template, [normal])
    yield "fallback", bpe(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None, spm, template, unk_token="<unk>", fuse_unk=True, byte_fallback=True, size=600)
    yield "lower_strip", bpe(normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents(), normalizers.Strip(), normalizers.Replace(Regex(r"\s{2,}"), " ")]), pre_tokenizers.Whitespace(), fuse, None, [normal, word], unk_token="<unk>")
    yield "nfkc_punctuation", bpe(normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()]), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_previous"), pre_tokenizers.Digits(individual_digits=False)]), fuse, None, unk_token="<unk>", fuse_unk=True)
    yield "nfkd_affixes", bpe(normalizers.NFKD(), pre_tokenizers.CharDelimiterSplit(" "), fuse, None, unk_token="<unk>", continuing_subword_prefix="##", end_of_word_suffix="</w>")
    for behavior in ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]:
        yield f"split_{behavior}", bpe(None, split(Regex(r"[aeiou ]"), behavior), fuse, None, size=200, unk_token="<unk>")
    yield "metaspace_first", bpe(None, pre_tokenizers.Metaspace(prepend_scheme="first"), decoders.Metaspace(prepend_scheme="first"), template, [strip], unk_token="<unk>")
    yield "unigram_metaspace", unigram(normalizers.Precompiled(charsmap("small")), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]), decoders.Metaspace(), template, [strip])


def sentencepiece_models():
    yield "sp_unigram_rules", train_sentencepiece("small", "unigram", user_defined_symbols=["<x>", "word"])
    yield "sp_unigram_identity", train_sentencepiece("identity", "unigram", byte_fallback=True, remove_extra_whitespaces=False, add_dummy_prefix=False)
    yield "sp_bpe_rules", train_sentencepiece("small", "bpe", user_defined_symbols=["<x>"])
    yield "sp_bpe_fallback", train_sentencepiece("identity", "bpe", byte_fallback=True, remove_extra_whitespaces=False, split_digits=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    keep = "--train" not in sys.argv
    for name, tokenizer in json_tokenizers():
        file = folder / f"{name}.json"
        if keep and file.exists():
            tokenizer = Tokenizer.from_file(str(file))
        tokenizer.save(str(file), pretty=False)
        for text in HARD + (MARKS if "punctuation" in name else []):
            ids, special = (tokenizer.encode(text, add_special_tokens=flag).ids for flag in (False, True))
            rows.append({"tokenizer": name + ".json", "text": text, "ids": ids, "special": special,
                         "decoded": tokenizer.decode(special, skip_special_tokens=False), "skipped": tokenizer.decode(special, skip_special_tokens=True)})
    for name, model in sentencepiece_models():
        file = folder / f"{name}.model"
        if keep and file.exists():
            model = file.read_bytes()
        file.write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        for text in HARD:
            rows.append({"tokenizer": name + ".model", "text": text, "plain": processor.encode(text)})
            if processor.unk_id() not in rows[-1]["plain"]:
                rows[-1]["decoded"] = processor.decode(rows[-1]["plain"])
    for part, kept in [("expected_json", [row for row in rows if "ids" in row]), ("expected_model", [row for row in rows if "plain" in row])]:
        with open(folder / f"{part}.jsonl", "w", encoding="utf-8") as out:
            for row in kept:
                out.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
