/** The text of the clip: read, edited, held against what a model heard. */

/** @import {App} from "../core/core.js" */
/** @import {Row} from "../ground/types.js" */

import { make, place } from "../core/core.js";
import { quoted } from "../ground/decision_words.js";
import { compare } from "./differences.js";
import { judge, nameOf } from "./verdicts.js";

/** @type {Record<string, string>} */
const SOURCES = { human: "written by a person", subtitles: "from subtitles", transcript: "from the transcript" };

/** @param {App} app */
export function mount(app) {
  const view = new TextView(app);
  const group = "Text";
  const here = () => app.state.current !== null;
  app.keys.add({ id: "edit", group, code: "KeyE", words: "Edit the text (Enter saves, Ctrl+Enter saves and accepts, Esc restores)", when: here, run: () => view.edit() });
  app.keys.add({ id: "take-heard", group, code: "KeyH", words: "Take the first suggestion as the text", when: here, run: () => view.takeFirst() });
  app.on("current", () => view.begin());
  app.on("row", (row) => row === app.state.current && view.draw());
  app.on("detail", () => view.draw());
  app.on("leave", (row) => view.save(row));
  addEventListener("pagehide", () => app.state.current && view.save(app.state.current));
}

/** A text as it is kept. @param {string} text */
export function tidy(text) {
  return text.normalize("NFC").replace(/\s+/gu, " ").trim();
}

class TextView {
  /** @type {string | null} root of the clip that is edited */
  #editing = null;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.said = make("p", { class: "said", dir: "auto" });
    this.field = make("textarea", { dir: "auto", rows: "1", "aria-label": "Text of the clip", spellcheck: "true", maxlength: "10000", hidden: true });
    this.about = make("p", { class: "about" });
    this.hint = make("p", { class: "about", hidden: true }, "Enter saves · Ctrl+Enter saves, accepts and goes on · Esc restores");
    this.heard = make("div", { class: "heard", hidden: true });
    this.suggestions = make("div", { class: "suggestions", hidden: true });
    const edit = make("button", { type: "button", "data-key": "edit" }, "Edit");
    edit.addEventListener("click", () => this.edit());
    this.editButton = edit;
    const line = make("div", { class: "line" }, make("div", { class: "field" }, this.said, this.field), edit);
    place("text").append(line, this.hint, this.about, this.heard, this.suggestions);
    this.said.addEventListener("dblclick", () => this.edit());
    this.field.addEventListener("keydown", (event) => this.#press(event));
    this.field.addEventListener("input", () => this.#showHeard());
    this.field.addEventListener("blur", () => this.#leaveField());
  }

  begin() {
    if (this.#editing !== this.app.state.current?.root_id) this.#stop();
    this.draw();
  }

  edit() {
    const row = this.app.state.current;
    if (!row) return;
    this.#editing = row.root_id;
    this.field.value = row.text ?? "";
    this.field.hidden = this.hint.hidden = false;
    this.said.hidden = this.editButton.hidden = true;
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }

  /** What was typed becomes the text of the clip, as a decision of its own. @param {Row} row */
  save(row) {
    if (this.#editing !== row.root_id) return;
    this.#editing = null;
    this.#set(row, this.field.value);
    this.#stop();
  }

  /** @param {Row} row @param {string} typed */
  #set(row, typed) {
    const text = tidy(typed);
    if (text === (row.text ?? "")) return;
    const change = { subject_kind: /** @type {const} */ ("clip"), subject_id: row.root_id, field: "text", value: text || null };
    void this.app.decide([change], { words: `text of ${nameOf(row)}`, row });
  }

  takeFirst() {
    const row = this.app.state.current;
    const first = row && this.#suggested(row)[0];
    if (!row || !first) return this.app.say("There is no suggestion.");
    this.#set(row, first);
    this.app.say(`Text: ${first}`);
  }

  #stop() {
    const focused = document.activeElement === this.field;
    this.#editing = null;
    this.field.hidden = this.hint.hidden = true;
    this.said.hidden = this.editButton.hidden = false;
    if (focused) place("stage").focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const row = this.app.state.current;
    if (!row || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#stop();
      this.draw();
      this.app.say("The text is as it was.");
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      this.app.keys.pressedAt = event.timeStamp;
      judge(this.app, "accept");
      this.app.keys.pressedAt = 0;
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      this.save(row);
      this.draw();
      this.app.say("The text is saved.");
    }
  }

  /** Who clicks or tabs away keeps what was typed: it is saved. */
  #leaveField() {
    const row = this.app.state.current;
    if (row && this.#editing === row.root_id && document.hasFocus()) {
      this.save(row);
      this.draw();
    }
  }

  /** @param {Row} row */
  #suggested(row) {
    const detail = this.app.state.detail;
    const found = [...(detail?.suggestions ?? []), row.hypothesis ?? "", detail?.line_text ?? ""].map(tidy);
    return [...new Set(found)].filter((text) => text && text !== (row.text ?? ""));
  }

  draw() {
    const row = this.app.state.current;
    place("text").hidden = !row;
    if (!row) return;
    this.said.textContent = row.text || "no text";
    this.said.classList.toggle("empty", !row.text);
    this.about.replaceChildren(...aboutText(row).map((words) => make("span", {}, words)));
    this.#showHeard();
    this.#showSuggestions(row);
  }

  #showHeard() {
    const row = this.app.state.current;
    const hypothesis = row?.hypothesis ?? "";
    this.heard.hidden = !hypothesis;
    if (!row || !hypothesis) return;
    const own = this.field.hidden ? (row.text ?? "") : this.field.value;
    const parts = compare(own, hypothesis);
    const same = parts.every((part) => part.kind === "same");
    const words = make("span", { dir: "auto" });
    for (const part of parts) {
      const name = part.kind === "same" ? "span" : part.kind === "left" ? "del" : "ins";
      words.append(make(name, {}, part.text), " ");
    }
    this.heard.replaceChildren(make("h3", {}, same ? "Heard the same" : "Heard"), ...(same && own ? [] : [words]));
  }

  /** @param {Row} row */
  #showSuggestions(row) {
    const found = this.#suggested(row);
    this.suggestions.hidden = !found.length;
    const buttons = found.map((text) => {
      const button = make("button", { type: "button", dir: "auto" }, text);
      button.addEventListener("click", () => {
        this.#set(row, text);
        place("stage").focus({ preventScroll: true });
      });
      return button;
    });
    this.suggestions.replaceChildren(make("span", { class: "quiet" }, "Take:"), ...buttons);
  }
}

/** @param {Row} row @returns {string[]} */
function aboutText(row) {
  const source = row.text_source ?? "";
  const words = [];
  if (row.line !== null) words.push(row.take !== null ? `line ${row.line}, take ${row.take}` : `line ${row.line}`);
  if (source) words.push(SOURCES[source] ?? (source.startsWith("model:") ? `written by ${source.slice(6)}` : source));
  if (row.text_score !== null) words.push(`certain to ${Math.round(row.text_score * 100)} %`);
  if (row.accepted_text) words.push(`accepted as: ${quoted(row.accepted_text)}`);
  return words;
}
