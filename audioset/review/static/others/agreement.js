/** How alike reviewers judge, and where they differ: both values, who; a decision settles. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";
import { fieldName, plural, quoted, valueWords } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";
import { combination } from "../ground/keys.js";

/** @type {[number, string][]} from so much on */
const KAPPA_WORDS = [[0.8, "nearly always alike"], [0.6, "mostly alike"], [0.4, "often different"], [0.1, "hardly better than chance"]];
const LEAST_CLIPS = 30; // of fewer, kappa says more of chance than of the two
const MOST_KEYS = 9;
const MOST_SHOWN = 200; // disagreements drawn at once; those behind come when these are settled

/**
 * @param {number | null | undefined} kappa
 * @param {number} count clips that both judged
 * @returns {string} with what it means
 */
export function kappaWords(kappa, count) {
  if (count < LEAST_CLIPS) return `too few to tell (${plural(count, "clip")} of ${LEAST_CLIPS})`;
  if (kappa === null || kappa === undefined) return "cannot be told: all got one and the same verdict";
  const name = KAPPA_WORDS.find(([least]) => kappa >= least)?.[1] ?? "no better than chance";
  return `${kappa.toFixed(2).replace("-", "−")}, ${name}`;
}

/**
 * @param {any} pair as the server gives it
 * @returns {[string, string][]} what is compared, and how alike
 */
export function pairRows(pair) {
  const { verdicts, texts, edges } = pair;
  const percent = (/** @type {number | null} */ rate) => (rate === null ? "not known" : `${(rate * 100).toFixed(1)} %`);
  /** @type {[string, string][]} */
  const rows = [];
  if (verdicts) {
    rows.push(["same verdict", `${verdicts.num_agreed} of ${plural(verdicts.num_clips, "clip")}`]);
    rows.push(["Cohen's kappa", kappaWords(verdicts.kappa, verdicts.num_clips)]);
  }
  if (texts) {
    rows.push(["same words", `${texts.num_agreed} of ${plural(texts.num_clips, "text")}`]);
    rows.push(["words that differ", percent(texts.word_error_rate)]);
    rows.push(["letters that differ", percent(texts.character_error_rate)]);
  }
  if (edges) {
    rows.push(["edges apart", `${Math.round(edges.median_milliseconds)} ms in the middle, ${Math.round(edges.p95_milliseconds)} ms for 95 of 100 (${plural(edges.num_clips, "clip")})`]);
  }
  return rows;
}

/**
 * What each reviewer says of a field, as buttons that settle it so.
 * @param {App} app
 * @param {any} one disagreement
 * @param {() => unknown} settled
 * @param {boolean} [keyed] whether a number presses each
 * @returns {HTMLElement[]}
 */
export function opinionButtons(app, one, settled, keyed = false) {
  const rate = app.state.rowOfRoot(one.subject_id)?.source_rate;
  return one.opinions.map((/** @type {any} */ opinion, /** @type {number} */ at) => {
    const words = valueWords(one.field, opinion.value, rate);
    return make(
      "button",
      {
        type: "button",
        "aria-label": `settle the ${fieldName(one.field)} as ${opinion.by} says: ${words}`,
        onclick: () => void settle(app, one, opinion.value).then((done) => done && settled()),
      },
      make("span", { class: "quiet" }, `${opinion.by} `),
      words,
      keyed && at < MOST_KEYS ? make("kbd", { "aria-hidden": "true" }, String(at + 1)) : null,
    );
  });
}

/**
 * @param {App} app
 * @param {any} one disagreement
 * @param {unknown} value
 * @returns {Promise<boolean>} whether it was taken
 */
async function settle(app, one, value) {
  const words = `settle ${fieldName(one.field)}: ${valueWords(one.field, value)}`;
  if (one.subject_kind === "clip") await app.going.need([one.subject_id]);
  const row = app.state.rowOfRoot(one.subject_id) ?? null;
  try {
    if (one.field === "edges") {
      const [start_sample, end_sample] = String(value).split(" ").map(Number);
      const body = { clip_id: row?.clip_id ?? one.subject_id, start_sample, end_sample, expected_id: row?.held.edges?.row_id ?? null };
      await app.operations.perform("edges", body, { words, row, touches: [{ subject_kind: "clip", subject_id: one.subject_id, field: "edges" }] });
    } else await app.decide([{ subject_kind: one.subject_kind, subject_id: one.subject_id, field: one.field, value }], { words, row });
    return true;
  } catch {
    return false; // `conflict` or `refused` told why
  }
}

/** @param {App} app */
export function mount(app) {
  const dialog = /** @type {HTMLDialogElement} */ (place("agreement"));

  /** @param {any} pair */
  const pairNode = (pair) =>
    make(
      "section",
      {},
      make("h3", {}, pair.reviewers.join(" and "), pair.blind ? " (blind)" : ""),
      pair.blind ? null : make("p", { class: "quiet" }, "One may have seen what the other said, and mostly speaks where they differ."),
      make(
        "table",
        { class: "facts" },
        make("tbody", {}, ...pairRows(pair).map(([name, words]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, words)))),
      ),
    );

  /** @param {any} one disagreement */
  const disagreementNode = (one) => {
    const row = app.state.rowOfRoot(one.subject_id);
    const name = row?.text ?? one.subject_id;
    return make(
      "li",
      {},
      make("p", {}, make("strong", {}, fieldName(one.field)), ` of ${one.subject_kind === "speaker" ? "speaker " : ""}`, quoted(name)),
      make(
        "p",
        { class: "opinions" },
        ...opinionButtons(app, one, settled, true),
        one.subject_kind === "clip"
          ? make("button", { type: "button", class: "plain", onclick: () => { dialog.close(); void app.goto(row?.clip_id ?? one.subject_id); } }, "Go to the clip")
          : null,
      ),
    );
  };

  /** The disagreement that the focus is in; else the first. */
  const here = () => document.activeElement?.closest(".disagreements li") ?? dialog.querySelector(".disagreements li");
  dialog.addEventListener("keydown", (event) => {
    const pressed = combination(event);
    const item = here();
    if (!item || event.defaultPrevented) return;
    const number = Number(/^Digit([1-9])$/.exec(pressed)?.[1] ?? 0);
    const way = { KeyJ: "nextElementSibling", ArrowDown: "nextElementSibling", KeyK: "previousElementSibling", ArrowUp: "previousElementSibling" }[pressed];
    if (!number && !way) return;
    event.preventDefault();
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll(".opinions button:has(kbd)"));
    if (number && !event.repeat) buttons[number - 1]?.click();
    else if (way) /** @type {any} */ (item)[way]?.querySelector("button")?.focus();
  });

  const settled = async () => {
    await draw();
    (dialog.querySelector(".opinions button") ?? dialog.querySelector("button"))?.focus();
  };

  const draw = async () => {
    const body = make("div", { class: "agreement", role: "region", tabindex: "0", "aria-label": "Agreement" });
    try {
      if (app.state.session.blind) body.append(make("p", {}, "This is a blind pass: nothing of what others say is shown."));
      else {
        const said = await app.server.get("/api/agreement");
        const waiting = said.disagreements ?? [];
        await app.going.need(waiting.slice(0, MOST_SHOWN).filter((/** @type {any} */ one) => one.subject_kind === "clip").map((/** @type {any} */ one) => one.subject_id));
        body.append(
          ...(said.pairs?.length ? said.pairs.map(pairNode) : [make("p", {}, "No two reviewers judged the same clips yet.")]),
          ...(said.num_blind_only ? [make("p", {}, `${plural(said.num_blind_only, "value")} of blind reviewers hold nowhere until somebody decides.`)] : []),
          make("h3", {}, waiting.length ? `${plural(waiting.length, "disagreement")} to settle` : "Nothing to settle"),
          waiting.length ? make("p", { class: "quiet" }, "A number settles the one with the focus so; ↑ and ↓ go to another.") : "",
          make("ul", { class: "disagreements" }, ...waiting.slice(0, MOST_SHOWN).map(disagreementNode)),
        );
      }
    } catch (problem) {
      body.append(make("p", { class: "problem" }, problem instanceof Error ? problem.message : String(problem)));
    }
    const close = make("button", { type: "button", class: "main", onclick: () => dialog.close() }, "Close");
    dialog.replaceChildren(make("h2", {}, "Agreement of reviewers"), body, make("p", { class: "answers" }, close));
    return close;
  };
  const open = async () => {
    const close = await draw();
    openDialog(dialog, dialog.querySelector(".opinions button") ?? close);
  };
  app.keys.add({ id: "agreement", code: "KeyG", words: "Agreement of reviewers", group: "Views", run: () => void open() });
}
