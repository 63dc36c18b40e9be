"""Classifiers of texts through Python's transformers and onnxruntime."""

import numpy as np
import onnxruntime
import torch
from answering import answer
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
)


def load(folder, texts):
    """A folder of ours: what each text becomes, its logits, and its label; padded together, and in onnxruntime."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits
    session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")
    wanted = [value.name for value in session.get_inputs()]
    inputs.setdefault("token_type_ids", torch.zeros_like(inputs["input_ids"]))
    onnx = session.run(["logits"], {name: inputs[name].numpy().astype(np.int64) for name in wanted})[0]
    return {
        "ids": [row[: int(mask.sum())].tolist() for row, mask in zip(inputs["input_ids"], inputs["attention_mask"])],
        "logits": logits.flatten().tolist(),
        "onnx": onnx.flatten().tolist(),
        "labels": [model.config.id2label[int(row.argmax())] for row in logits],
    }


def save(folder, config, ids, head=True):
    """A random checkpoint made by transformers, a classifier or the language model before it, and its logits."""
    torch.manual_seed(0)
    model = (BertForSequenceClassification if head else BertForMaskedLM)(BertConfig(**config)).eval()
    # Away from the first values: zeros and ones hide mistakes.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
        model.save_pretrained(folder)
        return model(torch.tensor([ids])).logits.flatten().tolist() if head else []


answer(load, save)
