// What is wrong with an issue, a template or the settings: the place, and the lines around it.

import { get, make } from "./dom.js";

const panel = get("failure");

/** Show a failure, or none. */
export function showFailure(failure, hasOlder) {
  panel.hidden = !failure;
  if (!failure) return panel.replaceChildren();
  panel.replaceChildren(
    make("h2", { text: failure.summary }),
    ...failure.problems.map(problem),
    ...(hasOlder ? [make("p", { class: "older", text: "Below is the last rendering that worked. It changes as soon as this is mended." })] : []),
  );
}

function problem({ file, line, column, message, excerpt }) {
  const place = file ? `${file}${line ? `:${line}${column ? `:${column}` : ""}` : ""}` : "";
  return make(
    "div",
    { class: "problem" },
    make("p", {}, ...(place ? [make("code", { text: place }), " "] : []), make("span", { text: message, dir: "auto" })),
    ...(excerpt.length ? [make("pre", { class: "excerpt", role: "group", tabindex: "0", "aria-label": "The lines around it" }, ...excerpt.flatMap((each) => row(each, line, column)))] : []),
  );
}

function row({ number, text }, line, column) {
  const isHit = number === line;
  const rows = [make("span", { class: isHit ? "row hit" : "row", "data-line": number, text: `${text}\n` })];
  if (isHit && column) rows.push(make("span", { class: "row caret", text: `${text.slice(0, column - 1).replace(/[^\t]/g, " ")}^\n` }));
  return rows;
}
