/**
 * Where a patient writes: one question in a field that grows, or a whole report in a larger one.
 *
 * @import { Config, Said, Words } from "./types.d.ts"
 */

import { fill, h, icon } from "./dom.js";

/** What the gateway takes as shipped, until it says otherwise. */
const LIMITS = { text: 2000, report: 20000 };
/** From this share of the limit on, the counter is there. */
const NEAR = 0.8;

export class Composer {
  /**
   * @param {Words} words
   * @param {{ say: (said: Said) => void, draft: (text: string) => void, announce: (text: string) => void }} widget
   */
  constructor(words, widget) {
    this.#words = words;
    this.#widget = widget;
    this.#field = h("textarea", {
      id: "question",
      rows: 1,
      dir: "auto",
      placeholder: words.input_hint,
      autocomplete: "off",
      enterkeyhint: "send",
      "aria-describedby": "counter",
      oninput: () => this.#typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.#send = h(
      "button",
      { type: "submit", class: "square send", "aria-label": words.send, title: words.send },
      icon("send"),
    );
    this.#counter = h("p", { id: "counter", class: "counter" });
    this.#asReport = h(
      "button",
      { type: "button", class: "quiet", hidden: true, onclick: () => this.#submit("report") },
      words.send_as_report,
    );
    this.#paste = h(
      "button",
      { type: "button", class: "quiet", onclick: () => this.openReport() },
      icon("page"),
      words.paste_report,
    );
    this.#ask = h(
      "form",
      { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#submit("text")) },
      h(
        "div",
        { class: "ask" },
        h("label", { for: "question", class: "unseen" }, words.input),
        this.#field,
        this.#send,
      ),
      h("div", { class: "under" }, this.#paste, this.#asReport, this.#counter),
    );

    this.#report = h("textarea", {
      id: "report",
      dir: "auto",
      autocomplete: "off",
      "aria-describedby": "report-privacy report-counter",
      oninput: () => this.#count(),
    });
    this.#reportCounter = h("p", { id: "report-counter", class: "counter" });
    this.#reportForm = h(
      "form",
      {
        class: "paste",
        hidden: true,
        onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#submit("report")),
      },
      h("label", { for: "report", class: "label" }, words.report_input),
      h("p", { id: "report-privacy" }, words.report_privacy),
      this.#report,
      h(
        "div",
        { class: "row" },
        h("button", { type: "submit", class: "button main" }, words.report_send),
        h("button", { type: "button", class: "button", onclick: () => this.closeReport() }, words.cancel),
        this.#reportCounter,
      ),
    );
    this.#offline = h("p", { class: "offline", hidden: true }, icon("cut"), words.offline);
    this.element = h("div", { class: "writing" }, this.#offline, this.#ask, this.#reportForm);
    this.#count();
  }

  #words;
  #widget;
  #field;
  #send;
  #counter;
  #asReport;
  #paste;
  #ask;
  #report;
  #reportCounter;
  #reportForm;
  #offline;
  #limits = LIMITS;
  #busy = false;
  #told = "";

  /** @param {Config} config */
  configure(config) {
    this.#limits = { ...LIMITS, ...config.limits };
    this.#count();
  }

  /** @param {boolean} busy whether a message is on its way; writing goes on, sending waits */
  set busy(busy) {
    this.#busy = busy;
    this.#count();
  }

  /** @param {boolean} offline */
  set offline(offline) {
    this.#offline.hidden = !offline;
  }

  /** @param {string} text */
  set draft(text) {
    this.#field.value = text;
    this.#grow();
    this.#count();
  }

  get reportIsOpen() {
    return !this.#reportForm.hidden;
  }

  focus() {
    (this.reportIsOpen ? this.#report : this.#field).focus({ preventScroll: true });
  }

  openReport() {
    this.#ask.hidden = true;
    this.#reportForm.hidden = false;
    this.#report.focus();
  }

  closeReport() {
    this.#reportForm.hidden = true;
    this.#ask.hidden = false;
    this.#paste.focus();
  }

  /** Forget what was written. */
  clear() {
    this.#report.value = "";
    this.#reportForm.hidden = true;
    this.#ask.hidden = false;
    this.draft = "";
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // While a word is being composed (Japanese, Chinese, Korean …), Enter takes the word; Safari says so only by the code.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit("text");
  }

  #typed() {
    this.#grow();
    this.#count();
    this.#widget.draft(this.#field.value);
  }

  /**
   * Send what stands in a field. A question that is too long can be sent as a report.
   *
   * @param {"text" | "report"} kind
   */
  #submit(kind) {
    const field = this.reportIsOpen ? this.#report : this.#field;
    const text = field.value.trim();
    if (!text || size(text) > this.#limits[kind]) return field.focus();
    if (this.#busy) return this.#widget.announce(this.#words.busy);
    const wasReport = this.reportIsOpen;
    this.clear();
    this.#widget.draft("");
    if (wasReport || kind === "report") this.#field.focus({ preventScroll: true });
    this.#widget.say({ kind, text });
  }

  #grow() {
    const { style } = this.#field;
    style.height = "auto";
    // The borders are not part of the scroll height. Before it is shown there is none.
    if (this.#field.scrollHeight) style.height = `${this.#field.scrollHeight + 2}px`;
  }

  #count() {
    const { text, report } = this.#limits;
    const length = size(this.#field.value.trim());
    this.#show(this.#counter, length, text);
    this.#asReport.hidden = length <= text || length > report;
    this.#paste.hidden = !this.#asReport.hidden;
    this.#send.setAttribute("aria-disabled", String(!length || length > text || this.#busy));
    this.#show(this.#reportCounter, size(this.#report.value.trim()), report);
  }

  /**
   * @param {HTMLElement} counter
   * @param {number} count
   * @param {number} limit
   */
  #show(counter, count, limit) {
    const over = count > limit;
    const shown = count >= limit * NEAR;
    counter.textContent = over
      ? fill(this.#words.too_long, { over: (count - limit).toLocaleString() })
      : shown
        ? fill(this.#words.counter, { count: count.toLocaleString(), limit: limit.toLocaleString() })
        : "";
    counter.toggleAttribute("data-over", over);
    // Said when it first matters, not at each key.
    const told = over ? "over" : shown ? "near" : "";
    if (told && told !== this.#told) this.#widget.announce(counter.textContent);
    if (told !== this.#told && counter === this.#counter) this.#told = told;
  }
}

/**
 * Characters as the gateway counts them: an emoji is one.
 *
 * @param {string} text
 */
export function size(text) {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
