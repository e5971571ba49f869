"""Adapters: what the sentence encoder has learned on top of the published model, as a file that stands in the project.

The published model tells what a text is about in general. What is asked of it ("how long", "how bad") is a small part
of its vectors, and so is which of seventy findings of bones and joints is meant by "the cushion in my knee", or whether
a message holds a danger sign. `make adapters` trains all layers for each of the three, once, and keeps the change of
each weight in eight bits, with a scale for each row; biases and layer norms are kept whole. That is a file of some
eleven megabytes: training it takes minutes, reading it none. Rasa reads intents with the first, the index of passages
is made with the second, knowledge/danger_reader.py has the third.

Cut to matrices of rank 32 (after Hu et al. 2021, "LoRA", arXiv:2106.09685), the change had a quarter of the size, and 4
of 100 intents that the training read right were lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

# The largest number of eight bits.
LARGEST = 127
FILE = Path(__file__).with_name("intent_adapter.safetensors")


def freeze_embeddings(transformer: Any) -> None:
    """Leave the layers of a BERT-like `transformer` trainable and nothing else, in place."""
    for name, parameter in transformer.named_parameters():
        parameter.requires_grad = name.startswith("encoder.")


def difference(before: Any, after: Any) -> dict[str, torch.Tensor]:
    """What training changed: name -> the new vector, in half precision; name.change, name.scale for a matrix."""
    old, kept = dict(before.named_parameters()), {}
    for name, new in after.named_parameters():
        if not new.requires_grad:
            continue
        if new.ndim == 1:
            kept[name] = new.detach().half()
            continue
        change = (new - old[name]).detach()
        scale = change.abs().amax(1, keepdim=True).clamp_min(1e-8) / LARGEST
        kept[f"{name}.change"], kept[f"{name}.scale"] = (change / scale).round().to(torch.int8), scale
    return {name: value.contiguous() for name, value in kept.items()}


@torch.no_grad()
def apply(transformer: Any, adapter: dict[str, torch.Tensor]) -> None:
    """Put the adapter into the weights of the published `transformer`, in place.

    Raises ValueError when it belongs to another architecture.
    """
    parameters = dict(transformer.named_parameters())
    wanted = {name.removesuffix(".change").removesuffix(".scale") for name in adapter}
    if wanted != {name for name in parameters if name.startswith("encoder.")}:
        raise ValueError("this is no adapter for this model")
    for name in wanted:
        if name in adapter:
            parameters[name].copy_(adapter[name].float())
        else:
            parameters[name].add_(adapter[f"{name}.change"].float() * adapter[f"{name}.scale"])


def load(transformer: Any, file: Path = FILE) -> None:
    """Put the adapter in `file` into the weights of the published `transformer`, in place."""
    from safetensors.torch import load_file

    apply(transformer, {name: value for name, value in load_file(file).items() if not name.startswith("head.")})
