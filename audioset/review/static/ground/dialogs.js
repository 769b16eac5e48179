/**
 * Dialogs: modal, closed by Escape, and the focus goes back to where it was, or, where that is gone,
 * to the middle of the page.
 */

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement | null} [first] gets the focus
 */
export function openDialog(dialog, first = null) {
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.addEventListener(
    "close",
    () => {
      // It may have been drawn anew meanwhile.
      const again = before?.isConnected ? before : document.getElementById(before?.id ?? "");
      const back = again instanceof HTMLElement && again !== document.body ? again : document.querySelector("main");
      back?.focus();
    },
    { once: true },
  );
  dialog.showModal();
  first?.focus();
}
