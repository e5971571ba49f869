"""A low-rank adapter on the sentence encoder, for reading intents (Hu et al. 2021, "LoRA", arXiv:2106.09685).

The published model tells what a text is about; what is asked of it ("how long", "how bad") is a smaller part of its
vectors. The adapter, trained on data/nlu by `make adapter`, adds to each weight matrix W of the encoder a product B·A
of rank RANK, and replaces biases and layer norms. It is a file of half a megabyte that stands in the project: training
it takes minutes, reading it none. The index of passages uses the published model, without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import parametrize

RANK = 8
SCALE = 2.0
FILE = Path(__file__).with_name("intent_adapter.safetensors")


class LowRank(torch.nn.Module):
    """W + SCALE * B·A, as a parametrization of a weight; B starts at zero, so that nothing changes at first."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.a = torch.nn.Parameter(torch.randn(RANK, columns) * 0.02)
        self.b = torch.nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + SCALE * self.b @ self.a


def attach(transformer: Any) -> None:
    """Put an untrained adapter on a BERT-like `transformer`, in place; only the adapter's parameters stay trainable."""
    for parameter in transformer.parameters():
        parameter.requires_grad = False
    for module in list(transformer.encoder.modules()):
        if isinstance(module, torch.nn.Linear):
            parametrize.register_parametrization(module, "weight", LowRank(module.out_features, module.in_features))
            module.bias.requires_grad = True
        elif isinstance(module, torch.nn.LayerNorm):
            module.weight.requires_grad = module.bias.requires_grad = True


def trained(transformer: Any) -> dict[str, torch.Tensor]:
    """The adapter's parameters by name, in half precision; what was frozen is left out."""
    return {name: p.detach().half().contiguous() for name, p in transformer.named_parameters() if p.requires_grad}


def load(transformer: Any, file: Path = FILE) -> None:
    """Attach the adapter in `file` to a `transformer` and melt it into the weights, in place.

    Raises ValueError when the file belongs to another architecture.
    """
    from safetensors.torch import load_file

    attach(transformer)
    parameters = {name: value.float() for name, value in load_file(file).items()}
    wanted = {name for name, p in transformer.named_parameters() if p.requires_grad}
    if wanted != set(parameters):
        raise ValueError(f"{file.name} is no adapter for this model")
    transformer.load_state_dict(parameters, strict=False)
    for module in list(transformer.encoder.modules()):
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
