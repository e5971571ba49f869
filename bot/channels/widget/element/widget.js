/**
 * The launcher and the panel: what they are made of, what opens and closes them, where the focus is.
 *
 * @import { Config, Said, Turn, Words } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { Api } from "./api.js";
import { applyColours } from "./colour.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { fill, h, icon } from "./dom.js";
import { dialled, phoneLink, webLink } from "./prose.js";
import { sheetOf } from "./sheet.js";
import { Store } from "./store.js";
import css from "./styles.css";
import { Transcript } from "./transcript.js";
import english from "./words.en.json";

/** On a screen that is smaller than this, the panel takes all of it and the page behind it rests. */
const SMALL = "(max-width: 40em), (max-height: 30em)";
/** Where a finger points, a focused field calls up the keyboard, over the text. */
const FINGER = "(pointer: coarse)";

/** @type {Words} */
const words = english;

export class Widget {
  /**
   * @param {HTMLElement} element with the attributes
   * @param {ShadowRoot} shadow
   */
  constructor(element, shadow) {
    this.#element = element;
    this.#shadow = shadow;
    const server = (element.getAttribute("server") ?? new URL(".", import.meta.url).href).replace(/\/+$/, "");
    this.#api = new Api(server);
    this.#store = new Store(server);
    this.#config = this.#store.config;
    this.#store.keeps = this.#keeps();
    this.#conversation = new Conversation(this.#api, this.#store, {
      onTurn: (turn) => this.#turnChanged(turn),
      onReset: () => this.#reset(),
    });
    this.#around = this.#makeAround();
    this.#transcript = new Transcript(this.#around);
    this.#composer = new Composer(words, {
      say: (said) => void this.#conversation.say(said),
      draft: (text) => this.#conversation.keepDraft(text),
      announce: this.#around.announce,
    });

    this.#title = h(element.getAttribute("layout") === "page" ? "h1" : "h2", { id: "title" });
    this.#subtitle = h("p");
    this.#optionsButton = squareButton("options", words.options, () => this.#showOptions(this.#options.hasAttribute("hidden")), {
      "aria-expanded": "false",
      "aria-controls": "options",
    });
    this.#options = h(
      "div",
      { id: "options", class: "menu", role: "group", "aria-label": words.options, hidden: true },
      option("again", words.start_over, words.start_over_hint, () => this.#startOver()),
      option("bin", words.erase, words.erase_hint, () => this.#erase()),
    );
    this.#legal = h("p", { class: "legal" });
    this.#announcer = h("div", { class: "unseen", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.#panel = this.#makePanel();
    this.#launcherLabel = h("span");
    this.#launcher = h(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        "aria-controls": "panel",
        hidden: this.#inline,
        onclick: () => (this.#isOpen ? this.close() : this.open(true)),
      },
      icon("chat"),
      this.#launcherLabel,
    );
    this.#root = h("div", { class: "root", lang: "en" }, this.#launcher, this.#panel);
    shadow.adoptedStyleSheets = [sheetOf(css)];
    shadow.append(this.#root);

    this.dress();
    this.#conversation.restore();
    this.#composer.draft = this.#conversation.draft;
  }

  #element;
  #shadow;
  #api;
  #store;
  #config;
  #conversation;
  #around;
  #transcript;
  #composer;
  #title;
  #subtitle;
  #optionsButton;
  #options;
  #legal;
  #announcer;
  #panel;
  #launcherLabel;
  #launcher;
  #root;
  #small = matchMedia(SMALL);
  #dark = matchMedia("(prefers-color-scheme: dark)");
  /** Ends the listening when the element leaves the page. */
  #connected = new AbortController();
  /** What had the focus when the panel was opened. @type {Element | null} */
  #opener = null;
  /** What the page's own overflow was, while the panel covers it. @type {string | null} */
  #pageOverflow = null;

  /** The element has come onto a page. */
  connect() {
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    addEventListener("pagehide", () => this.#conversation.leave(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#conversation.restore(), { signal });
    addEventListener("offline", () => this.#network(false), { signal });
    addEventListener("online", () => this.#network(true), { signal });
    this.#small.addEventListener("change", () => this.#resize(), { signal });
    this.#dark.addEventListener("change", () => this.dress(), { signal });
    visualViewport?.addEventListener("resize", () => this.#fit(), { signal });
    visualViewport?.addEventListener("scroll", () => this.#fit(), { signal });
    this.#composer.offline = !navigator.onLine;
    void this.#configure();
    if (this.#inline) void this.#conversation.begin();
    else if (this.#conversation.open || this.#element.hasAttribute("open")) this.open(false);
  }

  /** The element has left the page. */
  disconnect() {
    this.#connected.abort();
    this.#letPageScroll();
  }

  /** Put the settings on: words, place, theme, colours. An attribute of the page goes before the clinic's settings. */
  dress() {
    const config = this.#config;
    const set = (/** @type {"theme" | "position" | "label"} */ name) =>
      this.#element.getAttribute(name) || config?.widget?.[name];
    const theme = set("theme");
    this.#root.dataset.theme = theme === "light" || theme === "dark" ? theme : this.#dark.matches ? "dark" : "light";
    this.#root.dataset.position = set("position") === "start" ? "start" : "end";
    this.#title.textContent = config?.widget?.title || words.title;
    this.#launcherLabel.textContent = set("label") || words.launcher;
    this.#subtitle.textContent = config ? fill(words.subtitle_clinic, { clinic: config.name }) : words.subtitle;
    this.#around.config = config;
    this.#around.phones = config ? [config.emergency_number, config.phone, config.crisis_line] : [];
    if (config) this.#composer.configure(config);
    this.#legal.replaceChildren(words.disclaimer, " ", ...emergencyLine(config), ...privacyLine(config));
    applyColours(this.#root, config?.colours.accent);
  }

  /**
   * Open the panel.
   *
   * @param {boolean} byHand whether a person asked for it: only then the focus moves, and only then a page is covered
   */
  open(byHand) {
    const full = this.#small.matches;
    if (this.#inline || this.#isOpen || (full && !byHand)) return;
    const panel = /** @type {HTMLDialogElement} */ (this.#panel);
    const focused = document.activeElement;
    this.#opener = byHand && focused !== document.body ? focused : null;
    this.#root.toggleAttribute("data-full", full);
    if (full) {
      panel.showModal();
      this.#pageOverflow = document.documentElement.style.overflow;
      document.documentElement.style.overflow = "hidden";
    } else panel.show();
    this.#launcher.setAttribute("aria-expanded", "true");
    this.#fit();
    if (byHand) this.#focusInside();
    else {
      // The dialog has taken the focus; a page that is loaded keeps it.
      /** @type {HTMLElement | null} */ (this.#shadow.activeElement)?.blur();
      if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    }
    this.#conversation.keepOpen(true);
    this.#transcript.scrollToLast();
    void this.#conversation.begin();
  }

  /** Close the panel and give the focus back. */
  close() {
    if (this.#inline || !this.#isOpen) return;
    this.#shut();
    this.#launcher.setAttribute("aria-expanded", "false");
    this.#showOptions(false);
    // To the launcher, or to the page's own button that opened it.
    const opener = this.#opener?.isConnected && this.#opener !== this.#element ? this.#opener : this.#launcher;
    /** @type {HTMLElement} */ (opener).focus({ preventScroll: true });
    this.#conversation.keepOpen(false);
  }

  /** Whether it stands in its place on a page, or fills a frame; then there is no launcher. */
  get #inline() {
    return ["inline", "page"].includes(this.#element.getAttribute("layout") ?? "");
  }

  get #isOpen() {
    return this.#panel.hasAttribute("open");
  }

  // ---- what it is made of ----

  /** @returns {Around} */
  #makeAround() {
    return {
      words,
      lang: "en",
      config: null,
      phones: [],
      press: ({ title, action }) =>
        this.#say(action ? { kind: "action", text: title, action } : { kind: "text", text: title }),
      retry: (turn) => {
        void this.#conversation.retry(turn);
        this.#focusAfterPress();
      },
      judge: (turn, message, verdict, reason) => this.#conversation.judge(turn, message, verdict, reason),
      announce: (text) => this.#announce(text),
    };
  }

  #makePanel() {
    const inline = this.#inline;
    return h(
      inline ? "section" : "dialog",
      {
        id: "panel",
        class: "panel",
        "aria-labelledby": "title",
        tabindex: -1,
        onkeydown: (event) => this.#escape(event),
        oncancel: (event) => event.preventDefault(), // Esc is ours: it closes the innermost thing that is open
      },
      h(
        "div",
        { class: "head" },
        h("span", { class: "mark" }, icon("chat")),
        h("div", { class: "names" }, this.#title, this.#subtitle),
        this.#optionsButton,
        inline ? null : squareButton("close", words.close, () => this.close()),
      ),
      this.#options,
      this.#transcript.element,
      this.#composer.element,
      this.#legal,
      // Inside the panel: while it is the whole screen, nothing outside it is said.
      this.#announcer,
    );
  }

  // ---- settings ----

  /** What the clinic has set. Until it is there, what this tab knew holds, or what is shipped. */
  async #configure() {
    try {
      this.#config = await this.#api.config();
    } catch {
      return;
    }
    this.#store.config = this.#config;
    this.dress();
    this.#store.keeps = this.#keeps();
    if (!this.#store.keeps) this.#store.forget();
  }

  #keeps() {
    return this.#element.getAttribute("keep") !== "none" && this.#config?.widget?.keep_transcript !== false;
  }

  // ---- open and closed ----

  #shut() {
    /** @type {HTMLDialogElement} */ (this.#panel).close();
    this.#letPageScroll();
  }

  #letPageScroll() {
    if (this.#pageOverflow !== null) document.documentElement.style.overflow = this.#pageOverflow;
    this.#pageOverflow = null;
  }

  /** The screen has become small or large: the panel is the whole of it, or stands beside the page. */
  #resize() {
    if (this.#inline || !this.#isOpen) return;
    const [focused, opener] = [this.#shadow.activeElement, this.#opener];
    this.#shut();
    this.open(true);
    this.#opener = opener;
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** Where a keyboard covers part of the screen (iOS lays it over the page), the panel takes what is left. */
  #fit() {
    if (!visualViewport || visualViewport.scale !== 1) return;
    this.#root.style.setProperty("--seen", `${visualViewport.height}px`);
    this.#root.style.setProperty("--seen-top", `${visualViewport.offsetTop}px`);
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.#options.hidden) {
      this.#showOptions(false);
      this.#optionsButton.focus();
    } else if (this.#composer.reportIsOpen) this.#composer.closeReport();
    else this.close();
  }

  #focusInside() {
    if (matchMedia(FINGER).matches) this.#panel.focus({ preventScroll: true });
    else this.#composer.focus();
  }

  /** The button that was pressed is gone. */
  #focusAfterPress() {
    if (matchMedia(FINGER).matches) this.#transcript.focusLast();
    else this.#composer.focus();
  }

  /** @param {boolean} shown */
  #showOptions(shown) {
    this.#options.hidden = !shown;
    this.#optionsButton.setAttribute("aria-expanded", String(shown));
    if (shown) this.#options.querySelector("button")?.focus();
  }

  // ---- the conversation ----

  /** @param {Said} said */
  #say(said) {
    if (this.#conversation.busy) return this.#announce(words.busy);
    void this.#conversation.say(said);
    this.#focusAfterPress();
  }

  /** @param {Turn} turn */
  #turnChanged(turn) {
    this.#composer.busy = this.#conversation.busy;
    this.#transcript.show(turn);
  }

  #reset() {
    const { erased, turns } = this.#conversation;
    const again = h("button", { type: "button", class: "button main", onclick: () => this.#beginAgain() }, words.begin_again);
    this.#transcript.reset(turns, erased ? h("div", { class: "notice" }, icon("bin"), h("p", {}, erased), again) : null);
    this.#composer.element.hidden = Boolean(erased);
    this.#composer.busy = this.#conversation.busy;
    this.#transcript.scrollToLast();
  }

  #startOver() {
    this.#showOptions(false);
    this.#composer.clear();
    void this.#conversation.startOver();
    this.#focusInside();
  }

  async #erase() {
    this.#showOptions(false);
    this.#composer.clear();
    const minutes = this.#config?.limits.idle_minutes ?? 30;
    const done = this.#conversation.erase(words.erased, fill(words.erased_here_only, { minutes }));
    this.#transcript.focusButton();
    await done;
    this.#announce(this.#conversation.erased);
  }

  #beginAgain() {
    void this.#conversation.beginAgain();
    this.#focusInside();
  }

  /** @param {boolean} online */
  #network(online) {
    this.#composer.offline = !online;
    this.#announce(online ? words.online : words.offline);
    if (online) void this.#conversation.recover();
  }

  /** @param {string} text */
  #announce(text) {
    if (text) this.#announcer.replaceChildren(h("p", {}, text));
  }
}

/**
 * @param {"options" | "close"} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {import("./dom.js").Attributes} [more]
 */
function squareButton(name, label, onclick, more) {
  return h("button", { type: "button", class: `square ${name}`, "aria-label": label, title: label, onclick, ...more }, icon(name));
}

/**
 * @param {"again" | "bin"} name
 * @param {string} label
 * @param {string} hint
 * @param {() => void} onclick
 */
function option(name, label, hint, onclick) {
  return h("button", { type: "button", onclick }, icon(name), h("strong", {}, label), h("small", {}, hint));
}

/** @param {Config | null} config */
function emergencyLine(config) {
  const number = config?.emergency_number ?? "";
  if (!dialled(number)) return [words.emergency_unknown];
  const [before, after] = words.emergency.split("{number}");
  return [before, phoneLink(number, number), after];
}

/** @param {Config | null} config */
function privacyLine(config) {
  return config?.privacy_url ? [" ", webLink(config.privacy_url, words.privacy, words.new_tab)] : [];
}
