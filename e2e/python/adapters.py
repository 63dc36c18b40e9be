"""LoRA adapters through Python's peft."""

import torch
from answering import answer
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification


def open_base(folder, classify):
    family = AutoModelForSequenceClassification if classify else AutoModelForCausalLM
    return family.from_pretrained(folder).eval()


def logits_of(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits.flatten().tolist()


def load(base, adapter, ids, classify):
    """What the model in `base` says with our adapters."""
    model = PeftModel.from_pretrained(open_base(base, classify), adapter).eval()
    return logits_of(model, ids)


def save(base, adapter, ids, classify, config):
    """Adapters of random values on the model in `base`, written by peft, and what it says with them."""
    torch.manual_seed(0)
    task = "SEQ_CLS" if classify else "CAUSAL_LM"
    model = get_peft_model(
        open_base(base, classify), LoraConfig(**config, task_type=task, init_lora_weights=False)
    ).eval()
    model.save_pretrained(adapter)
    return logits_of(model, ids)


answer(load, save)
