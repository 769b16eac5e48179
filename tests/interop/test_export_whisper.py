"""A dataset of ours streams into the pipeline that people fine-tune Whisper with."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.training.optional import require
from tests.workspaces import add_source, make_workspace

datasets = require("datasets", "REQUIRE_DATASETS")
transformers = require("transformers", "REQUIRE_TRANSFORMERS")
torch = require("torch", "REQUIRE_TORCH")

WORDS = ("aye", "no", "bonnie", "ken")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    ws = make_workspace(tmp_path / "scots", sources=0)
    for number, word in enumerate(WORDS):
        add_source(
            ws, f"{word}.mp4", 2, text=f"{word} aye", split="train" if number else "validation"
        )
    ws.publish(track=False)
    ws.export("huggingface", "scots@v1", tmp_path / "hf", sampling_rate=16_000)
    return tmp_path / "hf"


def tiny_tokenizer() -> Any:
    """Whole words, with the marks that Whisper's own tokenizer has."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    marks = ["<|endoftext|>", "<|startoftranscript|>", "<unk>"]
    words = {word: number for number, word in enumerate([*marks, *WORDS])}
    made = Tokenizer(WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=marks[0], bos_token=marks[1], unk_token="<unk>"
    )


def test_batches_are_what_whisper_trains_on(to: Path) -> None:
    extractor = transformers.WhisperFeatureExtractor()
    tokenizer = tiny_tokenizer()

    def prepare(example: dict[str, Any]) -> dict[str, Any]:
        sound, rate = soundfile.read(io.BytesIO(example["audio"]["bytes"]), dtype="float32")
        features = extractor(sound, sampling_rate=rate).input_features[0]
        return {"input_features": features, "labels": tokenizer(example["text"]).input_ids}

    def collate(examples: list[dict[str, Any]]) -> dict[str, Any]:
        inputs = [{"input_features": each["input_features"]} for each in examples]
        batch = extractor.pad(inputs, return_tensors="pt")
        labels = tokenizer.pad(
            [{"input_ids": each["labels"]} for each in examples], return_tensors="pt"
        )
        hidden = labels["attention_mask"].ne(1)
        return {**batch, "labels": labels["input_ids"].masked_fill(hidden, -100)}

    stream = datasets.load_dataset(str(to), split="train", streaming=True)
    stream = stream.cast_column("audio", datasets.Audio(decode=False))
    ready = stream.shuffle(seed=1, buffer_size=4).map(prepare, remove_columns=stream.column_names)
    batches = list(torch.utils.data.DataLoader(ready, batch_size=4, collate_fn=collate))
    assert [tuple(batch["input_features"].shape) for batch in batches] == [
        (4, 80, 3000),
        (2, 80, 3000),
    ]
    texts = [tokenizer.decode([t for t in row if t >= 0]) for b in batches for row in b["labels"]]
    assert sorted(texts) == sorted(f"{word} aye" for word in WORDS[1:] for _ in range(2))
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(
            vocab_size=len(tokenizer), d_model=8, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=1, decoder_attention_heads=1, encoder_ffn_dim=8,
            decoder_ffn_dim=8, pad_token_id=0, bos_token_id=1, eos_token_id=0,
            decoder_start_token_id=1, suppress_tokens=None, begin_suppress_tokens=None,
        )
    )  # fmt: skip
    loss = model(**batches[0]).loss
    loss.backward()
    assert np.isfinite(float(loss.detach()))
