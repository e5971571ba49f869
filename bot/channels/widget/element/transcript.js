/**
 * What was said and answered, turn by turn. A turn is drawn anew when it changes; older ones are left alone.
 *
 * @import { Turn } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { TIMEOUT_SECONDS } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { messageView, retryButton, spoken } from "./messages.js";
import { size } from "./composer.js";

/** After this long, waiting is explained. */
const LONG_SECONDS = 10;

export class Transcript {
  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
    this.#turns = h("ol", { class: "turns", role: "list" });
    this.element = h(
      "div",
      // Its own place in the tab order: else the keyboard could not scroll it.
      { class: "transcript", role: "region", "aria-label": around.words.transcript, tabindex: 0 },
      this.#turns,
    );
  }

  #around;
  #turns;
  /** @type {Map<number, HTMLElement>} */
  #views = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /**
   * Show these turns and no others.
   *
   * @param {Turn[]} turns
   * @param {Node | null} [instead] shown when there are none
   */
  reset(turns, instead) {
    clearTimeout(this.#patience);
    this.#views.clear();
    this.#turns.replaceChildren();
    for (const turn of turns) this.#draw(turn);
    if (instead) this.#turns.append(h("li", { class: "turn" }, instead));
    this.#retire();
  }

  /**
   * Show a turn that is new or has changed, and say what is new.
   *
   * @param {Turn} turn
   */
  show(turn) {
    const { words, announce } = this.#around;
    this.#draw(turn);
    this.#retire();
    clearTimeout(this.#patience);
    if (turn.state === "sending") {
      if (turn.said) announce(words.working);
      this.#patience = setTimeout(() => this.#beLong(turn), LONG_SECONDS * 1000);
    } else if (turn.state === "failed") announce(this.#failure(turn));
    else announce([turn.renewed && words.renewed, ...turn.messages.map((message) => spoken(message, words))].filter(Boolean).join(" "));
    this.#scrollTo(turn);
  }

  /** Put the focus on what was said last, from where the answer can be read on. */
  focusLast() {
    const said = [...this.#turns.querySelectorAll(".said")].at(-1);
    (said instanceof HTMLElement ? said : this.element).focus({ preventScroll: true });
  }

  /** Put the focus on the first button, as on the only one that is left when all was deleted. */
  focusButton() {
    this.#turns.querySelector("button")?.focus({ preventScroll: true });
  }

  /** The end of the conversation, as when it is taken up again. */
  scrollToLast() {
    const last = this.#turns.lastElementChild;
    if (last) this.#align(last);
  }

  /** @param {Turn} turn */
  #draw(turn) {
    const view = h("li", { class: "turn" }, this.#parts(turn));
    const shown = this.#views.get(turn.key);
    if (shown) shown.replaceWith(view);
    else this.#turns.append(view);
    this.#views.set(turn.key, view);
  }

  /**
   * @param {Turn} turn
   * @returns {(Node | null)[]}
   */
  #parts(turn) {
    const { words } = this.#around;
    const parts = [turn.said && this.#said(turn)];
    if (turn.state === "sending") {
      const waiting = turn.said ? words.working : words.greeting_waits;
      const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
      return [...parts, h("p", { class: "working" }, dots, h("span", {}, waiting))];
    }
    if (turn.state === "failed") {
      const fault = h("div", { class: "notice fault" }, icon("alert"), h("p", {}, this.#failure(turn)));
      fault.append(retryButton(turn, this.#around));
      return [...parts, fault];
    }
    return [
      ...parts,
      turn.renewed ? h("p", { class: "aside" }, words.renewed) : null,
      h("p", { class: "unseen" }, words.answer),
      ...turn.messages.map((message) => messageView(message, this.#around, turn)),
    ];
  }

  /** @param {Turn} turn */
  #said({ said }) {
    const { words, lang } = this.#around;
    if (!said) return null;
    const label = h("span", { class: "unseen" }, said.kind === "action" ? words.you_picked : words.you, " ");
    if (said.kind !== "report") return h("div", { class: "said", tabindex: -1, dir: "auto" }, label, said.text);
    return h(
      "div",
      { class: "said", tabindex: -1 },
      fill(words.report_sent, { count: size(said.text).toLocaleString(lang) }),
      h("details", {}, h("summary", {}, words.report_shown), h("p", { dir: "auto", tabindex: 0 }, said.text)),
    );
  }

  /** @param {Turn} turn */
  #failure({ failure }) {
    const { words } = this.#around;
    if (failure?.kind === "problem") return failure.detail ?? words.errors.other;
    return fill(words.errors[failure?.kind ?? "other"], { seconds: TIMEOUT_SECONDS });
  }

  /** @param {Turn} turn */
  #beLong(turn) {
    const { words, announce } = this.#around;
    const status = this.#views.get(turn.key)?.querySelector(".working span:last-child");
    if (status) status.textContent = words.working_long;
    announce(words.working_long);
  }

  /** Take the suggestions and retry buttons of all turns but the last away: out of sight and out of the tab order. */
  #retire() {
    for (const turn of [...this.#turns.children].slice(0, -1))
      for (const passing of turn.querySelectorAll("[data-passing]")) passing.remove();
  }

  /** @param {Turn} turn */
  #scrollTo(turn) {
    const view = this.#views.get(turn.key);
    if (view) this.#align(view);
  }

  /**
   * Bring the beginning of a turn to the top: an answer is read from its beginning. The page is never scrolled.
   *
   * @param {Element} view
   */
  #align(view) {
    const own = getComputedStyle(this.element).overflowY !== "visible";
    const scroller = own ? this.element : this.element.parentElement;
    if (!scroller) return;
    const top = view === this.#turns.firstElementChild ? -scroller.scrollTop : view.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top - 16;
  }
}
