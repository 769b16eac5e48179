/** Talks to the server that gave this page. No other host is ever asked. */

/** @import {Answer, Changes, Detail, Filter, Queue, Row, SavedFilter, Session, Settings} from "./types.js" */

/** What went wrong with a request. `status` is 0 where no server answered. */
export class ServerError extends Error {
  /**
   * @param {number} status
   * @param {string} message one line for people
   * @param {Record<string, any>} [said] all that the server said
   */
  constructor(status, message, said = {}) {
    super(message);
    this.status = status;
    this.said = said;
  }

  /** Whether the same request may be answered well later. */
  get passing() {
    return [0, 401, 403, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function ask(method, path, body, signal) {
  /** @type {RequestInit} */
  const request = { method, headers: { Accept: "application/json" }, credentials: "same-origin", signal };
  if (body !== undefined) {
    request.headers = { Accept: "application/json", "Content-Type": "application/json", "X-Audioset-Review": "1" };
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new ServerError(0, "the server does not answer");
  }
  let said = null;
  try {
    said = await response.json();
  } catch {
    // A proxy or a server that dies in the middle of an answer; told by the status below.
  }
  if (!response.ok) {
    throw new ServerError(response.status, said?.error ?? `the server says ${response.status}`, said ?? {});
  }
  if (said === null) throw new ServerError(0, "the answer of the server broke off");
  return said;
}

/** @param {Record<string, string | number | null | undefined>} values */
export function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const words = search.toString();
  return words ? `?${words}` : "";
}

export const server = {
  /** @param {string} path @param {AbortSignal} [signal] */
  get: (path, signal) => ask("GET", path, undefined, signal),
  /** @param {string} path @param {unknown} body */
  post: (path, body) => ask("POST", path, body),
  /** @param {string} path @param {unknown} body */
  put: (path, body) => ask("PUT", path, body),

  /** @returns {Promise<Session>} */
  session: () => ask("GET", "/api/session"),
  /** @param {Filter} filter @param {AbortSignal} [signal] @returns {Promise<Queue & {first?: Row[]}>} */
  queue: (filter, signal) => ask("GET", `/api/queue${query({ ...filter })}`, undefined, signal),
  /** @param {string[]} clipIds at most 200 @returns {Promise<{rows: Row[]}>} */
  rows: (clipIds) => ask("POST", "/api/rows", { clip_ids: clipIds }),
  /** @param {string} clipId @param {AbortSignal} [signal] @returns {Promise<Detail>} */
  clip: (clipId, signal) => ask("GET", `/api/clips/${encodeURIComponent(clipId)}`, undefined, signal),
  /** @returns {Promise<{sources: {source_id: string, name: string}[]}>} */
  sources: () => ask("GET", "/api/sources"),
  /** @param {string} path @param {Record<string, any>} body @returns {Promise<Answer>} */
  operation: (path, body) => ask("POST", `/api/${path}`, body),
  /** @param {number} since @returns {Promise<Changes>} */
  changes: (since) => ask("GET", `/api/changes${query({ since })}`),
  /** @param {Settings} settings */
  saveSettings: (settings) => ask("PUT", "/api/settings", settings),
  /** @param {SavedFilter[]} filters */
  saveFilters: (filters) => ask("PUT", "/api/filters", { filters }),

  /** @param {string} audioSha256 */
  audio: (audioSha256) => `/audio/${encodeURIComponent(audioSha256)}`,
  /** @param {string} sourceId @param {number} start @param {number} end samples, end exclusive */
  sourceSound: (sourceId, start, end) =>
    `/source/${encodeURIComponent(sourceId)}/sound${query({ start, end })}`,
  /** @param {string} sourceId */
  peaks: (sourceId) => `/source/${encodeURIComponent(sourceId)}/peaks`,
};

/** An id for an operation; `crypto.randomUUID` is missing where the page is not from this machine. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
