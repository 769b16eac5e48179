/** Dark, light, or as the system has it. */

/** @import {App} from "../core/core.js" */

const STORED = "audioset:theme";
/** @type {("auto" | "dark" | "light")[]} */
const THEMES = ["auto", "dark", "light"];
const WORDS = { auto: "as the system", dark: "dark", light: "light" };

/** @param {string} theme */
function show(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    // Read by theme_first.js, before anything is drawn.
    localStorage.setItem(STORED, theme);
  } catch {
    // Forbidden by the browser: the page is drawn as the system has it until the settings come.
  }
}

/** @param {App} app */
export function mount(app) {
  const now = () => app.state.settings.theme ?? "auto";
  let shown = "";
  const apply = () => {
    if (now() === shown) return;
    shown = now();
    show(shown);
    app.emit("theme", shown);
  };
  const next = () => {
    const theme = THEMES[(THEMES.indexOf(now()) + 1) % THEMES.length];
    app.set({ theme });
    app.say(`Colours: ${WORDS[theme]}.`);
  };
  app.keys.add({ id: "theme", code: "Shift+KeyT", words: "Dark, light, or as the system has it", group: "Views", run: next });
  app.on("settings", apply);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.emit("theme", now()));
}
