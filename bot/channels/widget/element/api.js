/**
 * The gateway's public API, as the widget uses it. Nothing else is ever asked for anything.
 *
 * @import { Config, Failure, Message, Said } from "./types.d.ts"
 */

/** After this long without an answer a message counts as not answered. The gateway itself gives up after ten. */
export const TIMEOUT_SECONDS = 30;

/** A request that brought no answer. `status` and `problem` are the gateway's, where it answered at all. */
export class ApiError extends Error {
  /**
   * @param {Failure} failure
   * @param {number} [status]
   * @param {string} [problem] the last word of the problem's type
   * @param {number} [retryAfter] seconds
   */
  constructor(failure, status = 0, problem = "", retryAfter = 0) {
    super(failure.kind);
    this.failure = failure;
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export class Api {
  /** @param {string} server where the gateway is; no slash at the end */
  constructor(server) {
    this.server = server;
  }

  /** @returns {Promise<Config>} */
  config() {
    return this.#ask("GET", "/api/config");
  }

  /**
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ token: string, messages: Message[] }>}
   */
  start(signal) {
    return this.#ask("POST", "/api/conversations", { body: {}, signal });
  }

  /**
   * @param {string} token
   * @param {Said} said
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ messages: Message[] }>}
   */
  send(token, said, signal) {
    const body = said.kind === "action" ? { action: said.action } : { [said.kind]: said.text };
    return this.#ask("POST", "/api/conversations/current/messages", { token, body, signal });
  }

  /** @param {string} token */
  erase(token) {
    return this.#ask("DELETE", "/api/conversations/current", { token });
  }

  /**
   * @param {string} token
   * @param {string} id of the message
   * @param {boolean} helpful
   * @param {string} [reason]
   */
  feedback(token, id, helpful, reason) {
    const body = reason ? { message_id: id, helpful, reason } : { message_id: id, helpful };
    return this.#ask("POST", "/api/conversations/current/feedback", { token, body });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ token?: string, body?: object, signal?: AbortSignal }} [options]
   * @returns {Promise<any>}
   */
  async #ask(method, path, { token, body, signal } = {}) {
    const controller = new AbortController();
    const abort = () => controller.abort();
    let late = false;
    const timer = setTimeout(() => ((late = true), abort()), TIMEOUT_SECONDS * 1000);
    signal?.addEventListener("abort", abort);
    try {
      const response = await fetch(this.server + path, {
        method,
        headers: {
          ...(body && { "Content-Type": "application/json" }),
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        body: body && JSON.stringify(body),
        signal: controller.signal,
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
      if (!response.ok) throw await refusal(response);
      return response.status === 204 ? null : await response.json();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (late) throw new ApiError({ kind: "timeout" });
      if (!navigator.onLine) throw new ApiError({ kind: "offline" });
      // A TypeError is the network's; what else there may be is a broken answer, as of a proxy in between.
      throw new ApiError({ kind: error instanceof TypeError ? "unreachable" : "other" });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/**
 * What a problem document (RFC 9457) says; a refusal without one is somebody else's, as of a proxy in between.
 *
 * @param {Response} response
 */
async function refusal(response) {
  const document = await response.json().catch(() => ({}));
  const type = typeof document?.type === "string" ? document.type : "";
  const ours = type.startsWith("urn:plainscan:problem:") && typeof document.detail === "string";
  return new ApiError(
    ours ? { kind: "problem", detail: document.detail } : { kind: "other" },
    response.status,
    ours ? type.slice(type.lastIndexOf(":") + 1) : "",
    Number(response.headers.get("Retry-After")) || 0,
  );
}
