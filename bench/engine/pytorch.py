"""The peer: the same training steps in PyTorch, eager, on two threads.

Reads lines {"case": name, "steps": n} on stdin, answers {"ms": [milliseconds of each step]}. A step is zero_grad,
forward, backward and AdamW on a fixed batch.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(2)
torch.manual_seed(1)


def mlp():
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    x, y = torch.randn(128, 784), torch.randint(10, (128,))
    return net, lambda: F.cross_entropy(net(x), y)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.mean, self.log_variance = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.expand, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x, noise):
        h = F.relu(self.hidden(x))
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean + noise * torch.exp(0.5 * log_variance)
        logits = self.out(F.relu(self.expand(z)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp()) / len(x)
        return reconstruction + kl


def vae():
    net, x = Vae(), torch.rand(128, 784)
    return net, lambda: net(x, torch.randn(128, 20))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(64, 256, batch_first=True), nn.Linear(256, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def lstm():
    net, x, y = Lstm(), torch.randn(64, 64, 64), torch.randint(10, (64,))
    return net, lambda: F.cross_entropy(net(x), y)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, c // self.heads).transpose(1, 2) for p in self.qkv(self.before(x)).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.between(x))))


class Gpt(nn.Module):
    def __init__(self, vocabulary=256, context=128, width=256, layers=4, heads=4):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        x = self.blocks(self.tokens(ids) + self.positions(torch.arange(ids.shape[1])))
        return self.norm(x) @ self.tokens.weight.T


def gpt():
    net, ids, targets = Gpt(), torch.randint(256, (16, 128)), torch.randint(256, (16, 128))
    return net, lambda: F.cross_entropy(net(ids).flatten(0, 1), targets.flatten())


def step_of(make):
    net, loss_of = make()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of().backward()
        optimizer.step()

    return step


steps = {}
for line in sys.stdin:
    request = json.loads(line)
    if request["case"] not in steps:
        steps[request["case"]] = step_of({"mlp": mlp, "vae": vae, "lstm": lstm, "gpt": gpt}[request["case"]])
    step, ms = steps[request["case"]], []
    for _ in range(request["steps"]):
        started = time.perf_counter()
        step()
        ms.append((time.perf_counter() - started) * 1000)
    print(json.dumps({"ms": ms}), flush=True)
