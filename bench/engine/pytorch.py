"""The peer: the same training steps in PyTorch, on two threads: eager, or compiled with --compile.

Reads lines {"case": name, "steps": n} on stdin, answers {"ms": [milliseconds of each step], "openedMs", "peakBytes"}. A
step is zero_grad, forward, backward and AdamW on a fixed batch.
"""

import json
import resource
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


class EncoderBlock(nn.Module):
    """Post-norm, as BERT's: h = norm(h + attention(h)), h = norm(h + mlp(h))."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.after, self.last = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, mask):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, c // self.heads).transpose(1, 2) for p in self.qkv(x).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.after(x + self.project(y.transpose(1, 2).reshape(b, t, c)))
        return self.last(x + self.down(F.gelu(self.up(x))))


class Bert(nn.Module):
    def __init__(self, vocabulary=4096, length=128, width=256, layers=4, heads=4):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.types, self.norm = nn.Embedding(2, width), nn.LayerNorm(width)
        self.blocks = nn.ModuleList([EncoderBlock(width, heads) for _ in range(layers)])
        self.pool, self.head = nn.Linear(width, width), nn.Linear(width, 10)

    def forward(self, ids, mask):
        x = self.norm(self.tokens(ids) + self.positions(torch.arange(ids.shape[1])) + self.types.weight[0])
        for block in self.blocks:
            x = block(x, mask)
        return self.head(torch.tanh(self.pool(x[:, 0])))


def bert():
    net, ids, y = Bert(), torch.randint(4096, (16, 128)), torch.randint(10, (16,))
    mask = torch.zeros(16, 1, 1, 128)
    return net, lambda: F.cross_entropy(net(ids, mask), y)


def cnn():
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )
    x, y = torch.rand(128, 1, 28, 28), torch.randint(10, (128,))
    return net, lambda: F.cross_entropy(net(x), y)


def step_of(make):
    net, loss_of = make()
    if "--compile" in sys.argv:
        loss_of = torch.compile(loss_of)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of().backward()
        optimizer.step()

    return step


makers = {"mlp": mlp, "vae": vae, "lstm": lstm, "gpt": gpt, "bert": bert, "cnn": cnn}
ready = {}
for line in sys.stdin:
    request = json.loads(line)
    if request["case"] not in ready:
        started = time.perf_counter()
        step = step_of(makers[request["case"]])
        ready[request["case"]] = step, (time.perf_counter() - started) * 1000
    (step, opened), ms = ready[request["case"]], []
    for _ in range(request["steps"]):
        started = time.perf_counter()
        step()
        ms.append((time.perf_counter() - started) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"ms": ms, "openedMs": opened, "peakBytes": peak}), flush=True)
