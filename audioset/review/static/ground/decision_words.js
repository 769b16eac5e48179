/**
 * What was decided, in words: for the history of a clip, for conflicts and for news.
 *
 * @typedef {object} Decided
 * @property {string} field
 * @property {string | number | boolean | null} value
 * @property {string} by who
 * @property {string} at when, as ISO 8601
 * @property {string} [subject_kind]
 * @property {string} [op_id]
 * @property {string | null} [retracts] the operation that this one takes back
 * @property {number} [pass] 2 and more for an opinion that does not hold
 * @property {number | null} [heard_share] in [0, 1]
 */

const TAG = "tag:";

/** @type {Record<string, string>} */
const NAMES = {
  accepted: "verdict",
  edges: "edges",
  replaced_by: "clips in its place",
  made_of: "making of the clip",
};
const CLIP_ID = /-(\d{9})-(\d{9})$/; // of it in milliseconds of the source: where the clip starts and ends

/** @param {string} field @returns {string} what a field is called on the page */
export function fieldName(field) {
  if (field.startsWith(TAG)) return `tag ${field.slice(TAG.length)}`;
  return NAMES[field] ?? field.replaceAll("_", " ");
}

/**
 * @param {Record<string, string>} meanings of each flag
 * @param {string} flag with what it says beside it behind a colon
 * @returns {string} in words
 */
export function flagWords(meanings, flag) {
  const name = flag.split(":", 1)[0];
  return name in meanings ? meanings[name] + flag.slice(name.length) : flag;
}

/** @param {unknown} value of the field `accepted` @returns {string} */
export function verdictWord(value) {
  if (value === true || value === "accept") return "accepted";
  if (value === false || value === "reject") return "rejected";
  if (value === "unsure") return "unsure";
  return "not judged";
}

/**
 * @param {string} field
 * @param {unknown} value
 * @param {number} [rate] samples per second of the source, for edges
 * @returns {string} as a person would say it
 */
export function valueWords(field, value, rate) {
  if (field === "accepted") return verdictWord(value);
  if (field.startsWith(TAG)) return value === null ? "no" : "yes";
  if (value === null || value === undefined || value === "") return "nothing";
  if (field === "replaced_by") return plural(String(value).split(" ").length, "clip");
  if (field === "edges") return edgeWords(String(value), rate);
  return typeof value === "string" ? quoted(value) : String(value);
}

/** @param {string} words @returns {string} in quotation marks; those inside are single ones */
export function quoted(words) {
  return `“${words.replace(/[“„"]/gu, "‘").replace(/”/gu, "’").replace(/‘(?=$|[\s.,!?;:)])/gu, "’")}”`;
}

/** @param {string} value two samples @param {number} [rate] samples per second @returns {string} "1.250 s to 3.000 s" */
function edgeWords(value, rate) {
  if (!rate) return `samples ${value.replace(" ", " to ")}`;
  return value.split(" ").map((sample) => timeWords(Number(sample) / rate, 3)).join(" to ");
}

/** @param {string} value ids of the clips, or of the source, of which a clip was made @returns {string} */
function madeWords(value) {
  const clips = value.split(" ").map((id) => CLIP_ID.exec(id));
  const at = clips.map((found) => found && `${timeWords(Number(found[1]) / 1000)} to ${timeWords(Number(found[2]) / 1000)}`);
  if (clips.length > 1) return `merged ${plural(clips.length, "clip")} to this one (${at.join(", ")})`;
  return at[0] ? `split it off a longer clip (${at[0]})` : "made this clip of the source";
}

/**
 * @param {Decided} row
 * @param {number} [rate] samples per second of the source, for edges
 * @returns {string} what was done, without who and when
 */
export function deed(row, rate) {
  const { field, value } = row;
  const share = heardWords(row.heard_share);
  const pass = row.pass && row.pass > 1 ? ` (opinion of pass ${row.pass})` : "";
  if (row.retracts) return field === "replaced_by" ? "brought it back" : `took back the ${fieldName(field)}`;
  if (field === "accepted") {
    if (value === null) return `took the verdict away${pass}`;
    return `${value === "unsure" ? "was unsure" : verdictWord(value)}${share}${pass}`;
  }
  if (field.startsWith(TAG)) {
    const name = field.slice(TAG.length);
    return value === null ? `took the tag ${name} off` : `tagged it ${name}`;
  }
  if (field === "edges") return value === null ? `gave the edges back${pass}` : `moved the edges to ${valueWords(field, value, rate)}${pass}`;
  if (field === "made_of") return value === null ? "took the clip away" : madeWords(String(value));
  if (field === "replaced_by") {
    return value === null ? "brought it back" : `put ${valueWords(field, value)} in its place`;
  }
  if (value === null || value === "") return `emptied the ${fieldName(field)}${pass}`;
  if (field === "text") return `wrote ${valueWords(field, value)}${pass}`;
  if (field === "note") return `noted ${valueWords(field, value)}`;
  const whose = row.subject_kind === "speaker" ? " of the speaker" : "";
  return `set ${fieldName(field)}${whose} to ${valueWords(field, value)}${pass}`;
}

/**
 * @param {Decided[]} history oldest or newest first
 * @returns {Set<string>} the operations that were taken back
 */
export function takenBack(history) {
  const out = new Set();
  for (const row of history) if (row.retracts) out.add(row.retracts);
  return out;
}

/** @param {number | null | undefined} share @returns {string} */
function heardWords(share) {
  if (share === null || share === undefined || share >= 0.995) return "";
  if (share <= 0.005) return " unheard";
  return ` after hearing ${Math.round(share * 100)} %`;
}

/**
 * @param {string} at ISO 8601
 * @param {Date} [now]
 * @returns {string} "10:42" of today, else with the date
 */
export function whenWords(at, now = new Date()) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** @param {unknown} words of an error, or plain ones @returns {string} with a capital and a full stop */
export function sentence(words) {
  const text = words instanceof Error ? words.message : String(words);
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/** @param {{version: string | null}} session of a published version @returns {string} why nothing is cut in it, and what to do */
export function uncuttable({ version }) {
  return `${version} is published and never changes: edges are moved, and clips made, in the workspace itself (audioset review, naming no version), for the next version.`;
}

/** @param {number} count @param {string} noun @returns {string} "1 clip", "2 clips" */
export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * @param {number} seconds
 * @param {number} [digits] behind the point
 * @returns {string} "3.25 s" below a minute, else "12:03.25" or "1:02:03"
 */
export function timeWords(seconds, digits = 2) {
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  return clockWords(seconds, digits);
}

/**
 * @param {number} seconds
 * @param {number} [digits]
 * @returns {string} "0:03", "12:03.25", "1:02:03"
 */
export function clockWords(seconds, digits = 0) {
  const units = 10 ** digits;
  const whole = Math.round(seconds * units);
  const hours = Math.floor(whole / units / 3600);
  const minutes = Math.floor(whole / units / 60) % 60;
  const rest = ((whole % (60 * units)) / units).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
