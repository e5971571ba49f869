"""`python -m knowledge`: check, build, search, evaluate and print what Plainscan can explain."""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.book import book
from knowledge.check import check
from knowledge.passages import KNOWLEDGE, load_library

if TYPE_CHECKING:
    from knowledge.red_flag_evaluation import Outcome

REPORT_LABELS = ("labels.yml", "minimal_pairs.yml", "sentences.jsonl")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("check", help="name every fault of every passage")
    one.add_argument("finding", nargs="?", help="only this finding's file")
    commands.add_parser("build", help="embed every passage and put the new index in place")
    one = commands.add_parser("book", help="write all passages on one page, for a clinician to review")
    one.add_argument("--output", type=Path, default=Path("build/passages.html"))
    one = commands.add_parser("export-encoder", help="write the model as ONNX for the Rasa environment")
    one.add_argument("folder", type=Path)
    one = commands.add_parser("export-danger-reader", help="write the model that reads danger signs as ONNX")
    one.add_argument("folder", type=Path)
    one = commands.add_parser("search", help="show what a question finds, with its numbers")
    one.add_argument("question")
    one = commands.add_parser("evaluate", help="measure retrieval on the gold questions; run `make train` first")
    one.add_argument("--questions", type=Path, default=Path("tests/questions.yml"))
    one.add_argument("--intents", type=Path, default=Path("models/intents.json"))
    one.add_argument("--fit", action="store_true", help="choose the rule on the `choose` half and write decision.yml")
    one.add_argument("--show", choices=["choose", "report"], help="print every case of that half that is not right")
    one.add_argument("--assert", action="store_true", dest="must", help="exit with 1 if it has become worse")
    one = commands.add_parser("red-flags", help="measure how many dangers are noticed, on vignettes")
    one.add_argument("files", nargs="*", type=Path, default=sorted(Path("tests/red_flags").glob("*.yml")))
    one.add_argument("--show", action="store_true", help="print every vignette that is not right")
    one.add_argument("--assert", action="store_true", dest="must", help="exit with 1 if it has become worse")
    one = commands.add_parser("read", help="print what is read from a report, coloured by status")
    one.add_argument("file", help="a text file, or - for the standard input")
    one = commands.add_parser("reports", help="measure how well reports are read, on labelled ones")
    one.add_argument("files", nargs="*", type=Path, default=[Path("tests/reports") / f for f in REPORT_LABELS])
    one.add_argument("--show", action="store_true", help="print every case that is not right")
    one.add_argument("--assert", action="store_true", dest="must", help="exit with 1 if it has become worse")
    arguments = parser.parse_args(argv)
    run = {
        "check": _check, "build": _build, "book": _book, "export-encoder": _export,
        "export-danger-reader": _export_danger_reader, "search": _search,
        "evaluate": _evaluate, "red-flags": _red_flags,
        "read": _read, "reports": _reports,
    }  # fmt: skip
    return run[arguments.command](arguments)


def _check(arguments: argparse.Namespace) -> int:
    report = check(only=arguments.finding)
    for fault in report.faults:
        print(fault)
    if report.grades:
        print(
            f"{len(report.grades)} passages, reading grade median {statistics.median(report.grades.values()):.1f},"
            f" highest {max(report.grades.values()):.1f}; {len(report.faults)} faults"
        )
    return 1 if report.faults else 0


def _build(_: argparse.Namespace) -> int:
    from knowledge import index
    from knowledge.embedding import SentenceEmbedder

    library = load_library()
    built = index.build(library, SentenceEmbedder().load())
    print(f"indexed {len(library.passages)} passages in {len(built.rows)} rows, content {built.content_sha256[:16]}")
    return 0


def _book(arguments: argparse.Namespace) -> int:
    library = load_library()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(book(library, dt.date.today()), encoding="utf-8")
    print(f"wrote {len(library.passages)} passages to {arguments.output}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from knowledge import adapter

    return _write_graph(arguments.folder, adapter.FILE)


def _export_danger_reader(arguments: argparse.Namespace) -> int:
    from knowledge.danger_reader import FILE

    return _write_graph(arguments.folder, FILE)


def _write_graph(folder: Path, adapter_file: Path) -> int:
    from knowledge.embedding import export_encoder

    export_encoder(folder, adapter_file=adapter_file)
    print(f"wrote {folder / 'encoder.onnx'}")
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from knowledge import index
    from knowledge.embedding import SentenceEmbedder
    from knowledge.retrieval import Question, load_retriever

    library, embedder = load_library(), SentenceEmbedder().load()
    decision = load_retriever(embedder, library, index.load(library, embedder)).retrieve(Question(arguments.question))
    print(f"{decision.verdict.value}, confidence {decision.confidence:.2f}, finding from {decision.finding_from}")
    for candidate in decision.candidates:
        print(f"  {candidate.fit:6.3f}  cosine {candidate.similarity:.3f}  {candidate.passage.id}")
    print("  " + "  ".join(f"{name} {value:.2f}" for name, value in decision.numbers.items()))
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from knowledge import evaluation, index
    from knowledge.embedding import SentenceEmbedder
    from knowledge.retrieval import load_retriever

    library, embedder = load_library(), SentenceEmbedder().load()
    retriever = load_retriever(embedder, library, index.load(library, embedder))
    questions = evaluation.load_questions(arguments.questions)
    intents = evaluation.load_intents(arguments.intents, library)
    unread = [q.id for q in questions if q.text not in intents]
    if unread:
        print(f"no intents were read for {len(unread)} questions; run `make evaluate`", file=sys.stderr)
        return 1
    halves = {
        half: evaluation.ask([q for q in questions if q.split == half], retriever, intents)
        for half in ("choose", "report")
    }
    if arguments.fit:
        rule = evaluation.fit(halves["choose"], retriever)
        (KNOWLEDGE / "decision.yml").write_text(evaluation.dump(rule), encoding="utf-8")
        retriever = retriever.with_rule(rule)
    report = halves["report"]
    decided = evaluation.decide(report, retriever)
    gold = [a.gold for a in report]
    blind = [evaluation.Asked(a.gold, type(a.question)(a.gold.text), a.evidence) for a in report]
    minilm = SentenceEmbedder(adapted=False).load()
    rankings = {
        "BM25 alone": evaluation.rank(gold, evaluation.bm25_ranker(library)),
        "MiniLM alone": evaluation.rank(gold, evaluation.minilm_ranker(library, minilm)),
        "ours, intents unread": evaluation.ranking_of(evaluation.decide(blind, retriever)),
        "ours": evaluation.ranking_of(decided),
    }
    print("On the report half:")
    for name, ranking in rankings.items():
        print(f"  {name:22}{ranking}")
    for kind, outcomes in sorted(evaluation.outcomes_by_kind(decided).items()):
        print(f"  {kind:12}" + "  ".join(f"{name} {outcomes[name]}" for name in evaluation.WORTH))
    if arguments.show:
        for case, decision in evaluation.decide(halves[arguments.show], retriever):
            if evaluation.outcome(case, decision) != "right":
                found = [c.passage.id for c in decision.candidates[:3]]
                print(
                    f"{case.id} {case.kind} {evaluation.outcome(case, decision)} {decision.confidence:.2f}: {case.text}"
                )
                print(f"    wanted {case.accept}  got {found} {decision.numbers}")
    print(f"  {'the goal':22}{evaluation.GOAL}")
    ours = rankings["ours"]
    held = ours.reaches(evaluation.FLOOR)
    better = all(ours.mrr > rankings[name].mrr for name in ("BM25 alone", "MiniLM alone"))
    if arguments.must and not (held and better):
        print(f"Worse than before: {evaluation.FLOOR} must hold, and BM25 and MiniLM alone be beaten.")
        return 1
    return 0


def _read(arguments: argparse.Namespace) -> int:
    from knowledge.reports import ReportReader
    from knowledge.reports.printing import print_reading

    text = sys.stdin.read() if arguments.file == "-" else Path(arguments.file).read_text(encoding="utf-8")
    print_reading(text, ReportReader(load_library()).read(text))
    return 0


def _reports(arguments: argparse.Namespace) -> int:
    from knowledge import report_evaluation as evaluation
    from knowledge.reports import ReportReader

    reader, held = ReportReader(load_library()), True
    for file in arguments.files:
        tally = evaluation.measure(file, reader)
        held = held and tally.holds()
        print(f"{file.name}:", *tally.lines(), sep="\n")
        if arguments.show:
            print(*(f"    dangerous: {case}" for case in tally.dangerous), *(f"    {c}" for c in tally.wrong), sep="\n")
    seconds = evaluation.reading_seconds(reader)
    print(f"{evaluation.TIMED_CHARS:,} characters are read in {1000 * seconds:.0f} ms")
    if arguments.must and not (held and seconds <= evaluation.MOST_SECONDS):
        print(f"Worse than before: {evaluation.FLOORS} must hold, and nothing be told as present that is not,")
        print(f"and {evaluation.TIMED_CHARS:,} characters be read in {1000 * evaluation.MOST_SECONDS:.0f} ms.")
        return 1
    return 0


def _red_flags(arguments: argparse.Namespace) -> int:
    from knowledge import red_flag_evaluation as evaluation

    developed = [file for file in arguments.files if file.name != evaluation.APART]
    apart = [file for file in arguments.files if file.name == evaluation.APART]
    held = [_rules_hold(developed, arguments.show)] if developed else []
    held += [_both_hold(apart, arguments.show)] if apart else []
    if arguments.must and not all(held):
        print("Worse than before: see the floors in knowledge/red_flag_evaluation.py, and NEVER_MISSED.")
        return 1
    return 0


def _rules_hold(files: list[Path], show: bool) -> bool:
    from knowledge import red_flag_evaluation as evaluation
    from knowledge.red_flags import load_red_flags

    outcomes = [evaluation.play(v, load_red_flags()) for v in evaluation.load_vignettes(files)]
    _show_wrong(outcomes if show else [])
    print("The rules, on what their words were written with. By flag, of those written for it:")
    _show_flags(outcomes)
    print(f"sensitivity  {evaluation.sensitivity(outcomes)}")
    print(f"specificity  {evaluation.specificity(outcomes)}")
    print(f"noticed, but said to be less urgent than it is: {sum(o.too_low for o in outcomes)}")
    return evaluation.holds(outcomes)


def _both_hold(files: list[Path], show: bool) -> bool:
    from knowledge import red_flag_evaluation as evaluation
    from knowledge.danger_reader import load_danger_reader
    from knowledge.red_flags import load_red_flags

    red_flags, vignettes = load_red_flags(), evaluation.load_vignettes(files)
    reader = load_danger_reader(red_flags.flags)
    if reader is None:  # the log says why
        return False
    for title, rules, second in (("rules", True, None), ("reader", False, reader), ("both", True, reader)):
        outcomes = [evaluation.play(v, red_flags, second, rules) for v in vignettes]
        print(f"{title:7} on what neither has seen: sensitivity {evaluation.sensitivity(outcomes)}")
        print(f"{'':34}specificity {evaluation.specificity(outcomes)}")
        print(f"{'':34}less urgent than it is: {sum(o.too_low for o in outcomes)}")
    print("Both, by flag, of those written for it:")
    _show_flags(outcomes)
    print(f"missed of the gravest: {', '.join(evaluation.gravest_missed(outcomes)) or 'none'}")
    _show_wrong(outcomes if show else [])
    return evaluation.apart_holds(outcomes)


def _show_flags(outcomes: Sequence[Outcome]) -> None:
    from knowledge.red_flag_evaluation import by_flag

    for flag, share in by_flag(outcomes).items():
        print(f"  {flag:20}{share}")


def _show_wrong(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.right or outcome.too_low:
            raised = ", ".join(f"{r.flag.id} ({r.level})" for r in outcome.raised) or "nothing"
            print(f"{outcome.vignette.id}: raised {raised}\n    {' // '.join(outcome.vignette.texts)}")


if __name__ == "__main__":
    sys.exit(main())
