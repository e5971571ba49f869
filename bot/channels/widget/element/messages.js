/**
 * How each type of message looks. Of a type that is not known here, or that is not as it should be, the text is shown.
 *
 * @import { Button, Config, Message, Passage, Turn, Urgent, Words } from "./types.d.ts"
 */

import { fill, h, icon } from "./dom.js";
import { dialled, linked, phoneLink, prose, webLink } from "./prose.js";
import { otherButtons, reportCard } from "./report.js";

/**
 * What messages need of the widget around them.
 *
 * @typedef {object} Around
 * @property {Words} words
 * @property {string} lang
 * @property {Config | null} config
 * @property {string[]} phones the clinic's numbers
 * @property {(button: { title: string, action?: string }) => void} press
 * @property {(turn: Turn) => void} retry
 * @property {(turn: Turn, message: Message, verdict: "yes" | "no", reason?: string) => Promise<void>} judge
 * @property {(text: string) => void} announce
 */

/** @type {Record<string, (message: Message, around: Around, turn: Turn) => (Node | null)[]>} */
const VIEWS = {
  explanation: explanation,
  choices: choices,
  report: (message, around) => [
    reportCard(message, around),
    suggestions(otherButtons(message), around.words.next, around),
  ],
  urgent: (message, around) => [
    urgent(message, /** @type {Urgent} */ (message.urgent), around),
    suggestions(message.buttons ?? [], around.words.next, around),
  ],
  unavailable: (message, around, turn) => [
    h(
      "div",
      { class: "notice fault" },
      icon("alert"),
      h("div", { class: "prose" }, prose(message.text, around.phones)),
      turn.said && retryButton(turn, around),
    ),
  ],
};

/**
 * @param {Message} message
 * @param {Around} around
 * @param {Turn} turn
 * @returns {HTMLElement}
 */
export function messageView(message, around, turn) {
  /** @type {(Node | null)[]} */
  let parts;
  try {
    parts = (Object.hasOwn(VIEWS, message.type) ? VIEWS[message.type] : plain)(message, around, turn);
  } catch {
    parts = plain(message, around, turn);
  }
  return h("div", { class: "answer", "data-type": message.type }, parts);
}

/**
 * What a screen reader is told when the message arrives.
 *
 * @param {Message} message
 * @param {Words} words
 */
export function spoken(message, words) {
  if (message.type === "urgent") return ""; // it is an alert of its own
  // Of a report the rest is there to be read in its own time.
  if (message.report?.opening) return message.report.opening;
  const said = message.passage ? `${message.passage.title}. ${message.passage.text} ${reviewed(message.passage, words, "en")}` : message.text;
  const count = (message.buttons?.length ?? 0) + (message.choices?.length ?? 0);
  return [said, count ? fill(words.answers_below, { count }) : ""].filter(Boolean).join(" ");
}

/**
 * @param {Message} message
 * @param {Around} around
 * @param {Turn} turn
 */
function plain(message, around, turn) {
  const label = turn.said ? around.words.next : around.words.starters;
  return [text(message, around), suggestions(message.buttons ?? [], label, around)];
}

/**
 * @param {Message} message
 * @param {Around} around
 */
function text(message, around) {
  return h("div", { class: "prose" }, prose(message.text, around.phones));
}

/**
 * Questions to pick, under their label. They go when the next thing is said: what is old can't be pressed by mistake.
 *
 * @param {Button[]} buttons
 * @param {string} label
 * @param {Around} around
 */
export function suggestions(buttons, label, around) {
  if (!buttons.length) return null;
  return h(
    "div",
    { class: "next", "data-passing": true },
    h("h3", {}, label),
    h(
      "ul",
      { role: "list" },
      buttons.map((button) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "suggestion", onclick: () => around.press(button) },
            h("span", { dir: "auto" }, button.title),
            icon("next"),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {Turn} turn
 * @param {Around} around
 */
export function retryButton(turn, around) {
  return h(
    "button",
    { type: "button", class: "button", "data-passing": true, onclick: () => around.retry(turn) },
    icon("again"),
    around.words.retry,
  );
}

/**
 * @param {Message} message
 * @param {Around} around
 */
function choices(message, around) {
  // For clients that show text only, the text names the choices too.
  const offered = new Set(message.choices?.map(({ title }) => `- ${title}`));
  const asked = message.text.split("\n").filter((line) => !offered.has(line.trim()));
  return [
    h("div", { class: "prose" }, prose(asked.join("\n"), around.phones)),
    suggestions([...(message.choices ?? []), ...(message.buttons ?? [])], around.words.choose, around),
  ];
}

/**
 * @param {Message} message
 * @param {Around} around
 * @param {Turn} turn
 */
function explanation(message, around, turn) {
  const passage = /** @type {Passage} */ (message.passage);
  const { words } = around;
  // Before the passage a message can say how it came to it, as that no finding was named.
  const at = message.text.indexOf(passage.text);
  const before = message.text.slice(0, Math.max(at, 0)).trim();
  const lead = message.lead ?? (before.endsWith(passage.title) ? before.slice(0, -passage.title.length).trim() : before);
  const status = passage.review.status;
  const card = h(
    "article",
    { class: "card" },
    h(
      "div",
      { class: "body" },
      h("h3", { dir: "auto" }, passage.title),
      h("div", { class: "prose" }, prose(passage.text, around.phones)),
    ),
    h(
      "div",
      { class: "foot" },
      h(
        "p",
        { class: "review", "data-status": status },
        icon(status === "reviewed" ? "tick" : "pencil"),
        reviewed(passage, words, around.lang),
      ),
      passage.sources.length > 0 && sources(passage, words),
      helpful(message, around, turn),
    ),
  );
  return [
    lead ? h("div", { class: "prose" }, prose(lead, around.phones)) : null,
    card,
    suggestions(message.buttons ?? [], words.next, around),
  ];
}

/**
 * @param {Passage} passage
 * @param {Words} words
 * @param {string} lang
 */
function reviewed({ review }, words, lang) {
  if (review.status === "expired") return words.review_expired;
  if (review.status !== "reviewed") return words.review_draft;
  if (!review.reviewed_on) return words.review_reviewed;
  const day = new Date(`${review.reviewed_on}T12:00:00`);
  const date = Number.isNaN(day.getTime()) ? review.reviewed_on : day.toLocaleDateString(lang, { dateStyle: "long" });
  return fill(words.review_reviewed_on, { date });
}

/**
 * @param {Passage} passage
 * @param {Words} words
 */
function sources(passage, words) {
  return h(
    "details",
    { class: "sources" },
    h("summary", {}, fill(words.sources, { count: passage.sources.length }), icon("down")),
    h(
      "ol",
      {},
      passage.sources.map((source) =>
        h(
          "li",
          {},
          source.url ? webLink(source.url, source.title, words.new_tab) : h("span", { class: "name" }, source.title),
          h("small", {}, [source.org, source.year].filter(Boolean).join(", ")),
        ),
      ),
    ),
  );
}

/**
 * Yes or no, and after a no a reason out of a few: what somebody would type could be about their health, and nobody
 * reads it in time.
 *
 * @param {Message} message
 * @param {Around} around
 * @param {Turn} turn
 */
function helpful(message, around, turn) {
  const { words } = around;
  const question = h("p", { tabindex: -1 }, words.helpful);
  const row = h("div", { class: "helpful", role: "group", "aria-label": words.helpful }, question);
  const thank = () => {
    question.textContent = words.helpful_thanks;
    row.replaceChildren(question);
  };
  /** @param {"yes" | "no"} verdict @param {string} [reason] */
  const judge = async (verdict, reason) => {
    try {
      await around.judge(turn, message, verdict, reason);
    } catch {
      question.textContent = words.helpful_failed;
      around.announce(words.helpful_failed);
      return;
    }
    const asks = verdict === "no" && !reason;
    if (asks) {
      question.textContent = words.helpful_why;
      row.replaceChildren(question, reasons);
    } else thank();
    question.focus({ preventScroll: true }); // the pressed button is gone
    around.announce(question.textContent ?? "");
  };
  /** @param {string} label @param {"yes" | "no"} verdict @param {string} [reason] */
  const button = (label, verdict, reason) =>
    h("button", { type: "button", class: "button", onclick: () => judge(verdict, reason) }, label);
  const reasons = h(
    "div",
    { class: "reasons" },
    Object.entries(words.reasons).map(([reason, label]) => button(label, "no", reason)),
  );
  if (turn.feedback?.[message.id]) thank();
  else row.append(button(words.yes, "yes"), button(words.no, "no"));
  return row;
}

/**
 * Never collapsed, never faded, first in its turn; a screen reader says it at once.
 *
 * @param {Message} message
 * @param {Urgent} found
 * @param {Around} around
 */
function urgent(message, found, around) {
  const { words, config } = around;
  const level = found.level in words.urgent ? found.level : "emergency";
  const calls = numbersIn(found.call, around);
  const title = calls[0] && calls[0] === config?.crisis_line ? words.urgent.crisis : words.urgent[level];
  return h(
    "div",
    { class: "urgent", role: "alert", "data-level": level },
    h("h3", {}, icon(level === "emergency" ? "alert" : "today"), title),
    h("div", { class: "prose" }, prose(message.text, around.phones)),
    calls.length
      ? h("div", { class: "calls" }, calls.map((number, index) => callButton(number, index > 0, around)))
      : h("p", {}, found.call),
  );
}

/**
 * The numbers that the words on whom to call name, in their order.
 *
 * @param {string} call "911", or a sentence with the clinic's numbers in it
 * @param {Around} around
 */
function numbersIn(call, { phones }) {
  if (dialled(call)) return [call];
  return linked(call, phones)
    .map((part) => (typeof part === "string" ? "" : (part.textContent ?? "")))
    .filter((number, index, all) => phones.includes(number) && all.indexOf(number) === index);
}

/**
 * @param {string} number
 * @param {boolean} second
 * @param {Around} around
 */
function callButton(number, second, { words, config }) {
  const known = number === config?.emergency_number ? words.call_emergency : words.call;
  const label =
    config && number === config.phone ? fill(words.call_clinic, { clinic: config.name }) : fill(known, { number });
  const link = phoneLink(number, icon("phone"), second ? "call second" : "call");
  link.append(label);
  return link;
}
