// What the reader of this page has chosen: kept in the tab, so that a reload shows the same.

const KEY = "newsletter-preview";
const FIRST = { issue: "", tab: "rendered", width: "640", scheme: "light", images: "local", person: "usual", personName: "", variant: "" };

export const choices = { ...FIRST, ...read() };

/** Change choices and keep them. */
export function choose(changes) {
  Object.assign(choices, changes);
  sessionStorage.setItem(KEY, JSON.stringify(choices));
  const hash = `#${encodeURI(choices.issue)}`;
  if (changes.issue !== undefined && location.hash !== hash) history.replaceState(null, "", hash);
}

function read() {
  const named = location.hash.length > 1 ? { issue: decodeURI(location.hash.slice(1)) } : {};
  try {
    return { ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}"), ...named };
  } catch {
    return named;
  }
}
