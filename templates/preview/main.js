// Puts the page together: what is shown follows what is chosen and what was saved.

import { showChecks } from "./checks.js";
import { choices, choose } from "./choices.js";
import { get, kilobytes, make } from "./dom.js";
import { showFailure } from "./failure.js";
import { neighbour, showIssues } from "./issues.js";
import { showPart } from "./parts.js";
import { showPeople } from "./people.js";
import { fetchDesk, fetchFindings, fetchPreview } from "./server.js";
import { applyWidth, clearFrame, hearFrame, showFrame } from "./stage.js";
import { prepareTest } from "./test-send.js";

const WIDTHS = ["320", "375", "640", "full"];
const SCHEMES = ["light", "dark", "forced"];
const IMAGES = ["local", "all", "none"];
const WARN_BYTES = 80 * 1024;
const PATIENCE_MS = 500;

const tabs = [...document.querySelectorAll("[role=tab]")];
let issues = [];
let shown = null;
let asked = 0;

// What is shown

async function showDesk() {
  const desk = await fetchDesk();
  issues = desk.issues;
  if (!issues.some((issue) => issue.key === choices.issue)) {
    const first = issues.find((issue) => issue.key === desk.named) ?? issues.find((issue) => !issue.problem) ?? issues[0];
    choose({ issue: first?.key ?? "" });
  }
  get("newsletter-name").textContent = desk.newsletter.name;
  showIssues(issues, chooseIssue);
  showPeople(desk.people, choosePerson);
  prepareTest(desk.newsletter);
}

async function showPreview() {
  const turn = ++asked;
  const isEmpty = !choices.issue;
  get("nothing").hidden = !isEmpty;
  document.body.classList.toggle("has-no-issue", isEmpty);
  if (isEmpty) {
    document.body.classList.add("is-empty");
    showFailure(null);
    get("nothing").textContent = "There is no issue yet. Write a Markdown file in the folder issues, and it appears here.";
    return;
  }
  let answer;
  try {
    answer = await fetchPreview();
  } catch (error) {
    answer = { shown: null, failure: { summary: error.message, problems: [] } };
  }
  // An answer that was overtaken by another choice is of no use.
  if (turn !== asked) return;
  shown = answer.shown;
  showFailure(answer.failure, Boolean(shown));
  document.body.classList.toggle("is-failed", Boolean(answer.failure));
  document.body.classList.toggle("is-empty", !shown);
  if (!shown) {
    const issue = issues.find((each) => each.key === choices.issue);
    showInbox({ sender: get("newsletter-name").textContent, subject: issue?.title ?? "", preheader: "", date: issue?.date ?? "" });
    clearFrame();
    document.documentElement.dataset.shown = "";
    return;
  }
  showInbox(shown.inbox);
  const settled = showFrame(shown.digest, `The message: ${shown.inbox.subject}`);
  showPart(choices.tab, shown);
  showSizes(shown);
  showVariants(shown);
  showFindings(turn, settled);
}

/** Ask the checks, which render once more, when the message is there, or hidden by another tab. */
async function showFindings(turn, settled) {
  const { source } = shown;
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  if (turn !== asked) return;
  const findings = await fetchFindings();
  if (turn === asked) showChecks(findings, source, issues.find((issue) => issue.key === choices.issue)?.file ?? "");
}

/** Offer the variants of an issue that asks something about its recipients. */
function showVariants({ variants, variant }) {
  const select = get("variant");
  get("variants").hidden = variants.length < 2;
  select.replaceChildren(
    make("option", { value: "", text: `The person’s: ${variants[variant]}` }),
    ...variants.map((words, index) => make("option", { value: index, text: words })),
  );
  select.value = choices.variant;
}

function showInbox({ sender, subject, preheader, date }) {
  document.title = subject;
  get("heading").textContent = `Preview: ${subject}`;
  get("avatar").textContent = [...sender][0]?.toUpperCase() ?? "";
  get("inbox-sender").textContent = sender;
  get("inbox-date").textContent = date;
  get("inbox-subject").textContent = subject;
  get("inbox-preheader").textContent = preheader;
}

function showSizes({ sizes, milliseconds }) {
  const share = Math.min(sizes.html / sizes.clipping, 1);
  const bar = get("size-bar");
  get("size-words").textContent = `HTML ${kilobytes(sizes.html)} of ${kilobytes(sizes.clipping)}`;
  get("size-fill").style.width = `${Math.max(share * 100, 1)}%`;
  bar.setAttribute("aria-valuenow", Math.min(Math.round(sizes.html / 1024), 102));
  bar.className = `size-bar ${sizes.html >= sizes.clipping ? "over" : sizes.html >= WARN_BYTES ? "near" : ""}`;
  const all = Object.values(milliseconds).reduce((sum, value) => sum + value, 0);
  const rest = get("status-rest");
  rest.textContent = `Text ${kilobytes(sizes.text)} · Message ${kilobytes(sizes.message)} · Rendered in ${Math.round(all)} ms`;
  rest.title = Object.entries(milliseconds).map(([stage, value]) => `${stage} ${value} ms`).join("\n");
}

function showTab() {
  for (const tab of tabs) {
    const isChosen = tab.dataset.tab === choices.tab;
    tab.setAttribute("aria-selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    get(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
  get("tools").hidden = choices.tab !== "rendered";
}

function showChoice(name) {
  for (const each of document.getElementsByName(name)) each.checked = each.value === choices[name];
}

// What is chosen

function chooseIssue(issue) {
  if (!issue) return;
  choose({ issue, variant: "" });
  showIssues(issues, chooseIssue);
  get("panel-rendered").scrollTop = 0;
  showPreview();
}

function choosePerson(person, personName) {
  choose({ person, personName });
  showPreview();
}

function chooseVariant(variant) {
  choose({ variant });
  showPreview();
}

function chooseTab(tab) {
  choose({ tab });
  showTab();
  if (shown) showPart(tab, shown);
}

function chooseLook(name, value) {
  choose({ [name]: value });
  showChoice(name);
  if (name === "width") applyWidth();
  else if (shown) showFrame(shown.digest, `The message: ${shown.inbox.subject}`);
}

const next = (values, value) => values[(values.indexOf(value) + 1) % values.length];

async function reload() {
  const before = choices.issue;
  // The message first: whoever has just saved waits for it, and not for the list.
  await showPreview();
  await showDesk();
  // What was looked at may have been deleted.
  if (choices.issue !== before) await showPreview();
}

/** Show what the server could not do; its own words are on the terminal, too. */
function showTrouble(error) {
  showFailure({ summary: error.message, problems: [] }, Boolean(shown));
}

const KEYS = {
  "[": () => chooseIssue(neighbour(issues, -1)),
  "]": () => chooseIssue(neighbour(issues, 1)),
  w: () => chooseLook("width", next(WIDTHS, choices.width)),
  d: () => chooseLook("scheme", next(SCHEMES, choices.scheme)),
  i: () => chooseLook("images", next(IMAGES, choices.images)),
  p: () => get("people").togglePopover(),
  r: reload,
  "?": () => get("help").showModal(),
};
tabs.forEach((tab, index) => {
  KEYS[index + 1] = () => chooseTab(tab.dataset.tab);
  tab.addEventListener("click", () => chooseTab(tab.dataset.tab));
});

function press(key) {
  if (!document.querySelector("dialog[open], :popover-open") && Object.hasOwn(KEYS, key)) KEYS[key]();
}

addEventListener("keydown", (event) => {
  const isWriting = event.target.matches("input:not([type=radio]), textarea");
  if (!isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) press(event.key);
});
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const place = tabs.findIndex((tab) => tab.dataset.tab === choices.tab);
  const tab = tabs[(place + step + tabs.length) % tabs.length];
  chooseTab(tab.dataset.tab);
  tab.focus();
});
for (const name of ["width", "scheme", "images"]) {
  for (const each of document.getElementsByName(name)) {
    each.addEventListener("change", () => chooseLook(name, each.value));
  }
}
get("variant").addEventListener("change", (event) => chooseVariant(event.target.value));
get("help-open").addEventListener("click", KEYS["?"]);
addEventListener("message", (event) => {
  const key = hearFrame(event);
  if (key) press(key);
});
addEventListener("hashchange", () => chooseIssue(decodeURI(location.hash.slice(1))));

// What was saved

function listen() {
  const events = new EventSource("/events");
  const tell = (isLive) => {
    get("live").classList.toggle("is-live", isLive);
    get("live-words").textContent = isLive ? "Live" : "Reconnecting";
  };
  let wasLost = false;
  events.addEventListener("open", () => {
    tell(true);
    if (wasLost) reload();
    wasLost = false;
  });
  events.addEventListener("error", () => {
    tell(false);
    wasLost = true;
  });
  events.addEventListener("change", reload);
}

applyWidth();
showTab();
["scheme", "images"].forEach(showChoice);
addEventListener("unhandledrejection", (event) => showTrouble(event.reason));
listen();
await showDesk();
await showPreview();
