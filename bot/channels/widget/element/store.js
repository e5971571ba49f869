/**
 * What is kept for this tab: sessionStorage, so that reloading or following a link keeps the conversation, and closing
 * the tab forgets it. Where the browser refuses, nothing is kept and all else works.
 *
 * @import { Config, Turn } from "./types.d.ts"
 *
 * @typedef {{ token: string, turns: Turn[], draft: string, open: boolean, erased: string }} Kept
 */

export class Store {
  /** @param {string} server whose conversation it is */
  constructor(server) {
    this.key = `plainscan-chat ${server}`;
    /** Whether the conversation is kept at all; the clinic can switch it off. */
    this.keeps = true;
  }

  /** @returns {Partial<Kept>} */
  read() {
    return this.keeps ? this.#get(this.key) : {};
  }

  /** @param {Kept} kept */
  write(kept) {
    if (this.keeps) this.#set(this.key, kept);
  }

  forget() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {}
  }

  /** The clinic's settings of last time, so that a page that is left and come back to has its colours at once. */
  get config() {
    const config = /** @type {Partial<Config>} */ (this.#get(`${this.key} config`));
    return config.limits ? /** @type {Config} */ (config) : null;
  }

  set config(config) {
    this.#set(`${this.key} config`, config);
  }

  /** @param {string} key */
  #get(key) {
    try {
      const value = JSON.parse(sessionStorage.getItem(key) ?? "{}");
      return value && typeof value === "object" ? value : {};
    } catch {
      return {};
    }
  }

  /**
   * @param {string} key
   * @param {unknown} value
   */
  #set(key, value) {
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch {}
  }
}
