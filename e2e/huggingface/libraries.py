"""transformers and datasets, as a notebook uses them: nothing is told to them but HF_ENDPOINT."""

import json
import os
import pathlib
import tempfile

from common import api, bob

import datasets
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from tokenizers import Tokenizer, models, pre_tokenizers

# A model goes up and comes back, its pieces one by one.
torch.manual_seed(1)
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=40, n_positions=16))
words = {word: index for index, word in enumerate(["<unk>", *"abcdefghijklmnopqrstuvwxyz"])}
plain = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
plain.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="<unk>")
model.push_to_hub("ana/tiny-gpt2")
tokenizer.push_to_hub("ana/tiny-gpt2")
back = AutoModelForCausalLM.from_pretrained("ana/tiny-gpt2")
ids = AutoTokenizer.from_pretrained("ana/tiny-gpt2")("a b c", return_tensors="pt")
assert torch.equal(back(**ids).logits, model.eval()(**ids).logits)
info = api.model_info("ana/tiny-gpt2")
assert info.safetensors.total == sum(p.numel() for p in model.parameters()), info.safetensors

# Tables go up and come back, whole and as a stream.
table = datasets.Dataset.from_dict({"text": [f"row {i}" for i in range(300)], "label": [i % 3 for i in range(300)]})
datasets.DatasetDict({"train": table, "test": table.select(range(30))}).push_to_hub("ana/tiny-table")
loaded = datasets.load_dataset("ana/tiny-table")
assert loaded["train"].num_rows == 300 and loaded["test"][7] == {"text": "row 7", "label": 1}, loaded
streamed = datasets.load_dataset("ana/tiny-table", split="train", streaming=True)
assert [row["text"] for row in streamed.take(3)] == ["row 0", "row 1", "row 2"]
# A second push replaces the shards; a configuration of its own stands beside.
table.select(range(10)).push_to_hub("ana/tiny-table", "few", split="train")
assert datasets.load_dataset("ana/tiny-table", "few", split="train").num_rows == 10
table.push_to_hub("ana/tiny-table", split="train")
assert datasets.load_dataset("ana/tiny-table", split="train").num_rows == 300
assert sorted(datasets.get_dataset_config_names("ana/tiny-table")) == ["default", "few"]

# Files that somebody put there by hand.
api.create_repo("ana/by-hand", repo_type="dataset")
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "train.csv").write_text("a,b\n1,x\n2,y\n")
    (folder / "test.csv").write_text("a,b\n3,z\n")
    (folder / "more").mkdir()
    (folder / "more/rows.jsonl").write_text("".join(json.dumps({"n": n}) + "\n" for n in range(5)))
    api.upload_folder(folder_path=folder, repo_id="ana/by-hand", repo_type="dataset")
by_hand = datasets.load_dataset("ana/by-hand", data_files={"train": "train.csv", "test": "test.csv"})
assert by_hand["train"]["b"][:] == ["x", "y"] and by_hand["test"].num_rows == 1
lines = datasets.load_dataset("ana/by-hand", data_files="more/*.jsonl", split="train", streaming=True)
assert [row["n"] for row in lines] == [0, 1, 2, 3, 4]
print("fine")
