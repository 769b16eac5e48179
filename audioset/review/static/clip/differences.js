/** Which words two texts do not have in common. */

const MOST_WORDS = 600;

/**
 * A stretch that both have, or one of them. `text` is as it stands there.
 * @typedef {{kind: "same" | "left" | "right", text: string}} Part
 */

/** @param {string} word as it is compared: without case and signs */
function bare(word) {
  return word.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{M}\p{N}']/gu, "") || word;
}

/**
 * Words of the left text and of the right one in one row; differences of case and signs alone are none.
 * @param {string} left
 * @param {string} right
 * @returns {Part[]}
 */
export function compare(left, right) {
  const [own, other] = [left, right].map((text) => text.split(/\s+/).filter(Boolean).slice(0, MOST_WORDS));
  const [ownBare, otherBare] = [own.map(bare), other.map(bare)];
  const common = commonLengths(ownBare, otherBare);
  /** @type {Part[]} */
  const parts = [];
  let i = 0;
  let j = 0;
  while (i < own.length || j < other.length) {
    if (i < own.length && j < other.length && ownBare[i] === otherBare[j]) {
      add(parts, "same", own[i]);
      i += 1;
      j += 1;
    } else if (j >= other.length || (i < own.length && common[i + 1][j] >= common[i][j + 1])) {
      add(parts, "left", own[i]);
      i += 1;
    } else {
      add(parts, "right", other[j]);
      j += 1;
    }
  }
  return parts;
}

/** @param {string[]} left @param {string[]} right @returns {Uint16Array[]} of the rests from i and j on */
function commonLengths(left, right) {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = left[i] === right[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  return lengths;
}

/** @param {Part[]} parts @param {Part["kind"]} kind @param {string} word */
function add(parts, kind, word) {
  const last = parts.at(-1);
  if (last?.kind === kind) last.text += ` ${word}`;
  else parts.push({ kind, text: word });
}
