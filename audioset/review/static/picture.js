/** Shows the picture of the current clip, where it sounds, and what lies outside of it. */

/** @import {App} from "./core.js" */
/** @import {Prepared} from "./sounds.js" */

import { place, write } from "./core.js";

const MOST_WIDTH = 1600;
const MOST_SCALE = 2;
const REST_MS = 150;
// The time in figures changes so often only: each change makes the browser lay out the line anew.
const FIGURES_MS = 100;

/** @param {App} app */
export function mount(app) {
  const picture = new Picture(app);
  app.on("shown", (prepared) => picture.show(prepared));
  app.on("ready", ({ prepared, what }) => picture.ready(prepared, what));
  app.on("playing", () => picture.move());
  app.on("silenced", () => picture.words());
  app.on("span", () => picture.move());
  app.on("current", (row) => row === null && picture.show(null));
}

class Picture {
  /** @type {Prepared | null} */
  #prepared = null;
  #frame = 0;
  #width = 0;
  #figuresAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.box = place("picture");
    this.canvas = /** @type {HTMLCanvasElement} */ (place("canvas"));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    this.playhead = place("playhead");
    this.time = place("time");
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = ({ data }) => performance.mark("audioset:picture", { detail: { clip_id: data } });
    new ResizeObserver(() => this.#later()).observe(this.box);
    new MutationObserver(() => this.#later()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#later());
  }

  /** @param {Prepared | null} prepared */
  show(prepared) {
    this.#prepared = prepared;
    this.#draw();
    this.words();
    this.move();
  }

  /** @param {Prepared} prepared @param {string} what */
  ready(prepared, what) {
    if (prepared !== this.#prepared) return;
    if (what === "picture") this.#draw();
    if (what === "around") this.app.emit("span", prepared);
    this.words();
  }

  #draw() {
    const bitmap = this.#prepared?.picture;
    const { width, height } = this.canvas;
    if (bitmap) {
      this.context.drawImage(bitmap, 0, 0, width, height);
      this.#tellShown(this.#prepared?.row.clip_id ?? "");
    } else {
      this.context.fillStyle = getComputedStyle(this.canvas).backgroundColor;
      this.context.fillRect(0, 0, width, height);
    }
  }

  /** The mark stands at the end of the frame that shows the picture. @param {string} clipId */
  #tellShown(clipId) {
    requestAnimationFrame(() => this.channel.port2.postMessage(clipId));
  }

  words() {
    const { player, state } = this.app;
    const problem = this.#prepared?.problem;
    let words = "";
    if (!state.current) words = state.session ? "No clip here. Another filter shows others." : "";
    else if (problem) words = `No sound: ${problem}.`;
    else if (player?.silenced && state.settings.auto_play) words = "Press space to begin: the browser plays nothing before a key or a click.";
    const box = place("picture-words");
    box.hidden = !words;
    write(/** @type {Element} */ (box.firstElementChild), words);
  }

  /** The playhead goes where it sounds, as long as it sounds. */
  move() {
    cancelAnimationFrame(this.#frame);
    const { player } = this.app;
    const prepared = this.#prepared;
    this.playhead.hidden = !prepared;
    if (!prepared || !player) return;
    const [from, to] = prepared.span;
    const at = player.position();
    this.playhead.style.transform = `translateX(${((at - from) / (to - from)) * this.#width}px)`;
    const now = performance.now();
    if (!player.playing || now - this.#figuresAt > FIGURES_MS) this.#figures(at, prepared.row.length_seconds, now);
    if (player.playing) this.#frame = requestAnimationFrame(() => this.move());
  }

  /** @param {number} at @param {number} length seconds @param {number} now */
  #figures(at, length, now) {
    this.#figuresAt = now;
    write(this.time, `${at.toFixed(2)} / ${length.toFixed(2)} s`);
  }

  #later() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.look(), REST_MS);
    if (!this.canvas.dataset.sized) this.look();
  }

  /** Size and colours that pictures have from now on. */
  look() {
    clearTimeout(this.#rest);
    const scale = Math.min(MOST_SCALE, devicePixelRatio || 1);
    const width = Math.min(MOST_WIDTH, Math.round(this.box.clientWidth * scale));
    const height = Math.round(this.box.clientHeight * scale);
    if (!width || !height || !this.app.player) return;
    this.canvas.dataset.sized = "yes";
    this.#width = this.box.clientWidth;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const style = getComputedStyle(this.canvas);
    const ground = style.backgroundColor;
    const dark = (ground.match(/[\d.]+/g) ?? ["0"]).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 384;
    const colours = { ground, wave: style.color, core: style.caretColor, dark };
    this.#draw();
    this.move();
    this.app.player.sounds.setLook({ width, height, colours });
  }
}
