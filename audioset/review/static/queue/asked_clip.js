/** The clip that the address names, `#clip=ID`, as pages of `audioset check` and others write it. */

/** @import {App} from "../core/core.js" */
/** @import {Row} from "../ground/types.js" */

const NAME = "clip";
// Of this tab: the address with the token, opened in it, forgets what follows `#`.
const KEPT = "audioset:asked-clip";
const LONGEST_SHOWN = 80;

/** @param {App} app */
export function mount(app) {
  addEventListener("hashchange", async () => {
    const clip = app.state.session && (await find(app, named()));
    if (clip) await show(app, clip);
  });
  app.on("current", (/** @type {Row | null} */ row) => {
    // Who has gone on is not brought back by loading the page anew.
    if (here && row?.clip_id !== here) forget();
  });
}

/** id of the clip that was shown because the address names it, while it is shown */
let here = "";

/** The clip that the address named when the page was opened; null where it named none, or one that is not here. @param {App} app */
export function findFirst(app) {
  const clipId = named() || (sessionStorage.getItem(KEPT) ?? "");
  sessionStorage.removeItem(KEPT);
  return find(app, clipId);
}

/** Shows a clip, also one that is not in the queue. @param {App} app @param {Row} clip */
export async function show(app, clip) {
  if (app.state.current?.clip_id !== clip.clip_id) await app.goto(clip.clip_id);
  here = clip.clip_id;
}

/** Keeps which clip was asked for until this browser is let in, and looks whether it is when somebody comes back. */
export function keep() {
  if (named()) sessionStorage.setItem(KEPT, named());
  document.addEventListener("visibilitychange", () => document.hidden || location.reload());
}

function named() {
  return new URLSearchParams(location.hash.slice(1)).get(NAME) ?? "";
}

function forget() {
  here = "";
  if (named()) history.replaceState(null, "", location.pathname);
}

/** @param {App} app @param {string} clipId @returns {Promise<Row | null>} */
async function find(app, clipId) {
  if (!clipId) return null;
  try {
    const { rows } = await app.server.rows([clipId]);
    if (rows.length) return app.state.put(rows[0]);
    const shown = clipId.length > LONGEST_SHOWN ? `${clipId.slice(0, LONGEST_SHOWN)}…` : clipId;
    app.notice(`There is no clip ${shown} in this review.`, "problem");
  } catch (problem) {
    app.notice(`The clip could not be looked for: ${problem instanceof Error ? problem.message : problem}.`, "problem");
  }
  return null;
}
