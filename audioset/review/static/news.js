/** What others did meanwhile: asked for every two seconds, shown in the rows, and told. */

/** @import {App} from "./core.js" */

const EACH_MS = 2000;
const HIDDEN_MS = 15_000;
// So long after an operation of our own that cuts clips, other clips are our own doing.
const OWN_MS = 10_000;
const CUTTING = new Set(["edges", "clips", "split", "merge", "undo"]);

/** @param {App} app */
export function mount(app) {
  let since = 0;
  let started = false;
  let generation = "";
  let ownAt = -Infinity;
  const ask = async () => {
    try {
      const changed = await app.server.changes(since);
      since = changed.last_row_id ?? since;
      if (changed.rows?.length) app.operations.take(changed.rows);
      if (changed.generation !== generation) {
        if (generation && performance.now() - ownAt > OWN_MS) app.notice("Clips were cut or taken out meanwhile. Filter again to read the queue anew.");
        generation = changed.generation;
      }
      if (changed.more) await app.going.load(app.state.filter, app.state.current?.clip_id);
      if (changed.news?.length || changed.rows?.length) app.emit("news", changed);
      if (app.outbox.problem) app.outbox.hurry();
    } catch {
      // The outbox tells when the server is gone; news come when it is back.
    }
    setTimeout(ask, document.hidden ? HIDDEN_MS : EACH_MS);
  };
  app.on("answered", ({ operation }) => {
    if (CUTTING.has(operation.path)) ownAt = performance.now();
  });
  app.on("session", (session) => {
    since = session.last_row_id ?? 0;
    generation = session.generation ?? "";
    if (!started) setTimeout(ask, EACH_MS);
    started = true;
  });
}
