// What was found, beside the Markdown it was found in.

import { get, make } from "./dom.js";

const [list, source, count] = ["findings", "source", "checks-count"].map(get);
let marked = 0;

/** Show findings and source; the line that was jumped to stays marked. */
export function showChecks(findings, text, file) {
  const serious = findings.filter((finding) => finding.severity !== "note").length;
  count.hidden = !serious;
  count.textContent = serious;
  count.className = `count ${findings.some((finding) => finding.severity === "error") ? "error" : "warning"}`;
  list.replaceChildren(...(findings.length ? findings.map((finding) => entry(finding, file)) : [nothing()]));
  const hits = new Map(findings.map((finding) => [finding.line, finding.severity]));
  source.replaceChildren(
    ...text.split(/\r\n|\r|\n/).map((line, index) =>
      make("span", { class: `line ${hits.get(index + 1) ?? ""}`, "data-line": index + 1, dir: "auto", text: `${line}\n` }),
    ),
  );
  if (marked) mark(marked);
}

function entry(finding, file) {
  const place = finding.line ? `${file}:${finding.line}${finding.column ? `:${finding.column}` : ""}` : "the whole issue";
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", class: `finding ${finding.severity}`, click: () => jump(finding.line), "aria-disabled": !finding.line && "true" },
      make("span", { class: "finding-head" }, make("b", { text: finding.severity }), make("code", { text: finding.rule }), make("span", { class: "finding-place", text: place })),
      make("span", { class: "finding-message", text: finding.message, dir: "auto" }),
      make("span", { class: "finding-advice", text: finding.advice, dir: "auto" }),
    ),
  );
}

const nothing = () => make("li", { class: "all-well" }, make("b", { text: "Nothing to mend." }), make("span", { text: "The checks of this edition found no fault." }));

function jump(line) {
  if (!line) return;
  mark(line)?.scrollIntoView({ block: "center" });
}

function mark(line) {
  marked = line;
  source.querySelector(".marked")?.classList.remove("marked");
  const found = source.querySelector(`[data-line="${line}"]`);
  found?.classList.add("marked");
  return found;
}
