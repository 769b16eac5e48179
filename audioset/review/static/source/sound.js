/**
 * Plays a source from any sample on. It comes in stretches, the next of which is fetched while one
 * is heard, so that an hour of it is never in memory.
 */

const STRETCH_SECONDS = 20;

export class SourceSound {
  /**
   * @param {string} sourceId
   * @param {number} rate samples per second
   * @param {number} numSamples
   * @param {{speed: () => number, moved: (sample: number) => void, ended: () => void,
   *   failed: (words: string) => void}} calls
   */
  constructor(sourceId, rate, numSamples, calls) {
    this.sourceId = sourceId;
    this.rate = rate;
    this.numSamples = numSamples;
    this.calls = calls;
    /** @type {HTMLAudioElement | null} */
    this.audio = null;
    /** @type {HTMLAudioElement | null} */
    this.next = null;
    this.from = 0;
    this.until = 0;
    this.stretchEnd = 0;
  }

  get playing() {
    return this.audio !== null;
  }

  /**
   * @param {number} from sample
   * @param {number} [until] sample, exclusive
   */
  play(from, until = this.numSamples) {
    this.stop();
    this.until = Math.min(until, this.numSamples);
    if (from < this.until) this.#start(this.#load(from), from);
  }

  stop() {
    this.audio?.pause();
    this.audio = null;
    this.next = null;
  }

  /** @param {number} from sample */
  #endOf(from) {
    return Math.min(from + STRETCH_SECONDS * this.rate, this.until);
  }

  /** @param {number} from sample */
  #load(from) {
    const audio = new Audio();
    audio.preload = "auto";
    const id = encodeURIComponent(this.sourceId);
    audio.src = `/source/${id}/sound?start=${from}&end=${this.#endOf(from)}`;
    return audio;
  }

  /**
   * @param {HTMLAudioElement} audio
   * @param {number} from sample
   */
  #start(audio, from) {
    this.audio = audio;
    this.from = from;
    this.stretchEnd = this.#endOf(from);
    audio.playbackRate = this.calls.speed();
    audio.addEventListener("ended", () => this.#goOn(audio));
    audio.play().catch((error) => this.#fail(audio, error));
    if (this.stretchEnd < this.until) this.next = this.#load(this.stretchEnd);
    const tick = () => {
      if (this.audio !== audio) return;
      this.calls.moved(Math.min(this.stretchEnd, from + Math.round(audio.currentTime * this.rate)));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  /** @param {HTMLAudioElement} audio */
  #goOn(audio) {
    if (this.audio !== audio) return;
    const next = this.next;
    this.next = null;
    if (next) {
      this.#start(next, this.stretchEnd);
      return;
    }
    this.audio = null;
    this.calls.moved(this.until);
    this.calls.ended();
  }

  /**
   * @param {HTMLAudioElement} audio
   * @param {unknown} error
   */
  #fail(audio, error) {
    if (this.audio !== audio) return; // stopped before it began
    this.audio = null;
    this.calls.ended();
    this.calls.failed(`The sound of the source cannot be played: ${error instanceof Error ? error.message : error}`);
  }
}
