// Lets a worker find the proof of work (ALTCHA, version 2) while the reader fills in the form; a
// form that is sent before waits for it. Without this script the form is sent without a proof, and
// the server asks for one more button.

const field = document.querySelector("input[data-challenge]");
const form = field?.form;

if (form && globalThis.crypto?.subtle) {
  const challenge = JSON.parse(field.dataset.challenge);
  const status = form.querySelector("[data-working]");
  const worker = new Worker(new URL("./solve-worker.js", import.meta.url), { type: "module" });
  const solved = new Promise((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", () => resolve(null));
  });
  worker.postMessage(challenge.parameters);

  form.addEventListener("submit", async (event) => {
    if (field.value || form.dataset.isSolved) return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    status.textContent = status.dataset.working;
    button.setAttribute("aria-disabled", "true");
    const solution = await solved;
    if (solution) field.value = btoa(JSON.stringify({ challenge, solution }));
    form.dataset.isSolved = "yes";
    form.requestSubmit(button);
  });
}
