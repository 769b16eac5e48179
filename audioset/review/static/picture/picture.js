/** Shows the picture of the current clip, where it sounds, and what lies outside of it. */

/** @import {App} from "../core/core.js" */
/** @import {Player} from "../sound/player.js" */
/** @import {Prepared} from "../sound/sounds.js" */

import { place, write } from "../core/core.js";

const MOST_WIDTH = 1600;
const MOST_SCALE = 2;
const REST_MS = 150;
// The time in figures changes so often only: each change makes the browser lay out the line and draw a frame.
const FIGURES_MS = 200;
const MOST_ASTRAY_SECONDS = 0.04;

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
  #width = 0;
  /** the way of the playhead @type {Animation | null} */
  #going = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;
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
    if (!state.current) words = state.session ? emptyWords(state.queue.why_none) : "";
    else if (problem) words = `No sound: ${problem}.`;
    else if (player?.silenced && state.settings.auto_play) words = "Press space to begin: the browser plays nothing before a key or a click.";
    const box = place("picture-words");
    box.hidden = !words;
    write(/** @type {Element} */ (box.firstElementChild), words);
  }

  /**
   * The playhead goes where it sounds, as long as it sounds. The browser moves it apart from the page: to place it anew in
   * each frame would cost the page more than all that a key does.
   */
  move() {
    const { player } = this.app;
    const prepared = this.#prepared;
    // Who begins to play before the clip is shown is told of it once more.
    if (prepared && player?.prepared !== prepared) return;
    clearTimeout(this.#tick);
    this.playhead.hidden = !prepared;
    if (prepared && player) {
      this.playhead.style.transform = this.#place(prepared, player.position());
      this.#figures(prepared);
    }
    this.#going?.cancel();
    this.#going = null;
    if (prepared) this.#go(prepared);
  }

  /** @param {Prepared} prepared */
  #go(prepared) {
    const course = this.app.player?.course;
    if (!course || course.to <= course.from) return;
    const { from, to, speed, loop } = course;
    const way = [from, to].map((at) => ({ transform: this.#place(prepared, at) }));
    const duration = (1000 * (to - from)) / speed;
    this.#going = this.playhead.animate(way, { duration, iterations: loop ? Infinity : 1, fill: "forwards" });
    this.#going.currentTime = (1000 * (this.app.player.position() - from)) / speed;
    this.#tick = setTimeout(() => this.#check(prepared, course), FIGURES_MS);
  }

  /** @param {Prepared} prepared @param {NonNullable<Player["course"]>} course */
  #check(prepared, course) {
    const { player } = this.app;
    if (!player.playing || !this.#going) return;
    const passed = (Number(this.#going.currentTime) * course.speed) / 1000;
    const length = course.to - course.from;
    const shown = course.from + (course.loop ? passed % length : Math.min(passed, length));
    const astray = Math.abs(shown - player.position());
    // The sound began later than it was told to, or stood still meanwhile.
    if (Math.min(astray, course.loop ? length - astray : astray) > MOST_ASTRAY_SECONDS) return this.move();
    this.#figures(prepared);
    this.#tick = setTimeout(() => this.#check(prepared, course), FIGURES_MS);
  }

  /** @param {Prepared} prepared @param {number} at seconds after the start of the clip */
  #place(prepared, at) {
    const [from, to] = prepared.span;
    return `translateX(${((at - from) / (to - from)) * this.#width}px)`;
  }

  /** @param {Prepared} prepared */
  #figures(prepared) {
    write(this.time, `${this.app.player.position().toFixed(2)} / ${prepared.row.length_seconds.toFixed(2)} s`);
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

/** @param {string | null} why no clip can be in the queue @returns {string} */
function emptyWords(why) {
  return `No clip here${why ? `: ${why}` : ""}. Another filter shows others.`;
}
