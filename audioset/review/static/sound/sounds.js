/**
 * Keeps the clips around the current one ready: their sound decoded at their own rate, the sound of the source around
 * them, their picture, and their sound at the chosen speed. What is farther away is given up, so memory is bounded.
 */

/** @import {Row} from "../ground/types.js" */

import { server } from "../ground/server.js";

export const AROUND_SECONDS = 1;
const CLIPS_AT_ONCE = 3;
// Apart from the clips: the first stretch of a source may take seconds, since the server decodes the source then.
const SOURCES_AT_ONCE = 2;
const LATE_MS = 250;
const MOST_BYTES = 160_000_000;
const LOWEST_RATE = 8000;
const HIGHEST_RATE = 96_000;

/**
 * The sound of a source around a clip. `from` is the time of its first sample, in seconds after the start of the clip.
 * @typedef {{buffer: AudioBuffer, from: number}} Around
 */

/** What is ready of one clip. */
export class Prepared {
  /** @type {AudioBuffer | null} */
  buffer = null;
  /** @type {Around | null} */
  around = null;
  /** @type {ImageBitmap | null} */
  picture = null;
  /** @type {{speed: number, buffer: AudioBuffer} | null} */
  stretched = null;
  /** why there is no sound */
  problem = "";
  soundAsked = false;
  aroundAsked = false;
  aroundSettled = false;
  /** whether the picture is not to wait for the source any longer */
  aroundLate = false;
  /** how the picture was made that there is: with the source around it, for which size and colours */
  pictured = "";
  ends = new AbortController();

  /** @param {Row} row */
  constructor(row) {
    this.row = row;
    const start = row.start_sample / row.source_rate;
    /** @type {[number, number]} seconds after the start of the clip that the picture shows */
    this.span = [-Math.min(AROUND_SECONDS, start), row.length_seconds + AROUND_SECONDS];
  }

  get bytes() {
    const buffers = [this.buffer, this.around?.buffer, this.stretched?.buffer];
    return buffers.reduce((sum, buffer) => sum + (buffer ? buffer.length * buffer.numberOfChannels * 4 : 0), (this.picture?.width ?? 0) * (this.picture?.height ?? 0) * 4);
  }

  close() {
    this.ends.abort();
    this.picture?.close();
    this.picture = null;
    this.buffer = this.around = this.stretched = null;
  }
}

/** The rate at which a clip is decoded and played. @param {Row} row */
export function rateOf(row) {
  return Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, row.sampling_rate || 16_000));
}

export class Sounds {
  /** @type {Map<string, Prepared>} */
  #prepared = new Map();
  /** @type {Prepared[]} in the order in which they are wanted */
  #wanted = [];
  #running = { clips: 0, sources: 0 };
  /** @type {Map<number, OfflineAudioContext>} */
  #decoders = new Map();
  /** sources whose sound is not to be had here @type {Set<string>} */
  #silent = new Set();
  #worker = new Worker("/static/picture/picture_worker.js", { type: "module" });
  #number = 0;
  /** @type {((answer: any) => void) | null} */
  #answered = null;
  speed = 1;
  /** @type {{width: number, height: number, colours: Record<string, any>}} */
  look = { width: 0, height: 0, colours: {} };

  /** @param {(prepared: Prepared, what: "sound" | "around" | "picture" | "stretched") => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.#worker.onmessage = ({ data }) => {
      const answered = this.#answered;
      this.#answered = null;
      answered?.(data);
    };
    this.#worker.onerror = () => {
      const answered = this.#answered;
      this.#answered = null;
      answered?.({});
    };
  }

  /** @param {Row} row @returns {Prepared} */
  of(row) {
    const key = keyOf(row);
    const known = this.#prepared.get(key);
    if (known) return known;
    const prepared = new Prepared(row);
    this.#prepared.set(key, prepared);
    return prepared;
  }

  /** What is to be kept ready, most wanted first; all else is given up. @param {Row[]} rows */
  want(rows) {
    const wanted = rows.map((row) => this.of(row));
    const kept = new Set(wanted);
    let bytes = 0;
    for (const prepared of wanted) {
      bytes += prepared.bytes;
      if (bytes > MOST_BYTES && prepared !== wanted[0]) kept.delete(prepared);
    }
    for (const [key, prepared] of this.#prepared) {
      if (kept.has(prepared)) continue;
      prepared.close();
      this.#prepared.delete(key);
    }
    this.#wanted = wanted.filter((prepared) => kept.has(prepared));
    this.#pump();
  }

  /** Pictures of another size or in other colours. @param {{width: number, height: number, colours: Record<string, any>}} look */
  setLook(look) {
    this.look = look;
    this.#pump();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.#pump();
  }

  #pump() {
    while (this.#running.clips < CLIPS_AT_ONCE) {
      const prepared = this.#wanted.find((one) => !one.soundAsked);
      if (!prepared) break;
      prepared.soundAsked = true;
      void this.#run("clips", () => this.#decodeClip(prepared));
    }
    // The source around a clip is asked for when the clip itself can be heard.
    while (this.#running.sources < SOURCES_AT_ONCE) {
      const prepared = this.#wanted.find((one) => !one.aroundAsked && (one.buffer || one.problem));
      if (!prepared) break;
      prepared.aroundAsked = true;
      if (this.#silent.has(prepared.row.source_id)) prepared.aroundSettled = true;
      else void this.#run("sources", () => this.#decodeAround(prepared));
    }
    this.#work();
  }

  /** @param {"clips" | "sources"} kind @param {() => Promise<void>} work */
  async #run(kind, work) {
    this.#running[kind] += 1;
    try {
      await work();
    } finally {
      this.#running[kind] -= 1;
      this.#pump();
    }
  }

  /** @param {Prepared} prepared */
  async #decodeClip(prepared) {
    try {
      const response = await fetch(server.audio(prepared.row.audio_sha256), { signal: prepared.ends.signal });
      if (!response.ok) throw new Error(response.status === 404 ? "the sound of this clip is not here" : `the server says ${response.status}`);
      prepared.buffer = await this.#decode(await response.arrayBuffer(), rateOf(prepared.row));
    } catch (problem) {
      if (prepared.ends.signal.aborted) return;
      prepared.problem = problem instanceof TypeError ? "the server does not answer" : `${problem instanceof Error ? problem.message : problem}`;
      // Asked again when the clip is wanted the next time.
      setTimeout(() => (prepared.soundAsked = false), 1500);
    }
    if (prepared.buffer) prepared.problem = "";
    this.tell(prepared, "sound");
  }

  /** @param {Prepared} prepared */
  async #decodeAround(prepared) {
    const { row } = prepared;
    const pad = Math.round(AROUND_SECONDS * row.source_rate);
    const start = Math.max(0, row.start_sample - pad);
    setTimeout(() => {
      prepared.aroundLate = true;
      this.#work();
    }, LATE_MS);
    try {
      const response = await fetch(server.sourceSound(row.source_id, start, row.end_sample + pad), { signal: prepared.ends.signal });
      if (response.ok) {
        const buffer = await this.#decode(await response.arrayBuffer(), rateOf(row));
        prepared.around = { buffer, from: (start - row.start_sample) / row.source_rate };
        const end = prepared.around.from + buffer.duration;
        // The source ends less than a second after the clip.
        if (end < prepared.span[1] - 0.02) prepared.span = [prepared.span[0], Math.max(end, row.length_seconds)];
      } else if ([404, 422].includes(response.status)) {
        // Its file is not on this machine, or cannot be decoded: to ask for each clip would be in vain.
        this.#silent.add(row.source_id);
      }
    } catch {
      // Without its source a clip is drawn alone; its own sound is what counts.
    }
    prepared.aroundSettled = true;
    if (!prepared.ends.signal.aborted) this.tell(prepared, "around");
  }

  /** @param {ArrayBuffer} bytes @param {number} rate */
  #decode(bytes, rate) {
    // A decoder at the clip's own rate: to resample costs five times as much as to decode.
    const decoder = this.#decoders.get(rate) ?? new OfflineAudioContext(1, 1, rate);
    this.#decoders.set(rate, decoder);
    return decoder.decodeAudioData(bytes);
  }

  /** Gives the worker what is wanted most; one thing at a time, so that what is wanted may change. */
  #work() {
    if (this.#answered) return;
    for (const prepared of this.#wanted) {
      if (this.speed !== 1 && prepared.buffer && prepared.stretched?.speed !== this.speed) return this.#stretch(prepared);
      if (this.#needsPicture(prepared)) return this.#draw(prepared);
    }
  }

  /** @param {Prepared} prepared */
  #needsPicture(prepared) {
    if (!this.look.width || !(prepared.buffer || prepared.around)) return false;
    const current = prepared === this.#wanted[0];
    return prepared.pictured !== this.#lookOf(prepared) && (prepared.aroundSettled || prepared.aroundLate || current);
  }

  /** @param {Prepared} prepared */
  #lookOf(prepared) {
    const { width, height, colours } = this.look;
    return `${prepared.around ? "around" : "alone"} ${width} ${height} ${JSON.stringify(colours)}`;
  }

  /** @param {Prepared} prepared */
  #draw(prepared) {
    const source = prepared.around ?? { buffer: /** @type {AudioBuffer} */ (prepared.buffer), from: 0 };
    const look = this.#lookOf(prepared);
    prepared.pictured = look;
    const { width, height, colours } = this.look;
    const wanted = { what: "picture", from: source.from, rate: source.buffer.sampleRate, span: prepared.span, width, height, colours };
    this.#ask(wanted, mixed(source.buffer), ({ bitmap }) => {
      if (!bitmap) return;
      if (prepared.ends.signal.aborted) return bitmap.close();
      prepared.picture?.close();
      prepared.picture = bitmap;
      this.tell(prepared, "picture");
    });
  }

  /** @param {Prepared} prepared */
  #stretch(prepared) {
    const buffer = /** @type {AudioBuffer} */ (prepared.buffer);
    const { speed } = this;
    this.#ask({ what: "stretch", rate: buffer.sampleRate, speed }, mixed(buffer), ({ samples }) => {
      if (!samples || prepared.ends.signal.aborted) return;
      prepared.stretched = { speed, buffer: bufferOf(samples, buffer.sampleRate) };
      this.tell(prepared, "stretched");
    });
  }

  /**
   * @param {Record<string, any>} wanted
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {(answer: any) => void} then
   */
  #ask(wanted, samples, then) {
    this.#number += 1;
    this.#answered = (answer) => {
      then(answer);
      this.#work();
    };
    this.#worker.postMessage({ ...wanted, samples, number: this.#number }, [samples.buffer]);
  }
}

/** @param {Row} row */
function keyOf(row) {
  return `${row.clip_id} ${row.audio_sha256}`;
}

/** All channels in one, as a copy. @param {AudioBuffer} buffer */
export function mixed(buffer) {
  const samples = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const values = buffer.getChannelData(channel);
    if (buffer.numberOfChannels === 1) samples.set(values);
    else for (let index = 0; index < samples.length; index += 1) samples[index] += values[index] / buffer.numberOfChannels;
  }
  return samples;
}

/** @param {Float32Array<ArrayBuffer>} samples @param {number} rate */
export function bufferOf(samples, rate) {
  const buffer = new AudioBuffer({ length: Math.max(1, samples.length), sampleRate: rate, numberOfChannels: 1 });
  buffer.copyToChannel(samples, 0);
  return buffer;
}
