// The list of issues: where each stands, and whether git has it as it is.

import { choices } from "./choices.js";
import { get, hidden, make } from "./dom.js";

const IN_GIT = {
  committed: "committed",
  modified: "differs from the last commit",
  none: "not in a git repository",
};
const list = get("issues");
/** The key of the issue that was scrolled to last. */
let seen = "";

/** Show the issues; `onChoose` gets the key of one. */
export function showIssues(issues, onChoose) {
  const focused = list.contains(document.activeElement) && document.activeElement.getAttribute("href");
  list.replaceChildren(
    ...issues.map((issue) =>
      make(
        "li",
        {},
        make(
          "a",
          {
            href: `#${encodeURI(issue.key)}`,
            class: "issue",
            "aria-current": issue.key === choices.issue && "true",
            click: (event) => {
              event.preventDefault();
              onChoose(issue.key);
            },
          },
          make("span", { class: "issue-title", text: issue.title, dir: "auto" }),
          make(
            "span",
            { class: "issue-facts" },
            issue.problem
              ? make("span", { class: "state broken", text: "cannot be read" })
              : make("span", { class: `state ${issue.state}`, text: issue.state }),
            make("span", { class: "issue-date", text: issue.date || (issue.problem ? "" : issue.file) }),
            make("span", { class: `git ${issue.git}`, title: IN_GIT[issue.git] }, hidden(IN_GIT[issue.git])),
          ),
        ),
      ),
    ),
  );
  if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  if (seen !== choices.issue) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  seen = choices.issue;
}

/** The key of the issue so many places below the chosen one. */
export function neighbour(issues, step) {
  const place = issues.findIndex((issue) => issue.key === choices.issue);
  return issues[Math.min(Math.max(place + step, 0), issues.length - 1)]?.key;
}
