/** Begins: asks who we are and what is to be heard, and lets each module take its place in the page. */

import * as edges from "./clip/edges.js";
import * as head from "./clip/head.js";
import * as text from "./clip/text.js";
import * as verdicts from "./clip/verdicts.js";
import { App, place, write } from "./core/core.js";
import { ServerError } from "./ground/server.js";
import { EVERYTHING } from "./ground/state.js";
import * as news from "./others/news.js";
import * as picture from "./picture/picture.js";
import * as asked from "./queue/asked_clip.js";
import * as filter from "./queue/filter.js";
import * as pace from "./queue/pace.js";
import * as queue from "./queue/queue.js";
import * as waiting from "./shell/waiting.js";
import { Player } from "./sound/player.js";
import * as transport from "./sound/transport.js";
import { VIEWS } from "./views.js";

const MODULES = [head, picture, transport, edges, text, verdicts, queue, filter, pace, waiting, news, asked];

async function start() {
  const app = new App();
  app.player = new Player({
    near: () => app.going.nearRows(),
    tell: (name, detail) => app.emit(name, detail),
  });
  // For people at the browser's console, and for tests.
  Object.assign(globalThis, { review: app });
  for (const module of [...MODULES, ...VIEWS]) module.mount(app);
  app.keys.listen(document);
  try {
    app.open(await app.server.session());
    await app.outbox.start();
    const { session } = app.state;
    const start = { ...EVERYTHING, ...session.start, ...(session.num_assigned ? {} : { whose: "" }) };
    const clip = await asked.findFirst(app);
    app.state.filter = { ...start, state: "unreviewed" };
    app.emit("filter", app.state.filter); // who changes it before the clips are there changes this one
    await app.going.load(app.state.filter, clip?.clip_id);
    if (!app.state.queue.total) await app.going.load(start, clip?.clip_id);
    if (clip) await asked.show(app, clip);
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") return; // somebody chose other clips already
    tellNoStart(app, problem);
  }
}

/** @param {App} app @param {unknown} problem */
function tellNoStart(app, problem) {
  const status = problem instanceof ServerError ? problem.status : -1;
  const words = status === 401 || status === 403
    ? "This browser is not let in yet: open the address that audioset review printed, with its token."
    : `The review could not be opened: ${problem instanceof Error ? problem.message : problem}.`;
  const box = place("picture-words");
  box.hidden = false;
  write(/** @type {Element} */ (box.firstElementChild), words);
  app.say(words);
  if (status === 401) asked.keep();
  if (status < 0) console.error(problem);
}

void start();
