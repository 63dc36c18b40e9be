"""Language models through Python's transformers and onnxruntime."""

import numpy as np
import onnxruntime
import torch
from answering import answer
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

families = {"gpt2": (GPT2Config, GPT2LMHeadModel), "llama": (LlamaConfig, LlamaForCausalLM)}


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].flatten().tolist()


def load(folder, text, new_tokens):
    """A folder of ours: the ids of a text, the logits at each, and what greedy search writes on."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(text, return_tensors="pt")
    ids = inputs["input_ids"][0].tolist()
    written = model.generate(**inputs, max_new_tokens=new_tokens, do_sample=False, pad_token_id=0)
    return {
        "class": type(model).__name__,
        "ids": ids,
        "logits": logits_of(model, ids),
        "written": tokenizer.decode(written[0]),
    }


def run_onnx(folder, ids):
    """The logits of onnx/model.onnx in Python's onnxruntime, from an empty past."""
    session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")
    feeds = {
        "input_ids": np.array([ids], dtype=np.int64),
        "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
        "position_ids": np.arange(len(ids), dtype=np.int64)[None],
    }
    for value in session.get_inputs():
        if value.name.startswith("past_key_values."):
            feeds[value.name] = np.zeros((1, value.shape[1], 0, value.shape[3]), dtype=np.float32)
    return session.run(["logits"], feeds)[0][0].flatten().tolist()


def save(folder, family, config, ids, dtype="float32", shard="1GB", bare=False):
    """A random checkpoint made by transformers, and its logits."""
    torch.manual_seed(0)
    Config, Model = families[family]
    model = Model(Config(**config)).to(getattr(torch, dtype)).eval()
    # Away from the first values: zeros and ones hide mistakes.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape).to(parameter.dtype))
    (model.base_model if bare else model).save_pretrained(folder, max_shard_size=shard)
    # Read again: the cast above rounded the rotary angles too, which are no part of the file.
    return logits_of(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval(), ids)


answer(load, run_onnx, save)
