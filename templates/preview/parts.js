// The parts of the message as text: plain text, HTML, header fields, the message itself.

import { get, make } from "./dom.js";
import { messageAddress } from "./server.js";

const TOKEN = /<!--[\s\S]*?-->|<[^>]*>/g;
const ATTRIBUTE = /\s([\w:-]+)(=("[^"]*"|'[^']*'))?/g;

const SHOW = {
  text: (shown) => (get("text").textContent = shown.text),
  html: (shown) => get("html").replaceChildren(...colour(shown.html)),
  headers: (shown) =>
    get("headers").replaceChildren(
      ...shown.headers.map(([name, value]) =>
        make("tr", {}, make("th", { scope: "row", text: name }), make("td", { text: value, dir: "auto" })),
      ),
    ),
  raw: (shown) => {
    get("raw").textContent = shown.raw;
    get("raw-file").href = messageAddress();
  },
};

/** Show one of them, if the tab is one of a part; the others are not made before they are looked at. */
export const showPart = (tab, shown) => SHOW[tab]?.(shown);

/** Set tags and attributes apart; the text stays exactly as it is. */
function* colour(html) {
  let end = 0;
  for (const { 0: token, index } of html.matchAll(TOKEN)) {
    if (index > end) yield html.slice(end, index);
    end = index + token.length;
    yield token.startsWith("<!--") ? make("span", { class: "comment", text: token }) : tag(token);
  }
  if (end < html.length) yield html.slice(end);
}

function tag(token) {
  const element = make("span", { class: "tag" });
  let end = 0;
  for (const match of token.matchAll(ATTRIBUTE)) {
    element.append(token.slice(end, match.index + 1), make("span", { class: "attribute", text: match[1] }));
    if (match[2]) element.append("=", make("span", { class: "value", text: match[3] }));
    end = match.index + match[0].length;
  }
  element.append(token.slice(end));
  return element;
}
