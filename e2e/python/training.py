"""Trains the small classifier of training.test.ts with PyTorch's own optimisers, schedules and averages, and with peft."""

import inspect

import torch
from answering import answer
from peft import LoraConfig, get_peft_model
from torch.nn import functional as F
from torch.optim import _muon, lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

# Muon's iteration in single precision, as ours is; PyTorch runs it in bfloat16.
exec(
    inspect.getsource(_muon._zeropower_via_newtonschulz).replace("grad.bfloat16()", "grad.clone()"),
    _muon.__dict__,
)


def floats(values):
    return torch.tensor(values, dtype=torch.float32)


class Network(torch.nn.Module):
    """x W + b, then tanh but after the last: weights are [in, out]."""

    def __init__(self, parameters):
        super().__init__()
        for name, value in parameters.items():
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(floats(value)))

    def forward(self, x):
        layers = len(self._parameters) // 2
        for i in range(layers):
            x = x @ getattr(self, f"layers_{i}_weight") + getattr(self, f"layers_{i}_bias")
            x = torch.tanh(x) if i < layers - 1 else x
        return x


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al. (2023); PyTorch has none."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.data.mul_(1 - group["lr"] * group["weight_decay"])
                p.data.sub_(group["lr"] * (beta1 * m + (1 - beta1) * p.grad).sign())
                m.mul_(beta2).add_((1 - beta2) * p.grad)


kinds = {
    "SGD": torch.optim.SGD,
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "Lion": Lion,
}


def optimizers_of(network, kind, options, weight_decay):
    """Matrices decay, biases do not; Muon leaves the last matrix and the biases to AdamW."""
    matrices = [p for p in network.parameters() if p.ndim == 2]
    vectors = [p for p in network.parameters() if p.ndim < 2]
    groups = lambda decayed: [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0},
    ]
    if kind != "Muon":
        return [kinds[kind](groups(matrices), **options)]
    hidden = torch.optim.Muon(
        matrices[:-1], weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw", **options
    )
    return [hidden, torch.optim.AdamW(groups(matrices[-1:]), **options)]


def train(
    parameters, batches, kind, options, weight_decay=0, schedule=None, ahead=0, smoothing=0, clipping=None, decay=None
):
    """The losses of the steps, and the parameters (or their average) after the last."""
    network = Network(parameters)
    optimizers = optimizers_of(network, kind, options, weight_decay)
    schedulers = []
    if schedule is not None:
        name, settings = schedule
        schedulers = [getattr(lr_scheduler, name)(optimizer, **settings) for optimizer in optimizers]
    average = None
    if decay is not None:
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))
        average.update_parameters(network)
    losses = []
    for _ in range(ahead):
        for scheduler in schedulers:
            scheduler.step()
    for batch in batches:
        network.zero_grad()
        loss = F.cross_entropy(
            network(floats(batch["x"])), torch.tensor(batch["y"]), label_smoothing=smoothing
        )
        loss.backward()
        if clipping is not None:
            torch.nn.utils.clip_grad_value_(network.parameters(), clipping["value"])
            torch.nn.utils.clip_grad_norm_(network.parameters(), clipping["norm"])
        for optimizer in [*optimizers, *schedulers]:
            optimizer.step()
        if average is not None:
            average.update_parameters(network)
        losses.append(loss.item())
    result = network if average is None else average.module
    return {
        "losses": losses,
        "parameters": {name: p.flatten().tolist() for name, p in result.named_parameters()},
    }


def adapt(parameters, adapters, batches, rank, alpha, lr):
    """peft's adapters beside the first two layers, from the given first values, by AdamW."""
    layers = len(parameters) // 2
    modules = []
    for i in range(layers):
        weight = floats(parameters[f"layers.{i}.weight"]).T
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data, linear.bias.data = weight.contiguous(), floats(parameters[f"layers.{i}.bias"])
        modules += [linear, torch.nn.Tanh()]
    network = get_peft_model(
        torch.nn.Sequential(*modules[:-1]),
        LoraConfig(r=rank, lora_alpha=alpha, target_modules=["0", "2"], lora_dropout=0),
    )
    ways = {
        f"layers.{i}.lora_{part}.weight": network.base_model.model[2 * i].__getattr__(f"lora_{part}")["default"].weight
        for i in range(2)
        for part in "AB"
    }
    for name, value in adapters.items():
        ways[name].data = floats(value)
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=lr, weight_decay=0)
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(network(floats(batch["x"])), torch.tensor(batch["y"]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "parameters": {name: p.flatten().tolist() for name, p in ways.items()}}


answer(train, adapt)
