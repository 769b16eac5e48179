/** Keys of the page: each has an id, one or more combinations, words, and what it does. People may choose other combinations. */

/**
 * @typedef {object} Key
 * @property {string} id
 * @property {string | string[]} code such as "KeyA", "Shift+KeyU", "Ctrl+Enter": where the key lies on a US keyboard
 * @property {string} words what it does, for people
 * @property {(event: KeyboardEvent) => void} run
 * @property {string} [group] heading in the help
 * @property {string} [folded] shown in the help only when this is opened
 * @property {boolean} [repeats] whether holding it down does it again and again
 * @property {() => boolean} [when] whether it does something now
 */

// Signs that lie elsewhere on other keyboards: the sign that is written on the key is what people press.
const SIGNS = new Map(
  Object.entries({
    "[": "BracketLeft", "]": "BracketRight", ",": "Comma", ".": "Period", "<": "Shift+Comma", ">": "Shift+Period",
    "/": "Slash", "?": "Shift+Slash", "+": "Shift+Equal", "=": "Equal", "-": "Minus", "{": "Shift+BracketLeft",
    "}": "Shift+BracketRight", "_": "Shift+Minus",
  }),
);
const SHOWN = new Map([...SIGNS].map(([sign, code]) => [code, sign]));
/** @type {Record<string, string>} */
const NAMES = { Space: "space", Enter: "Enter", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

/**
 * The combination that was pressed, as on a US keyboard. Letters go by what is written on the key where that is a
 * Latin letter, by the place of the key where not (Russian, Greek, Hebrew, Arabic keyboards).
 * @param {KeyboardEvent} event
 */
export function combination(event) {
  let code = event.code;
  let shift = event.shiftKey;
  if (/^[a-z]$/i.test(event.key)) {
    code = `Key${event.key.toUpperCase()}`;
  } else if (SIGNS.has(event.key) && !event.code.startsWith("Numpad")) {
    code = /** @type {string} */ (SIGNS.get(event.key));
    shift = false;
  } else if (event.code === "NumpadAdd") {
    code = "Shift+Equal";
  } else if (event.code === "NumpadSubtract") {
    code = "Minus";
  } else {
    code = code.replace(/^Numpad(\d)$/, "Digit$1").replace("NumpadEnter", "Enter");
  }
  const control = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
  return `${control ? "Ctrl+" : ""}${event.altKey && control === false && !SIGNS.has(event.key) ? "Alt+" : ""}${shift ? "Shift+" : ""}${code}`;
}

/** A combination as people read it: "Shift+KeyU" is "U". @param {string} code */
export function shown(code) {
  if (SHOWN.has(code)) return /** @type {string} */ (SHOWN.get(code));
  const parts = code.split("+");
  const last = parts.pop() ?? "";
  const letter = /^Key([A-Z])$/.exec(last);
  if (letter && parts.join() === "Shift") return letter[1];
  const name = letter ? letter[1].toLowerCase() : (SHOWN.get(last) ?? NAMES[last] ?? last.replace(/^Digit/, ""));
  return [...parts, name].join("+");
}

/** Whether letters that are typed now belong to a field. @param {EventTarget | null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** Whether the focused element itself does something with this key. @param {EventTarget | null} target @param {string} pressed */
function isForElement(target, pressed) {
  if (!(target instanceof HTMLElement) || !["Space", "Enter"].includes(pressed)) return false;
  return target.closest("button, a[href], summary, input, [role=option]") !== null;
}

/** All keys of the page. */
export class Keys {
  /** @type {Map<string, Key>} */
  #keys = new Map();
  /** @type {Map<string, string>} */
  #ids = new Map();
  /** @type {Record<string, string>} */
  #chosen = {};
  /** when the key was pressed that runs now, on the clock of `performance.now()`; 0 while none does */
  pressedAt = 0;

  /** @param {Key} key */
  add(key) {
    this.#keys.set(key.id, key);
    this.#arrange();
  }

  /** @param {string} id */
  remove(id) {
    this.#keys.delete(id);
    this.#arrange();
  }

  /** @returns {(Key & {codes: string[]})[]} with the combinations that hold */
  all() {
    return [...this.#keys.values()].map((key) => ({ ...key, codes: this.codes(key.id) }));
  }

  /** @param {string} id @returns {string[]} */
  codes(id) {
    if (this.#chosen[id]) return [this.#chosen[id]];
    const code = this.#keys.get(id)?.code ?? [];
    return Array.isArray(code) ? code : [code];
  }

  /** Combinations that people chose, by id; the others keep theirs. @param {Record<string, string>} chosen */
  choose(chosen) {
    this.#chosen = { ...chosen };
    this.#arrange();
  }

  /** Which key a combination is, if any. @param {string} code */
  find(code) {
    return this.#ids.get(code);
  }

  /** Does what a key does. @param {string} id @param {KeyboardEvent} [event] */
  run(id, event) {
    const key = this.#keys.get(id);
    if (key && (key.when?.() ?? true)) key.run(event ?? new KeyboardEvent("keydown"));
  }

  /** @param {Document} page */
  listen(page) {
    page.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const pressed = combination(event);
    if (isForElement(event.target, pressed)) return;
    const key = this.#keys.get(this.#ids.get(pressed) ?? "");
    if (!key || !(key.when?.() ?? true)) return;
    event.preventDefault();
    if (event.repeat && !key.repeats) return;
    this.pressedAt = event.timeStamp;
    try {
      key.run(event);
    } finally {
      this.pressedAt = 0;
    }
  }

  #arrange() {
    this.#ids.clear();
    // What people chose comes last, so that it wins over the combination that another key has by itself.
    const ids = [...this.#keys.keys()].sort((a, b) => Number(a in this.#chosen) - Number(b in this.#chosen));
    for (const id of ids) for (const code of this.codes(id)) this.#ids.set(code, id);
  }
}
