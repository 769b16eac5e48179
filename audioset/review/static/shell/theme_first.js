// Before anything is drawn: the colours that were chosen last in this browser.
try {
  const theme = localStorage.getItem("audioset:theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Forbidden by the browser: as the system has it.
}
