// Lets a worker find the proof of work (ALTCHA, version 2) while the reader fills in the form; a
// form that is sent before waits for it. Without this script, or where it fails, the form is sent
// without a proof, and the server asks for one more button.

const field = document.querySelector("input[data-challenge]");
const form = field?.form;

if (form && globalThis.crypto?.subtle) {
  const challenge = JSON.parse(field.dataset.challenge);
  const status = form.querySelector("[data-working]");
  const worker = new Worker(new URL("./solve-worker.js", import.meta.url), { type: "module" });
  let isOver = false;
  let waitingButton = null;

  const end = () => {
    isOver = true;
    if (waitingButton) form.requestSubmit(waitingButton);
  };
  worker.addEventListener("message", ({ data: solution }) => {
    field.value = btoa(JSON.stringify({ challenge, solution }));
    end();
  });
  worker.addEventListener("error", end);
  worker.postMessage(challenge.parameters);

  form.addEventListener("submit", (event) => {
    if (isOver) return;
    event.preventDefault();
    waitingButton = event.submitter ?? form.querySelector("button");
    waitingButton.setAttribute("aria-disabled", "true");
    status.textContent = status.dataset.working;
  });
}
