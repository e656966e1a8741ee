// Whom the issue is looked at as: sample people, and subscribers by a search.

import { choices } from "./choices.js";
import { get, make } from "./dom.js";
import { findPeople } from "./server.js";

const [menu, samples, found, search, name, opener] = ["people", "samples", "subscribers", "people-search", "person-name", "person-open"].map(get);
let choosePerson = () => {};
let asked = 0;

/** Show the sample people; `onChoose` gets the id and the name of whoever is chosen. */
export function showPeople(people, onChoose) {
  choosePerson = onChoose;
  samples.replaceChildren(...people.map(entry));
  name.textContent = people.find((person) => person.id === choices.person)?.name ?? choices.personName;
}

function entry(person) {
  const choose = () => {
    name.textContent = person.name;
    menu.hidePopover();
    choosePerson(person.id, person.name);
    for (const each of menu.querySelectorAll("button")) each.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
  };
  const button = make(
    "button",
    { type: "button", click: choose, "aria-current": person.id === choices.person && "true" },
    make("span", { class: "person-name", text: person.name, dir: "auto" }),
    make("span", { class: "person-label", text: person.name === person.label ? (person.state ?? "") : person.label }),
  );
  return make("li", {}, button);
}

search.addEventListener("input", async () => {
  const turn = ++asked;
  const text = search.value.trim();
  const people = text ? await findPeople(text) : [];
  if (turn !== asked) return;
  const none = text && !people.length ? [make("li", { class: "faint", text: "Nobody of that name." })] : [];
  found.replaceChildren(...people.map(entry), ...none);
});
menu.addEventListener("toggle", (event) => {
  opener.setAttribute("aria-expanded", event.newState === "open");
  if (event.newState !== "open") return;
  const { bottom, right } = opener.getBoundingClientRect();
  menu.style.top = `${bottom + 6}px`;
  menu.style.right = `${innerWidth - right}px`;
});
