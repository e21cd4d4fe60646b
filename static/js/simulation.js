// A simulated walk: the newest line of the story is in sight, and a script outlives a reload.

const memory = `simulation-${location.pathname}${location.search}`;

document.addEventListener("htmx:afterSettle", (event) => {
  if (!(event.target instanceof Element) || event.target.id !== "main") return;
  newest();
  keep();
});

/** Shows the end of the story, and the step where she stands. */
function newest() {
  const lines = document.querySelectorAll(".story > li");
  lines[lines.length - 1]?.scrollIntoView({ block: "nearest" });
}

/** What was typed stays in this tab, and nowhere else: it may name a person. */
function keep() {
  const form = document.getElementById("try");
  if (!(form instanceof HTMLFormElement)) return;
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  sessionStorage.setItem(memory, JSON.stringify(fields));
}

function restore() {
  const form = document.getElementById("try");
  const kept = sessionStorage.getItem(memory);
  if (!kept || !(form instanceof HTMLFormElement)) return;
  const steps = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("steps"));
  /** @type {[string, string][]} */
  const fields = JSON.parse(kept);
  const before = fields.find(([name]) => name === "steps")?.[1] ?? "[]";
  if (steps?.value !== "[]" || before === "[]") return;
  for (const [name, value] of fields) fill(form, name, value);
  form.requestSubmit();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  if (name === "customer" && !field) {
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(hidden);
  } else if (field instanceof RadioNodeList || field instanceof HTMLInputElement ||
      field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
    field.value = value;
  }
}

restore();
