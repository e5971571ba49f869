"""Reports: read in this process, told as a message, and then forgotten but for the names of their findings."""

import asyncio
import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import cache

from bot.channels.gateway.messages import (
    Button,
    Mention,
    Report,
    ReportContradiction,
    ReportFinding,
    ReportGroup,
    ReportHedge,
    ReportMessage,
    Sheet,
    SheetRow,
    new_message_id,
)
from bot.channels.gateway.normalise import places
from bot.channels.gateway.words import Clinic
from knowledge.passages import Library, load_library
from knowledge.reports import ReportReader, Style, looks_like_report
from knowledge.reports.sheet import sheet, sheet_html, sheet_text
from knowledge.reports.telling import MOST_BUTTONS, Teller, Telling, ToldFinding, as_text

Offer = Callable[[str], str]
# Of a report that asks something too, the question is what Rasa gets; anything longer is not just a question.
QUESTION_CHARS = 200


class Reports:
    """Reads and tells reports. Nothing is kept of what it is given.

    Args:
        clinic: what is served, and the names that our own words are filled with.
        today: the day, on which it depends what may be served: a review that has run out is not shown for one day more.
    """

    def __init__(self, clinic: Clinic, today: Callable[[], dt.date] = dt.date.today) -> None:
        self._clinic, self._today = clinic, today
        self._library, self._reader = _reader()
        self._day, self._teller = self._served_today()

    def _served_today(self) -> tuple[dt.date, Teller]:
        day = self._today()
        return day, Teller(self._library, self._library.served(self._clinic.serve, day), self._clinic.fill)

    async def tell(self, report: str) -> Telling:
        """Read a report and return what is told of it. In a thread: a long one takes a third of a second."""
        return await asyncio.to_thread(self._tell, report)

    def _tell(self, report: str) -> Telling:
        if self._today() != self._day:
            self._day, self._teller = self._served_today()
        return self._teller.tell(self._reader.read(report), self._day)

    def message(self, telling: Telling, sent: str, report: str, offer: Offer) -> ReportMessage:
        """The message for a telling.

        Args:
            sent: the report as it was sent, which all offsets point into; report: the same, normalised, as it was read.
            offer: keeps the payload of a button and returns the action that stands for it.
        """
        words = self._teller.words
        # The same passage has the same action wherever it is offered.
        actions = {passage_id: offer(passage_payload(passage_id)) for passage_id in telling.titles}
        rows = sheet(telling, words, self._today())
        origin = places(sent, report)
        told = {finding.finding: finding for finding in telling.findings}
        return ReportMessage(
            id=new_message_id(),
            type="report",
            text=as_text(telling, words),
            buttons=_buttons(telling, actions),
            report=Report(
                mentions=[
                    Mention(
                        finding=m.finding, term=m.term, status=m.status.value, sentence=m.sentence,
                        start=origin[m.start][0], end=origin[m.end - 1][1],
                        side=m.side, location=m.location, level=m.level, grade=m.grade, size=m.size,
                        severity=m.severity, passage_id=told[m.finding].passage_id, name=told[m.finding].name,
                        short=told[m.finding].short, action=actions.get(told[m.finding].passage_id or ""),
                    )
                    for m in telling.mentions
                ],
                opening=telling.opening,
                groups=[
                    ReportGroup(
                        status=group.status.value, title=group.title, hint=group.hint,
                        told=words["statuses"][group.status.value]["told"],
                        findings=[_finding(finding, telling, actions) for finding in group.findings],
                    )
                    for group in telling.groups
                ],
                contradictions=[
                    ReportContradiction(finding=c.finding, name=c.name, line=c.line, sentences=list(c.sentences))
                    for c in telling.contradictions
                ],
                hedges=[
                    ReportHedge(
                        words=hedge.words, short=hedge.short, passage_id=hedge.passage_id,
                        title=telling.titles[hedge.passage_id], action=actions[hedge.passage_id],
                    )
                    for hedge in telling.hedges
                ],
                normal=list(telling.normal),
                unexplained=list(telling.unexplained),
                questions=list(telling.questions),
                closing=telling.closing,
                review=telling.review,
                titles={name: words[name]["title"] for name in LISTS},
                sheet=Sheet(
                    text=sheet_text(rows), html=sheet_html(rows),
                    rows=[SheetRow(kind=row.kind, text=row.text) for row in rows],
                ),
            ),
        )  # fmt: skip


LISTS = ("contradictions", "hedges", "normal", "unexplained", "questions")


def passage_payload(passage_id: str) -> str:
    """What the button for a passage sends to Rasa."""
    return f'/explain_passage{{"passage": "{passage_id}"}}'


def note_payload(findings: Sequence[ToldFinding]) -> str:
    """What tells Rasa which findings a report named, in the order they were told; ids and places, none of its words.

    A payload can't nest braces, so that each finding is id, status, sides and levels between bars.
    """
    noted = ";".join(
        "|".join((f.finding, f.status.value, ",".join(f.sides), ",".join(map(_plain_level, f.levels))))
        for f in findings
    )
    return f'/note_report{{"report_findings": "{noted}"}}'


def asked_beside(text: str) -> str:
    """The question that a text holds beside the report in it, or nothing: "… Is that serious?", with the mark or, as
    the last thing that is said, without."""
    questions = [q.strip() for q in _QUESTION.findall(text)] or [m[0].strip() for m in _ASKED_LAST.finditer(text)]
    if not questions or len(questions[-1]) > QUESTION_CHARS or looks_like_report(questions[-1]) is Style.REPORT:
        return ""
    return questions[-1]


# "?mets" in a report asks nothing of us.
_QUESTION = re.compile(r"[^.?!:;\n\"”]{2,}\?(?!\w)")
# "Would recommend an X-ray" is no question of the patient's.
_ASKED_LAST = re.compile(
    r"(?:(?<=[.!\n\"”'’] )|(?<=\n))(?:so |and |but |also )*"
    r"(?:wh?at'?s?|why|how|when|which|who|is|are|was|were|do|does|did|can|could|should|will|would)"
    r" (?:it|this|that|these|those|they|there|i|you|we|he|she|the|an?|my|am|(?:is|are|was|were|do|does|did|can|could"
    r"|should|will|would)(?:n['’]?t)?|long|bad|serious|much|many|soon|next|now)\b[^.?!:;\n\"”]*$",
    re.IGNORECASE,
)


def _plain_level(level: str) -> str:
    """A level as letters, digits and hyphens alone; it is the report's own and could hold anything."""
    return re.sub(r"[^A-Za-z0-9-]", "", level)


def _finding(finding: ToldFinding, telling: Telling, actions: dict[str, str]) -> ReportFinding:
    return ReportFinding.model_validate(
        {
            "number": finding.number,
            "finding": finding.finding,
            "name": finding.name,
            "plain": finding.plain,
            "status": finding.status.value,
            "told": finding.told,
            "short": finding.short,
            "quotes": [
                {"sentence": q.sentence, "terms": list(q.terms), "details": list(q.details)} for q in finding.quotes
            ],
            "passage_id": finding.passage_id,
            "title": telling.titles.get(finding.passage_id or ""),
            "action": actions.get(finding.passage_id or ""),
        }
    )


def _buttons(telling: Telling, actions: dict[str, str]) -> list[Button]:
    """What a text-only client offers: the findings that are there or open, and more on the first of them."""
    ids = [f.passage_id for f in telling.findings if f.status.value in ("present", "uncertain") and f.passage_id]
    offered = dict.fromkeys([*ids[:MOST_BUTTONS], *telling.buttons])
    return [Button(title=telling.titles[i], action=actions[i]) for i in offered]


@cache
def _reader() -> tuple[Library, ReportReader]:
    """All findings and the reader of them: made once in a process, for it takes seconds."""
    library = load_library()
    reader = ReportReader(library)
    reader.read("FINDINGS: No fracture.")  # the first reading takes a second more than all others
    return library, reader
