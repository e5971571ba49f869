/**
 * `<plainscan-chat>`: the chat, on a page of the clinic or alone in a frame.
 *
 * Attributes: `server` (where the gateway is; else where this file came from), `layout="inline"` (no launcher, in its
 * place on the page) or `"page"` (fills the window), `position="start"`, `theme="light"` or `"dark"`, `label` (of the launcher), `keep="none"`, `open`.
 */

import { Widget } from "./widget.js";

class PlainscanChat extends HTMLElement {
  static observedAttributes = ["theme", "position", "label"];

  /** @type {Widget | undefined} */
  #widget;

  connectedCallback() {
    this.#widget ??= new Widget(this, this.attachShadow({ mode: "open" }));
    this.#widget.connect();
  }

  disconnectedCallback() {
    this.#widget?.disconnect();
  }

  attributeChangedCallback() {
    this.#widget?.dress();
  }

  /** Open the panel, as a click on the launcher does; for a page that has a button of its own. */
  open() {
    this.#widget?.open(true);
  }

  /** Close the panel; the conversation stays. */
  close() {
    this.#widget?.close();
  }
}

if (!customElements.get("plainscan-chat")) customElements.define("plainscan-chat", PlainscanChat);
