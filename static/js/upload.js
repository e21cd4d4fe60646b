// <form data-upload>: brings a file in parts, goes on by itself when the connection is back, and
// from where it was when the same file is chosen again. Without this file the form brings it whole.

const WAITS = [1, 2, 4, 8, 15, 30, 30, 60, 60, 60, 120, 120]; // seconds between tries of one part

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-upload]"))) prepare(form);

/** @param {HTMLFormElement} form */
function prepare(form) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  const drop = part(form, "drop");
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.dataset.over = ""; });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => delete drop.dataset.over);
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (files?.length) { input.files = files; bring(form, input); }
  });
  input.addEventListener("change", () => bring(form, input));
  form.addEventListener("submit", (event) => { event.preventDefault(); bring(form, input); });
  part(form, "send").hidden = true;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 */
async function bring(form, input) {
  const file = input.files?.[0];
  if (!file || form.dataset.busy) return;
  if (!file.size) return tell(form, form.dataset.empty);
  if (file.size > Number(form.dataset.most)) return tell(form, form.dataset.large);
  const stopping = new AbortController();
  const cancel = part(form, "cancel");
  cancel.onclick = () => stopping.abort();
  form.dataset.busy = "yes";
  input.disabled = true;
  cancel.hidden = false;
  part(form, "arriving").hidden = false;
  part(form, "name").textContent = file.name;
  tell(form, "");
  try {
    const brand = String(new FormData(form).get("brand") ?? "");
    const begun = await ask(form, form.dataset.upload ?? "", JSON.stringify({ name: file.name, size: file.size, brand }), stopping.signal);
    let at = begun.received;
    while (at < file.size) {
      show(form, at, file.size);
      const end = Math.min(file.size, at + Number(form.dataset.part));
      at = (await ask(form, `${begun.part}?at=${at}`, file.slice(at, end), stopping.signal)).received;
    }
    show(form, file.size, file.size);
    part(form, "figures").textContent = form.dataset.looking ?? "";
    const done = await ask(form, begun.whole, "", stopping.signal);
    if (!done.next) throw new Error("not whole");
    location.assign(done.next);
  } catch (error) {
    tell(form, error instanceof Refusal ? error.message : form.dataset.gaveUp);
    delete form.dataset.busy;
    input.disabled = false;
    input.value = "";
    cancel.hidden = true;
    part(form, "arriving").hidden = true;
  }
}

/** The server said no, in a sentence. */
class Refusal extends Error {}

/**
 * Posts, and tries again for a while when nobody answers; a part that came already is no error.
 * @param {HTMLFormElement} form
 * @param {string} url
 * @param {BodyInit} body
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function ask(form, url, body, signal) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}"), "content-type": "application/octet-stream" };
  for (const wait of WAITS) {
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, headers, signal, redirect: "error" });
    } catch (error) {
      if (signal.aborted) throw error;
    }
    if (answer?.ok || answer?.status === 409) {
      tell(form, "");
      return answer.json();
    }
    if (answer && answer.status < 500 && answer.status !== 429) {
      const said = await answer.json().catch(() => ({}));
      throw said.problem ? new Refusal(said.problem) : new Error(answer.statusText);
    }
    tell(form, form.dataset.lost);
    await new Promise((done) => { setTimeout(done, wait * 1000); });
    if (signal.aborted) break;
  }
  throw new Error("no answer");
}

/**
 * @param {HTMLFormElement} form
 * @param {number} sent
 * @param {number} all
 */
function show(form, sent, all) {
  const bar = part(form, "bar");
  const share = (100 * sent) / all;
  bar.style.setProperty("--v", `${share.toFixed(1)}%`);
  bar.setAttribute("aria-valuenow", share.toFixed(0));
  const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(all < 1e7 ? 1 : 0);
  part(form, "figures").textContent = (form.dataset.sent ?? "").replace("{sent}", mb(sent)).replace("{all}", mb(all));
}

/**
 * @param {HTMLFormElement} form
 * @param {string | undefined} sentence
 */
function tell(form, sentence) {
  const place = part(form, "problem");
  place.hidden = !sentence;
  place.textContent = sentence ?? "";
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLElement}
 */
function part(form, name) {
  return /** @type {HTMLElement} */ (form.querySelector(`[data-${name}]`));
}

export {}; // a module: its names are its own
