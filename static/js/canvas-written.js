// A journey as text: Tab indents, and a problem's line is found with one click.

const text = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("id_text"));

text?.addEventListener("keydown", (event) => {
  // Escape first, then Tab leaves the field: nobody is caught in it.
  if (event.key === "Escape") text.dataset.leave = "";
  else if (event.key === "Tab" && !event.shiftKey && text.dataset.leave === undefined) {
    event.preventDefault();
    text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
  } else if (event.key !== "Tab") delete text.dataset.leave;
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-line]") : null;
  if (!(link instanceof HTMLElement) || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const at = Number(link.dataset.line) - 1;
  const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[at]?.length ?? 0));
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, at - 5);
});
