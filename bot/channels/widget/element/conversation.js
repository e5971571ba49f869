/**
 * The conversation: what was said, what was answered, what failed. It knows the gateway and what is kept; not the page.
 *
 * @import { Failure, Message, Said, Turn } from "./types.d.ts"
 */

import { Api, ApiError } from "./api.js";
import { Store } from "./store.js";

/** How often a message is sent again by itself: while the one before is still being answered, as after a reload. */
const ATTEMPTS = 10;

/**
 * What the page is told. `onTurn`: a turn is new or has changed. `onReset`: all turns are others now.
 *
 * @typedef {{ onTurn: (turn: Turn) => void, onReset: () => void }} Listener
 */

export class Conversation {
  /**
   * @param {Api} api
   * @param {Store} store
   * @param {Listener} listener
   */
  constructor(api, store, listener) {
    this.#api = api;
    this.#store = store;
    this.#listener = listener;
  }

  #api;
  #store;
  #listener;
  #token = "";
  /** Ends what is on its way, when the conversation is deleted. */
  #flight = new AbortController();

  /** @type {Turn[]} */
  turns = [];
  draft = "";
  open = false;
  /** What was said when it was deleted; empty while there is a conversation. */
  erased = "";

  /** Whether a message is on its way. There is only ever one. */
  get busy() {
    return this.turns.some((turn) => turn.state === "sending");
  }

  /** Take up the conversation that this tab had. What was on its way when the page was left has no answer. */
  restore() {
    const kept = this.#store.read();
    this.#token = kept.token ?? "";
    this.turns = Array.isArray(kept.turns) ? kept.turns : [];
    this.draft = kept.draft ?? "";
    this.open = kept.open ?? false;
    this.erased = kept.erased ?? "";
    this.turns = this.turns.filter((turn) => turn.said || turn.state === "answered");
    for (const turn of this.turns) if (turn.state === "sending") fail(turn, { kind: "interrupted" });
    this.#listener.onReset();
  }

  /** @param {string} text what is being written */
  keepDraft(text) {
    this.draft = text;
    this.#keep();
  }

  /** @param {boolean} open */
  keepOpen(open) {
    this.open = open;
    this.#keep();
  }

  #keep() {
    const { turns, draft, open, erased } = this;
    this.#store.write({ token: this.#token, turns, draft, open, erased });
  }

  /** The page is left: what is on its way brings no answer to it any more. */
  leave() {
    this.#flight.abort();
    this.#flight = new AbortController();
  }

  /** Have a greeting, unless there is a conversation. */
  async begin() {
    if (this.turns.length || this.erased) return;
    await this.#answer(this.#newTurn(null));
  }

  /**
   * Say something, unless a message is on its way.
   *
   * @param {Said} said
   */
  async say(said) {
    if (this.busy) return;
    // A greeting that failed says nothing any more: what was said now shows whether the server is there.
    const forgotten = this.turns.filter((turn) => !turn.said && turn.state === "failed");
    if (forgotten.length) {
      this.turns = this.turns.filter((turn) => !forgotten.includes(turn));
      this.#listener.onReset();
    }
    await this.#answer(this.#newTurn(said));
  }

  /**
   * Send again what was not answered, or what could not be looked up.
   *
   * @param {Turn} turn
   */
  async retry(turn) {
    if (!this.busy) await this.#answer(turn);
  }

  /** Send what could not be sent while there was no network. */
  async recover() {
    const last = this.turns.at(-1);
    if (last?.state === "failed" && last.failure?.kind === "offline") await this.retry(last);
  }

  /** Erase the conversation here and on the server, and begin a new one. */
  async startOver() {
    this.#forget("");
    await this.begin();
  }

  /**
   * Erase the conversation here and on the server.
   *
   * @param {string} everywhere what is said when both went well
   * @param {string} hereOnly what is said when the server could not be reached
   */
  async erase(everywhere, hereOnly) {
    const erased = this.#forget(everywhere);
    if (!(await erased) && this.erased) {
      this.erased = hereOnly;
      this.#keep();
      this.#listener.onReset();
    }
  }

  /** Begin anew after it was erased. */
  async beginAgain() {
    this.erased = "";
    this.#listener.onReset();
    await this.begin();
  }

  /**
   * Say whether a message helped.
   *
   * @param {Turn} turn
   * @param {Message} message
   * @param {"yes" | "no"} verdict
   * @param {string} [reason]
   */
  async judge(turn, message, verdict, reason) {
    await this.#api.feedback(this.#token, message.id, verdict === "yes", reason);
    turn.feedback = { ...turn.feedback, [message.id]: verdict };
    this.#keep();
  }

  /**
   * @param {string} erased
   * @returns {Promise<boolean>} whether the server erased it too
   */
  async #forget(erased) {
    const token = this.#token;
    this.#flight.abort();
    this.#flight = new AbortController();
    this.#token = "";
    this.turns = [];
    this.draft = "";
    this.erased = erased;
    this.#store.forget();
    this.#keep();
    this.#listener.onReset();
    if (!token) return true;
    try {
      await this.#api.erase(token);
      return true;
    } catch (error) {
      return error instanceof ApiError && error.status === 401; // it was not there any more
    }
  }

  /**
   * @param {Said | null} said
   * @returns {Turn}
   */
  #newTurn(said) {
    /** @type {Turn} */
    const turn = { key: (this.turns.at(-1)?.key ?? 0) + 1, said, state: "sending", messages: [] };
    this.turns.push(turn);
    return turn;
  }

  /** @param {Turn} turn */
  async #answer(turn) {
    const flight = this.#flight;
    turn.state = "sending";
    turn.messages = [];
    delete turn.failure;
    this.#changed(turn);
    try {
      const messages = turn.said ? await this.#ask(turn, turn.said) : await this.#start();
      if (flight.signal.aborted) return;
      turn.messages = messages;
      turn.state = "answered";
    } catch (error) {
      if (flight.signal.aborted) return;
      const failure = error instanceof ApiError ? error.failure : { kind: /** @type {const} */ ("other") };
      fail(turn, turn.said || failure.kind === "problem" ? failure : { kind: "start" });
    }
    this.#changed(turn);
  }

  /** @returns {Promise<Message[]>} the greeting */
  async #start() {
    const { token, messages } = await this.#api.start(this.#flight.signal);
    this.#token = token;
    return messages;
  }

  /**
   * @param {Turn} turn
   * @param {Said} said
   * @returns {Promise<Message[]>}
   */
  async #ask(turn, said) {
    if (!this.#token) await this.#start();
    // A button holds in its own conversation only; its title is a question that holds in any.
    const words = said.kind === "action" ? { kind: /** @type {const} */ ("text"), text: said.text } : said;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#api.send(this.#token, said, this.#flight.signal)).messages;
      } catch (error) {
        if (!(error instanceof ApiError) || attempt > ATTEMPTS) throw error;
        if (error.status === 401 && !turn.renewed) {
          await this.#start();
          turn.renewed = true;
          said = words;
        } else if (error.problem === "button-expired" && said !== words) said = words;
        else if (error.problem === "busy") await seconds(error.retryAfter || 1);
        else throw error;
      }
    }
  }

  /** @param {Turn} turn */
  #changed(turn) {
    this.#keep();
    this.#listener.onTurn(turn);
  }
}

/** @param {number} count */
function seconds(count) {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}

/**
 * @param {Turn} turn
 * @param {Failure} failure
 */
function fail(turn, failure) {
  turn.state = "failed";
  turn.failure = failure;
}
