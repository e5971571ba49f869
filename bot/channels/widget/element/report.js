/**
 * A report, walked through: its findings in groups, each with the patient's own sentence; what else is in it; what to ask
 * the doctor; and the sheet for the visit, to print or to save. All words but those of the buttons are the gateway's.
 *
 * @import { Button, Message, Quote, Report, ReportFinding, ReportGroup } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { fill, h, icon } from "./dom.js";
import { prose } from "./prose.js";
import { print, save } from "./sheet.js";

/** So many sentences of one finding are shown at once. */
const SENTENCES = 2;

/**
 * @param {Message} message
 * @param {Around} around
 * @returns {HTMLElement}
 */
export function reportCard(message, around) {
  const report = /** @type {Report} */ (message.report);
  const { words } = around;
  const { titles } = report;
  return h(
    "article",
    { class: "card report" },
    h(
      "div",
      { class: "body" },
      h("h3", {}, words.report.title),
      h("div", { class: "prose" }, prose(report.opening || message.text, around.phones)),
    ),
    section(titles.contradictions, report.contradictions, "twofold", (rows) =>
      h("ul", { class: "plain" }, rows.map(({ line }) => h("li", { dir: "auto" }, line))),
    ),
    report.groups.map((group) => groupView(group, around)),
    section(titles.hedges, report.hedges, "", (rows) =>
      h(
        "ul",
        { class: "findings", role: "list" },
        rows.map((hedge) =>
          h(
            "li",
            { class: "finding" },
            h("p", { dir: "auto" }, h("strong", {}, `“${hedge.words}”`), ` ${hedge.short}`),
            more(hedge.title, hedge, around),
          ),
        ),
      ),
    ),
    section(titles.normal, report.normal, "", (rows) => quotes(rows)),
    section(titles.unexplained, report.unexplained, "", (rows) => [
      h("p", {}, words.report.unexplained_hint),
      quotes(rows),
    ]),
    section(titles.questions, report.questions, "", (rows) =>
      h("ol", { class: "plain" }, rows.map((question) => h("li", { dir: "auto" }, question))),
    ),
    h(
      "div",
      { class: "foot" },
      h("p", {}, report.closing),
      report.review && h("p", { class: "review", "data-status": "draft" }, icon("pencil"), report.review),
    ),
    report.sheet &&
      h(
        "div",
        { class: "tools" },
        h("p", {}, words.report.sheet_hint),
        tool("print", words.report.print, () => print(report, around)),
        tool("save", words.report.save, () => save(report, around)),
      ),
  );
}

/**
 * The buttons of the message that no finding of it has.
 *
 * @param {Message} message
 * @returns {Button[]}
 */
export function otherButtons({ report, buttons }) {
  const own = new Set(report?.groups.flatMap(({ findings }) => findings.map(({ action }) => action)));
  return (buttons ?? []).filter(({ action }) => !own.has(action));
}

/**
 * @template Row
 * @param {string} title
 * @param {Row[]} rows
 * @param {string} className
 * @param {(rows: Row[]) => any} content
 */
function section(title, rows, className, content) {
  if (!rows.length) return null;
  return h("section", { class: `group ${className}` }, h("h4", {}, title), content(rows));
}

/** @param {string[]} rows the report's own words */
function quotes(rows) {
  return h("ul", { class: "words", role: "list" }, rows.map((row) => h("li", { dir: "auto" }, row)));
}

/**
 * @param {ReportGroup} group
 * @param {Around} around
 */
function groupView(group, around) {
  return h(
    "section",
    { class: "group", "data-status": group.status },
    h("h4", {}, h("span", { class: "status" }, icon(group.status), group.title), ` ${group.findings.length}`),
    h("p", {}, group.hint),
    h(
      "ul",
      { class: "findings", role: "list" },
      group.findings.map((finding) => findingView(finding, group, around)),
    ),
  );
}

/**
 * @param {ReportFinding} finding
 * @param {ReportGroup} group
 * @param {Around} around
 */
function findingView(finding, group, around) {
  const { words } = around;
  const said = finding.quotes.map(quoteView);
  const open = group.status === "present" || group.status === "uncertain";
  return h(
    "li",
    { class: "finding" },
    h(
      "p",
      { class: "terms" },
      h("strong", {}, `${finding.number}. ${finding.name}`),
      finding.plain && h("span", { class: "more" }, finding.plain),
    ),
    finding.told !== group.told && h("p", { class: "told" }, finding.told),
    said.slice(0, SENTENCES),
    said.length > SENTENCES &&
      h(
        "details",
        {},
        h("summary", {}, fill(words.report.more_sentences, { count: said.length - SENTENCES })),
        said.slice(SENTENCES),
      ),
    open && finding.short && h("p", { class: "short" }, finding.short),
    finding.action && more(finding.title ?? words.report.explain, finding, around),
  );
}

/** @param {Quote} quote */
function quoteView(quote) {
  return h(
    "blockquote",
    { dir: "auto" },
    quoted(quote),
    quote.details.length > 0 && h("small", {}, quote.details.join(" · ")),
  );
}

/**
 * A button that asks for more in words of its own.
 *
 * @param {string} title
 * @param {{ action?: string }} button
 * @param {Around} around
 */
function more(title, { action }, around) {
  return h("button", { type: "button", class: "quiet", onclick: () => around.press({ title, action }) }, title);
}

/**
 * A sentence of the report with its terms marked.
 *
 * @param {Quote} quote
 * @returns {(string | HTMLElement)[]}
 */
export function quoted({ sentence, terms }) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let at = 0;
  const places = terms
    .map((term) => ({ start: sentence.indexOf(term), length: term.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start || b.length - a.length);
  for (const { start, length } of places) {
    if (start < at) continue; // one term inside another
    parts.push(sentence.slice(at, start), h("mark", {}, sentence.slice(start, start + length)));
    at = start + length;
  }
  return ["“", ...parts, sentence.slice(at), "”"];
}

/**
 * @param {"print" | "save"} name
 * @param {string} label
 * @param {() => void} onclick
 */
function tool(name, label, onclick) {
  return h("button", { type: "button", class: "button", onclick }, icon(name), label);
}
