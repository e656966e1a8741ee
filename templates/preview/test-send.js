// A test to named addresses: the one thing this page can do that leaves the machine.

import { get, make } from "./dom.js";
import { sendTest } from "./server.js";

const [dialog, form, input, outcomes, note] = ["test", "test-form", "test-addresses", "test-outcomes", "test-note"].map(get);

/** Say where a test would go. */
export function prepareTest({ sender, transport }) {
  note.textContent = `Marked “[Test]”, with links that unsubscribe nobody, outside the ledger; handed over by ${transport}.`;
  input.value ||= sender;
}

export function openTest() {
  outcomes.replaceChildren();
  dialog.showModal();
}

get("test-open").addEventListener("click", openTest);
get("test-close").addEventListener("click", () => dialog.close());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  outcomes.replaceChildren(make("li", { text: "Sending …" }));
  try {
    const sent = await sendTest(input.value.split(",").map((address) => address.trim()).filter(Boolean));
    outcomes.replaceChildren(
      ...sent.map(({ address, outcome, reply }) =>
        make("li", { class: outcome }, make("b", { text: outcome }), ` ${address} `, make("span", { class: "faint", text: reply })),
      ),
    );
  } catch (error) {
    outcomes.replaceChildren(make("li", { class: "rejected", text: error.message }));
  } finally {
    button.disabled = false;
  }
});
