"""The same trainings in PyTorch: curves.py NAME FILE prints the loss of every step as JSON.

FILE (safetensors) holds the first weights as initial/NAME and each input of all steps as batches/NAME [steps, ...]. The
networks are written on those tensors: weights are [in, out], but for the LSTM's, which lie as PyTorch's.
"""

import json
import sys

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

torch.set_num_threads(2)
name, path = sys.argv[1:]
tensors = load_file(path)
p = {key.removeprefix("initial/"): value.clone().requires_grad_() for key, value in tensors.items() if key.startswith("initial/")}
batches = {key.removeprefix("batches/"): value for key, value in tensors.items() if key.startswith("batches/")}


def dense(key, x):
    return x @ p[f"{key}.weight"] + p[f"{key}.bias"]


def mlp(x, y):
    hidden = F.relu(dense("layers.0", x.flatten(1)))
    return F.cross_entropy(dense("layers.1", hidden), y.long())


def lstm(x, y):
    weights = p["layers.0.U"], p["layers.0.W"], p["layers.0.b"], torch.zeros_like(p["layers.0.b"])
    zeros = torch.zeros(1, x.shape[0], weights[1].shape[1])
    states, _, _ = torch.lstm(x, (zeros, zeros), weights, True, 1, 0.0, True, False, True)
    return F.cross_entropy(dense("head", states[:, -1]), y.long())


def vae(x, noise):
    x = x.flatten(1)
    hidden = F.relu(dense("encoder.0", x))
    mean, log_variance = dense("encoder.mean", hidden), dense("encoder.log_variance", hidden)
    z = mean + noise * torch.exp(0.5 * log_variance)
    logits = dense("decoder.output", F.relu(dense("decoder.0", z)))
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    return reconstruction - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp()) / len(x)


def gpt(ids, labels):
    heads, width = 4, p["transformer.wte.weight"].shape[1]
    rows, context = ids.shape

    def norm(key, x):
        return F.layer_norm(x, (width,), p[f"transformer.{key}.weight"], p[f"transformer.{key}.bias"])

    x = p["transformer.wte.weight"][ids.long()] + p["transformer.wpe.weight"][:context]
    for layer in range(sum(key.endswith("ln_1.weight") for key in p)):
        block = f"h.{layer}"
        q, k, v = (
            part.view(rows, context, heads, width // heads).transpose(1, 2)
            for part in dense(f"transformer.{block}.attn.c_attn", norm(f"{block}.ln_1", x)).split(width, 2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(rows, context, width)
        x = x + dense(f"transformer.{block}.attn.c_proj", mixed)
        inner = F.gelu(dense(f"transformer.{block}.mlp.c_fc", norm(f"{block}.ln_2", x)))
        x = x + dense(f"transformer.{block}.mlp.c_proj", inner)
    logits = norm("ln_f", x) @ p["transformer.wte.weight"].T
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten().long())


# Weights of two axes or more decay, biases and the scales of normalisations do not.
optimizer = torch.optim.AdamW(
    [
        {"params": [w for w in p.values() if w.dim() >= 2], "weight_decay": 0.01},
        {"params": [w for w in p.values() if w.dim() < 2], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
loss_of = {"mlp": mlp, "lstm": lstm, "vae": vae, "gpt": gpt}[name]
losses = []
for step in range(len(next(iter(batches.values())))):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(**{key: values[step] for key, values in batches.items()})
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(json.dumps(losses))
