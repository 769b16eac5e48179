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
};

/** @param {string} field @returns {string} what a field is called on the page */
export function fieldName(field) {
  if (field.startsWith(TAG)) return `tag ${field.slice(TAG.length)}`;
  return NAMES[field] ?? field.replaceAll("_", " ");
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
 * @returns {string} as a person would say it
 */
export function valueWords(field, value) {
  if (field === "accepted") return verdictWord(value);
  if (field.startsWith(TAG)) return value === null ? "no" : "yes";
  if (value === null || value === undefined || value === "") return "nothing";
  if (field === "replaced_by") return plural(String(value).split(" ").length, "clip");
  if (field === "edges") return `samples ${String(value).replace(" ", " to ")}`;
  return typeof value === "string" ? `“${value}”` : String(value);
}

/**
 * @param {Decided} row
 * @returns {string} what was done, without who and when
 */
export function deed(row) {
  const { field, value } = row;
  const share = heardWords(row.heard_share);
  const pass = row.pass && row.pass > 1 ? ` (opinion of pass ${row.pass})` : "";
  if (row.retracts) return `took back the ${fieldName(field)}`;
  if (field === "accepted") {
    if (value === null) return `took the verdict away${pass}`;
    return `${value === "unsure" ? "was unsure" : verdictWord(value)}${share}${pass}`;
  }
  if (field.startsWith(TAG)) {
    const name = field.slice(TAG.length);
    return value === null ? `took the tag ${name} off` : `tagged it ${name}`;
  }
  if (field === "edges") return `moved the edges to ${valueWords(field, value)}${pass}`;
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
