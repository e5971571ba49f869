"""Low-rank adapters on the sentence encoder (after Hu et al. 2021, "LoRA", arXiv:2106.09685).

The published model tells what a text is about in general. What is asked of it ("how long", "how bad") is a small part
of its vectors, and so is which of seventy findings of bones and joints is meant by "the cushion in my knee", or whether
a message holds a danger sign. `make adapters` trains all layers for each of the three, once, keeps of each weight's
change the nearest matrix of rank RANK, B·A, and lets B and A learn on (tools/training.py); biases and layer norms are
kept whole. That is a file of a few megabytes that stands in the project: training it takes minutes, reading it none.
Rasa reads intents with the first, the index of passages is made with the second, knowledge/danger_reader.py has the
third.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

RANK = 32
FILE = Path(__file__).with_name("intent_adapter.safetensors")


def freeze_embeddings(transformer: Any) -> None:
    """Leave the layers of a BERT-like `transformer` trainable and nothing else, in place."""
    for name, parameter in transformer.named_parameters():
        parameter.requires_grad = name.startswith("encoder.")


def difference(before: Any, after: Any, rank: int = RANK) -> dict[str, torch.Tensor]:
    """What training changed, in half precision: name -> the new vector, and name.a, name.b for a matrix."""
    old, kept = dict(before.named_parameters()), {}
    for name, new in after.named_parameters():
        if not new.requires_grad:
            continue
        if new.ndim == 1:
            kept[name] = new.detach()
            continue
        u, s, v = torch.linalg.svd((new - old[name]).detach(), full_matrices=False)
        root = s[:rank].sqrt()
        kept[f"{name}.b"], kept[f"{name}.a"] = u[:, :rank] * root, root[:, None] * v[:rank]
    return {name: value.half().contiguous() for name, value in kept.items()}


@torch.no_grad()
def apply(transformer: Any, adapter: dict[str, torch.Tensor]) -> None:
    """Put the adapter into the weights of the published `transformer`, in place.

    Raises ValueError when it belongs to another architecture.
    """
    parameters = dict(transformer.named_parameters())
    wanted = {name.removesuffix(".a").removesuffix(".b") for name in adapter}
    if wanted != {name for name in parameters if name.startswith("encoder.")}:
        raise ValueError("this is no adapter for this model")
    for name in wanted:
        if name in adapter:
            parameters[name].copy_(adapter[name].float())
        else:
            parameters[name].add_(adapter[f"{name}.b"].float() @ adapter[f"{name}.a"].float())


def load(transformer: Any, file: Path = FILE) -> None:
    """Put the adapter in `file` into the weights of the published `transformer`, in place."""
    from safetensors.torch import load_file

    apply(transformer, {name: value for name, value in load_file(file).items() if not name.startswith("head.")})
