/**
 * A report, walked through: each finding with the sentence that names it, in four groups; what is not explained; what to
 * ask the doctor; and the sheet for the visit, to print or to save.
 *
 * @import { Mention, Message, Report, Status } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { fill, h, icon } from "./dom.js";
import { prose } from "./prose.js";
import { print, save } from "./sheet.js";

/** @type {Status[]} */
export const STATUSES = ["present", "absent", "uncertain", "prior"];

/**
 * @param {Message} message
 * @param {Around} around
 * @returns {HTMLElement}
 */
export function reportCard(message, around) {
  const report = /** @type {Report} */ (message.report);
  const { words } = around;
  const groups = STATUSES.map((status) => group(status, report, around));
  return h(
    "article",
    { class: "card" },
    h(
      "div",
      { class: "body" },
      h("h3", {}, words.report.title),
      h("div", { class: "prose" }, prose(report.opening ?? opening(message), around.phones)),
    ),
    groups,
    list(words.report.unexplained, words.report.unexplained_hint, report.unexplained, "ul"),
    list(words.report.questions, "", report.questions, "ol"),
    h(
      "div",
      { class: "tools" },
      tool("print", words.report.print, () => print(message, report, around)),
      tool("save", words.report.save, () => save(message, report, around)),
    ),
  );
}

/**
 * The first paragraph: the rest of the text says, for clients that show text only, what the card shows.
 *
 * @param {Message} message
 */
export function opening(message) {
  return message.text.split(/\n\s*\n/, 1)[0];
}

/**
 * The mentions of a status, those that one sentence names together.
 *
 * @param {Report} report
 * @param {Status} status
 * @returns {Mention[][]}
 */
export function bySentence(report, status) {
  /** @type {Map<string, Mention[]>} */
  const sentences = new Map();
  for (const mention of report.mentions) {
    if (mention.status !== status) continue;
    sentences.set(mention.sentence, [...(sentences.get(mention.sentence) ?? []), mention]);
  }
  return [...sentences.values()];
}

/**
 * A sentence of the report with its terms marked.
 *
 * @param {Mention[]} mentions of the one sentence
 * @returns {(string | HTMLElement)[]}
 */
export function quoted(mentions) {
  const { sentence } = mentions[0];
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let at = 0;
  const places = mentions
    .map(({ term }) => ({ start: sentence.toLowerCase().indexOf(term.toLowerCase()), length: term.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start || b.length - a.length);
  for (const { start, length } of places) {
    if (start < at) continue; // one term inside another
    parts.push(sentence.slice(at, start), h("mark", {}, sentence.slice(start, start + length)));
    at = start + length;
  }
  return [...parts, sentence.slice(at)];
}

/**
 * @param {Status} status
 * @param {Report} report
 * @param {Around} around
 */
function group(status, report, around) {
  const sentences = bySentence(report, status);
  const { words } = around;
  if (!sentences.length) return null;
  return h(
    "section",
    { class: "group", "data-status": status },
    h("h4", {}, statusMark(status, around)),
    h("p", {}, words.report[`${status}_hint`]),
    h("ul", { class: "findings", role: "list" }, sentences.map((mentions) => finding(mentions, around))),
  );
}

/**
 * @param {Status} status
 * @param {Around} around
 */
function statusMark(status, around) {
  return h("span", { class: "status" }, icon(status), around.words.report[status]);
}

/**
 * @param {Mention[]} mentions
 * @param {Around} around
 */
function finding(mentions, around) {
  const { words } = around;
  return h(
    "li",
    { class: "finding" },
    h(
      "p",
      { class: "terms" },
      mentions.map((mention) =>
        h("span", {}, h("strong", { dir: "auto" }, mention.term), details(mention) && h("span", { class: "more" }, ` ${details(mention)}`)),
      ),
    ),
    h("blockquote", { dir: "auto" }, quoted(mentions)),
    mentions
      .filter((mention) => mention.passage_id || mention.action)
      .map((mention) =>
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick: () =>
              around.press({ title: fill(words.report.ask, { term: mention.term }), action: mention.action }),
          },
          mentions.length > 1 ? fill(words.report.explain_named, { term: mention.term }) : words.report.explain,
          mentions.length > 1 ? null : h("span", { class: "unseen" }, ` (${mention.term})`),
        ),
      ),
  );
}

/** @param {Mention} mention */
function details({ side, severity }) {
  return [side, severity].filter(Boolean).join(", ");
}

/**
 * @param {string} title
 * @param {string} hint
 * @param {string[]} items
 * @param {"ul" | "ol"} tag
 */
function list(title, hint, items, tag) {
  if (!items?.length) return null;
  return h(
    "section",
    { class: "group" },
    h("h4", {}, title),
    hint && h("p", {}, hint),
    h(tag, { class: "plain" }, items.map((item) => h("li", { dir: "auto" }, item))),
  );
}

/**
 * @param {"print" | "save"} name
 * @param {string} label
 * @param {() => void} onclick
 */
function tool(name, label, onclick) {
  return h("button", { type: "button", class: "button", onclick }, icon(name), label);
}
