/** Plays clips from decoded samples: at once, from any place, in a loop, at another speed with the same pitch. */

/** @import {Row} from "../ground/types.js" */
/** @import {Prepared} from "./sounds.js" */

import { afterFrame } from "../ground/frame.js";
import { Heard } from "./heard.js";
import { Sounds, bufferOf, mixed, rateOf } from "./sounds.js";
import { stretch } from "./stretch.js";

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const MOST_CONTEXTS = 3;
const LEAD_SECONDS = 0.1;
const LEAST_SECONDS = 0.2;
const FADE_SECONDS = 0.004;

/**
 * What sounds now. Times are seconds after the start of the clip.
 * @typedef {object} Sounding
 * @property {AudioBufferSourceNode} node
 * @property {AudioContext} context
 * @property {number} startedAt on the clock of the context
 * @property {number} from
 * @property {number} to
 * @property {number} speed
 * @property {boolean} loop
 */

export class Player {
  /** @type {Row | null} */
  row = null;
  /** @type {Prepared | null} */
  prepared = null;
  /** @type {Sounding | null} */
  #sounding = null;
  /** @type {Map<number, AudioContext>} */
  #contexts = new Map();
  #heard = new Heard();
  #wantNear = afterFrame(() => this.row && this.sounds.want(this.near()));
  #wantsToPlay = false;
  #woken = false;
  /** where playing goes on after a pause, seconds after the start of the clip @type {number | null} */
  #paused = null;
  /** edges that are being moved, seconds after the start of the clip @type {[number, number] | null} */
  #draft = null;
  loop = false;
  skipSilence = true;

  /**
   * @param {object} options
   * @param {() => Row[]} options.near the current clip, then those that are to be kept ready
   * @param {(name: string, detail: any) => void} options.tell
   */
  constructor({ near, tell }) {
    this.near = near;
    this.tell = tell;
    this.sounds = new Sounds((prepared, what) => this.#ready(prepared, what));
  }

  /** Another clip. All that is done here is to start what is ready. @param {Row} row @param {boolean} play */
  show(row, play) {
    this.#halt();
    this.#heard.clear();
    this.#draft = null;
    this.#paused = null;
    this.row = row;
    this.prepared = this.sounds.of(row);
    this.#wantsToPlay = play;
    if (play && this.prepared.buffer) this.play();
    this.tell("shown", this.prepared);
    // What comes next is made ready when the clip has come to the ear and the eye.
    if (this.prepared.buffer) this.#wantNear();
    else setTimeout(() => this.row === row && this.sounds.want(this.near()), 0);
  }

  /** Nothing is to be heard. */
  clear() {
    this.#halt();
    this.row = this.prepared = null;
    this.#wantsToPlay = false;
    this.tell("shown", null);
  }

  get playing() {
    return this.#sounding !== null;
  }

  get speed() {
    return this.sounds.speed;
  }

  /** Pauses, or goes on. */
  toggle() {
    if (this.#sounding) this.pause();
    else this.play(this.#paused ?? undefined);
  }

  /** Is silent; `toggle` goes on from there. */
  pause() {
    const at = this.#sounding ? this.position() : this.#paused;
    this.#halt();
    this.#paused = at;
    this.#wantsToPlay = false;
    this.tell("playing", false);
  }

  /**
   * Plays from a place to the end of what is to be heard.
   * @param {number} [from] seconds after the start of the clip
   */
  play(from) {
    const [start, end] = this.audible();
    const at = from === undefined || from >= end - 0.02 || from < start - 1e-6 ? start : from;
    this.#sound(at, end, this.loop);
  }

  /** Plays a stretch once: the inside of an edge that was moved. @param {number} from @param {number} to */
  playStretch(from, to) {
    this.#sound(from, to, false);
  }

  stop() {
    this.#halt();
    this.#wantsToPlay = false;
    this.#paused = null;
    this.tell("playing", false);
  }

  /** Edges that are being moved: what is played is between them. @param {[number, number] | null} draft */
  setDraft(draft) {
    this.#draft = draft;
  }

  /** @param {number} speed one of `SPEEDS` */
  setSpeed(speed) {
    if (speed === this.sounds.speed) return;
    const at = this.#sounding ? this.position() : null;
    this.sounds.setSpeed(speed);
    if (at !== null) this.play(at);
  }

  /** @param {boolean} loop */
  setLoop(loop) {
    this.loop = loop;
    if (this.#sounding) this.play(this.position());
  }

  /** What is to be heard of the clip: all, or without the silence at both ends. @returns {[number, number]} */
  audible() {
    const { row } = this;
    if (!row) return [0, 0];
    if (this.#draft) return this.#draft;
    const length = row.length_seconds;
    if (!this.skipSilence) return [0, length];
    const from = Math.max(0, (row.head_silence_seconds ?? 0) - LEAD_SECONDS);
    const to = Math.min(length, length - Math.max(0, (row.tail_silence_seconds ?? 0) - LEAD_SECONDS));
    return to - from < LEAST_SECONDS ? [0, length] : [from, to];
  }

  /** Where it sounds now, or would go on, in seconds after the start of the clip. */
  position() {
    const now = this.#sounding;
    if (!now) return this.#paused ?? this.audible()[0];
    const passed = Math.max(0, now.context.currentTime - now.startedAt) * now.speed;
    const length = now.to - now.from;
    return now.from + (now.loop ? passed % length : Math.min(passed, length));
  }

  /** How it goes on sounding: to where, how fast, and from where again in a loop; null while it is silent. */
  get course() {
    const now = this.#sounding;
    return now && { from: now.from, to: now.to, speed: now.speed, loop: now.loop };
  }

  /** Share of the clip that was heard, 0 to 1. */
  heard() {
    if (!this.row) return 0;
    this.#note();
    const [from, to] = this.audible();
    return Math.round(this.#heard.share(from, to) * 1000) / 1000;
  }

  /** Whether the browser waits for a key or a click before anything may sound. */
  get silenced() {
    if (this.#sounding) return this.#sounding.context.state === "suspended";
    const contexts = [...this.#contexts.values()];
    // One that sounds is enough: the others are woken when a clip of their rate comes.
    return !this.#allowed || (contexts.length > 0 && contexts.every((context) => context.state === "suspended"));
  }

  /** A key was pressed or something was clicked: sound is allowed from now on. */
  wake() {
    for (const context of this.#contexts.values()) if (context.state === "suspended") void context.resume();
    if (this.#woken) return;
    this.#woken = true;
    // After what the key itself does: it may well be that which plays.
    setTimeout(() => {
      if (this.row) this.#context(rateOf(this.row));
      if (this.#wantsToPlay && !this.#sounding) this.play();
      this.tell("silenced", this.silenced);
    }, 0);
  }

  /** Before a key or a click browsers let nothing sound, and complain about who tries. */
  get #allowed() {
    return this.#woken || (navigator.userActivation?.hasBeenActive ?? true);
  }

  /** @param {Prepared} prepared @param {string} what */
  #ready(prepared, what) {
    // To open a way to the ear takes longer than all else: it is open before a clip of another rate is to be heard.
    if (what === "sound" && prepared.buffer && this.#allowed) this.#context(rateOf(prepared.row));
    if (prepared !== this.prepared) return;
    if (what === "sound" && this.#wantsToPlay && prepared.buffer && !this.#sounding) this.play();
    this.tell("ready", { prepared, what });
  }

  /** @param {number} from @param {number} to @param {boolean} loop */
  #sound(from, to, loop) {
    this.#halt();
    const { row, prepared } = this;
    if (!row || !prepared) return;
    const [start, end] = loop ? this.audible() : [from, to];
    const source = this.#bufferFor(prepared, start, end);
    if (!source || !this.#allowed) {
      this.#wantsToPlay = true;
      return;
    }
    const context = this.#context(source.buffer.sampleRate);
    if (context.state === "suspended") void context.resume();
    const node = new AudioBufferSourceNode(context, { buffer: source.buffer });
    const fade = new GainNode(context);
    node.connect(fade).connect(context.destination);
    const speed = source.speed;
    const at = Math.max(0, (from - source.from) / speed);
    if (loop) {
      node.loop = true;
      node.loopStart = Math.max(0, (start - source.from) / speed);
      node.loopEnd = Math.min(source.buffer.duration, (end - source.from) / speed);
      node.start(0, at);
    } else {
      node.start(0, at, Math.max(0.001, (to - from) / speed));
    }
    const startedAt = context.currentTime;
    // Sound that begins or ends inside of a wave would click.
    if (from > source.from) {
      fade.gain.setValueAtTime(0, startedAt);
      fade.gain.linearRampToValueAtTime(1, startedAt + FADE_SECONDS);
    }
    this.#sounding = { node, context, startedAt, from: start === from ? from : start, to: end, speed, loop };
    if (loop && from !== start) this.#sounding.startedAt -= (from - start) / speed;
    performance.mark("audioset:sound", { detail: { clip_id: row.clip_id, at_seconds: from } });
    node.onended = () => this.#ended(node);
    this.#paused = null;
    this.tell("playing", true);
  }

  /** @param {AudioBufferSourceNode} node */
  #ended(node) {
    if (this.#sounding?.node !== node) return;
    this.#note();
    this.#sounding = null;
    this.#wantsToPlay = false;
    this.tell("playing", false);
  }

  /**
   * Samples that hold a stretch, at the speed that is set, and when they begin.
   * @param {Prepared} prepared
   * @param {number} from
   * @param {number} to
   * @returns {{buffer: AudioBuffer, from: number, speed: number} | null}
   */
  #bufferFor(prepared, from, to) {
    const { speed } = this.sounds;
    const own = prepared.buffer;
    const inside = own && from >= -1e-6 && to <= own.duration + 0.002;
    if (inside && speed === 1) return { buffer: own, from: 0, speed };
    if (inside && prepared.stretched?.speed === speed) return { buffer: prepared.stretched.buffer, from: 0, speed };
    const source = inside || !prepared.around ? { buffer: own, from: 0 } : prepared.around;
    if (!source.buffer) return null;
    if (speed === 1) return { buffer: source.buffer, from: source.from, speed };
    // Not made ready before: the speed was changed in this moment, or the stretch lies outside of the clip.
    const samples = stretch(mixed(source.buffer), source.buffer.sampleRate, speed);
    return { buffer: bufferOf(samples, source.buffer.sampleRate), from: source.from, speed };
  }

  #halt() {
    const now = this.#sounding;
    if (!now) return;
    this.#note();
    this.#sounding = null;
    now.node.onended = null;
    now.node.stop();
    now.node.disconnect();
  }

  /** Writes down what was heard since it began to sound. */
  #note() {
    const now = this.#sounding;
    if (!now) return;
    const passed = Math.max(0, now.context.currentTime - now.startedAt) * now.speed;
    if (now.loop && passed >= now.to - now.from) this.#heard.add(now.from, now.to);
    else this.#heard.add(now.from, Math.min(now.to, now.from + passed));
  }

  /** A context at the clip's own rate, so that nothing must be resampled. @param {number} rate */
  #context(rate) {
    const known = this.#contexts.get(rate);
    if (known) {
      this.#contexts.delete(rate);
      this.#contexts.set(rate, known);
      return known;
    }
    if (this.#contexts.size >= MOST_CONTEXTS) {
      const [oldest, context] = [...this.#contexts][0];
      this.#contexts.delete(oldest);
      void context.close();
    }
    const context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    context.onstatechange = () => this.tell("silenced", this.silenced);
    this.#contexts.set(rate, context);
    return context;
  }
}
