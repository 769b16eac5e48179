/** Play, again, loop, speed, and how one listens. */

/** @import {App} from "../core/core.js" */

import { place } from "../core/core.js";
import { SPEEDS } from "./player.js";

const BOXES = /** @type {const} */ ({ "auto-play": "auto_play", "auto-advance": "auto_advance", "skip-silence": "skip_silence" });

/** @param {App} app */
export function mount(app) {
  const group = "Listening";
  const here = () => app.state.current !== null;
  const { keys } = app;
  keys.add({ id: "play", group, code: "Space", words: "Play, pause", when: here, run: () => app.player.toggle() });
  keys.add({ id: "again", group, code: ["Enter", "Digit0"], words: "Play again from the start", when: here, run: () => app.player.play() });
  keys.add({ id: "back", group, code: "ArrowLeft", words: "One second back", repeats: true, when: here, run: () => seek(app, -1) });
  keys.add({ id: "on", group, code: "ArrowRight", words: "One second on", repeats: true, when: here, run: () => seek(app, 1) });
  keys.add({ id: "loop", group, code: "KeyL", words: "Loop", run: () => setLoop(app, !app.player.loop) });
  keys.add({ id: "faster", group, code: ["Shift+Equal", "Equal"], words: "Faster, same pitch", run: () => changeSpeed(app, 1) });
  keys.add({ id: "slower", group, code: "Minus", words: "Slower, same pitch", run: () => changeSpeed(app, -1) });
  for (const [id, name] of Object.entries(BOXES)) {
    const box = /** @type {HTMLInputElement} */ (place(id));
    box.addEventListener("change", () => app.set({ [name]: box.checked }));
  }
  app.on("settings", () => showSettings(app));
  app.on("playing", (playing) => {
    const [label] = place("play").childNodes;
    label.textContent = playing ? "Pause" : "Play";
  });
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, () => app.player?.wake(), { capture: true });
}

/** @param {App} app */
function showSettings(app) {
  const { settings } = app.state;
  for (const [id, name] of Object.entries(BOXES)) /** @type {HTMLInputElement} */ (place(id)).checked = settings[name];
  place("speed").textContent = `${settings.speed}×`;
  app.player.skipSilence = settings.skip_silence;
  app.player.setSpeed(settings.speed);
}

/** @param {App} app @param {number} seconds */
function seek(app, seconds) {
  const [from, to] = app.player.audible();
  app.player.play(Math.max(from, Math.min(to - 0.1, app.player.position() + seconds)));
}

/** @param {App} app @param {boolean} loop */
function setLoop(app, loop) {
  app.player.setLoop(loop);
  place("loop").setAttribute("aria-pressed", String(loop));
  app.say(loop ? "Loop on." : "Loop off.");
}

/** @param {App} app @param {1 | -1} direction */
function changeSpeed(app, direction) {
  const nearest = SPEEDS.findIndex((speed) => speed >= app.state.settings.speed);
  const speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, nearest + direction))];
  app.set({ speed });
  app.say(`Speed ${speed}.`);
}
