"""What the trainings of the adapters share: the encoder, batches, and a step of learning."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import torch

from knowledge import adapter
from knowledge.embedding import model_folder

BATCH = 32
# Word pieces; questions are condensed, and few are longer.
LONGEST = 96
# The peak of the learning rate of the layers.
RATE = 1e-4


class Encoder(torch.nn.Module):
    """The published sentence encoder, of which the layers may learn; adapted: those parameters. longest: in pieces."""

    def __init__(self, longest: int = LONGEST) -> None:
        super().__init__()
        self.longest = longest
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model_folder())
        self.transformer: Any = AutoModel.from_pretrained(model_folder())
        adapter.freeze_embeddings(self.transformer)
        self.adapted = [p for p in self.transformer.parameters() if p.requires_grad]

    def kept(self) -> dict[str, torch.Tensor]:
        """What the layers have learned, as knowledge/adapter.py keeps it; and from now on they are as it is read."""
        published = Encoder().transformer
        kept = adapter.difference(published, self.transformer)
        adapter.apply(published, kept)
        self.transformer = published
        return kept

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        """(texts, dimension): unit vectors, the means over the word pieces."""
        return torch.nn.functional.normalize(self.means(texts), dim=1)

    def means(self, texts: Sequence[str]) -> torch.Tensor:
        """The same, of any length."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=self.longest, return_tensors="pt")
        tokens = self.transformer(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean: torch.Tensor = (tokens * mask).sum(1) / mask.sum(1)
        return mean

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """Unit vectors of many texts, without learning."""
        self.eval()
        return torch.cat([self(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)])


def batches_by_length(texts: Sequence[str], chance: random.Random) -> list[list[int]]:
    """The numbers of the texts in batches, in random order; by length within large groups, so that a batch of short
    texts is not padded to one long story."""
    order = list(range(len(texts)))
    chance.shuffle(order)
    groups = [sorted(order[at : at + 1024], key=lambda n: len(texts[n])) for at in range(0, len(order), 1024)]
    batches = [group[at : at + BATCH] for group in groups for at in range(0, len(group), BATCH)]
    chance.shuffle(batches)
    return batches


def step_of(
    encoder: Encoder, head: list[torch.nn.Parameter], head_rate: float, epochs: int, count: int
) -> Callable[[torch.Tensor], None]:
    """What learns from the loss of a batch, over `epochs` epochs of `count` texts.

    head: what stands on top of the encoder, and learns at its own rate. The encoder's gradients are clipped.
    """
    optimiser = torch.optim.AdamW(
        [{"params": encoder.adapted, "lr": RATE}, {"params": head, "lr": head_rate}], weight_decay=0.01
    )
    schedule = schedule_of(optimiser, epochs, count)

    def step(loss: torch.Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.adapted, 1.0)
        optimiser.step()
        schedule.step()

    return step


def schedule_of(optimiser: torch.optim.Optimizer, epochs: int, count: int) -> torch.optim.lr_scheduler.LambdaLR:
    """The learning rate rises over the first tenth of all steps and falls to nothing at the last."""
    steps = epochs * math.ceil(count / BATCH)
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, 10 * (step + 1) / steps) * max(0.0, (steps - step) / steps)
    )
