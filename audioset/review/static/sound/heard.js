/** Which parts of a clip were heard, so that a verdict can be kept with the share on which it stands. */

export class Heard {
  /** @type {[number, number][]} parts in seconds, in order, apart from each other */
  #parts = [];

  clear() {
    this.#parts = [];
  }

  /** @param {number} from seconds @param {number} to */
  add(from, to) {
    if (!(to > from)) return;
    const parts = [];
    let [low, high] = [from, to];
    for (const part of this.#parts) {
      if (part[1] < low || part[0] > high) parts.push(part);
      else [low, high] = [Math.min(low, part[0]), Math.max(high, part[1])];
    }
    parts.push(/** @type {[number, number]} */ ([low, high]));
    this.#parts = parts.sort((a, b) => a[0] - b[0]);
  }

  /** Share of a stretch that was heard, 0 to 1. @param {number} from seconds @param {number} to */
  share(from, to) {
    if (!(to > from)) return 0;
    let sum = 0;
    for (const part of this.#parts) sum += Math.max(0, Math.min(to, part[1]) - Math.max(from, part[0]));
    return Math.min(1, sum / (to - from));
  }
}
