"""Makes tokenizer.json files as people have them, and says which ids they give."""

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from answering import answer

TEXTS = ["the good book of the sea", "a bad book, and a BAD day", "naïve cafés in the rain: 3.5 km", "seas and books"] * 20


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # The special tokens come in an order of their own.
    special = ["[MASK]", "[SEP]", "[UNK]", "[PAD]", "[CLS]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(show_progress=False, vocab_size=120, special_tokens=special))
    pair = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=pair)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(show_progress=False, vocab_size=60, special_tokens=["<pad>", "<s>", "<unk>"], unk_token="<unk>")
    tokenizer.train_from_iterator(TEXTS, trainer)
    # These two come last.
    tokenizer.add_special_tokens(["</s>", "<mask>"])
    pair = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=pair)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def bpe():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(show_progress=False, vocab_size=300, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")), add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


KINDS = {"WordPiece": wordpiece, "Unigram": unigram, "BPE": bpe}


def encode(kind, texts, length):
    tokenizer = KINDS[kind]()
    tokenizer.enable_truncation(length)
    return {"json": tokenizer.to_str(), "ids": [encoding.ids for encoding in tokenizer.encode_batch(texts)]}


answer(encode)
