/** What others did meanwhile: asked for every two seconds, shown in the rows, and told. */

/** @import {App} from "../core/core.js" */

import { ServerError } from "../ground/server.js";
import { Absent } from "../shell/absent.js";
import { Anew } from "./anew.js";

const EACH_MS = 2000;
const HIDDEN_MS = 15_000;

/** @param {App} app */
export function mount(app) {
  let since = 0;
  let started = false;
  const anew = new Anew(app);
  const absent = new Absent(app);
  const ask = async () => {
    try {
      const changed = await app.server.changes(since);
      since = changed.last_row_id ?? since;
      absent.look(-1);
      if (changed.rows?.length) app.operations.take(changed.rows);
      anew.look(changed);
      if (changed.news?.length || changed.rows?.length) app.emit("news", changed);
      if (app.outbox.problem) app.outbox.hurry();
    } catch (problem) {
      absent.look(problem instanceof ServerError ? problem.status : -1);
    }
    setTimeout(ask, document.hidden ? HIDDEN_MS : EACH_MS);
  };
  app.on("session", (session) => {
    since = session.last_row_id ?? 0;
    if (!started) setTimeout(ask, EACH_MS);
    started = true;
  });
}
