// Asks POST /v1/collections/{c}/search and shows what it found. Titles, texts and passages are data: they only ever
// become text nodes, and of a highlighted passage only <mark> is understood.
const $ = (id) => document.getElementById(id);
const texts = $("texts").dataset;
const PAGE = 10;
const state = { offset: 0, asked: 0, shown: null };
const definitions = new Map();

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const number = new Intl.NumberFormat(document.documentElement.lang);

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}

async function call(path, body) {
  const init = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, init).catch(() => { throw new Error(texts.offline); });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `${texts.failed} (${response.status})`);
  return answer;
}

/** A passage whose matched words stand between <mark> and </mark> and whose rest is HTML-escaped, as nodes. */
function passage(html) {
  const plain = (part) => part.replace(/&(lt|gt|quot|#39|#x27|amp);/g, (_, name) =>
    ({ lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", amp: "&" })[name]);
  return html.split(/(<mark>.*?<\/mark>)/s).map((part) => {
    const marked = part.match(/^<mark>(.*)<\/mark>$/s);
    if (!marked) return document.createTextNode(plain(part));
    const mark = document.createElement("mark");
    mark.textContent = plain(marked[1]);
    return mark;
  });
}

const shown = (value) => Array.isArray(value) ? value.join(", ") : String(value ?? "");

/** The fields that make a card: the definition's title, its longest text, and who it is by. */
function roles(item, definition) {
  const title = definition?.title && item[definition.title] ? definition.title : ["name", "title", "id"].find((f) => item[f]);
  const prose = Object.entries(definition?.fields ?? {})
    .filter(([name, field]) => field.type === "text" && name !== title && typeof item[name] === "string")
    .map(([name]) => name).sort((a, b) => item[b].length - item[a].length)[0]
    ?? ["lyrics", "description", "text"].find((f) => item[f]);
  const by = ["artists", "brand", "author"].find((f) => item[f] && f !== prose);
  return { title, prose, by };
}

function card(hit) {
  const node = $("card").content.cloneNode(true);
  const { title, prose, by } = roles(hit.item, definitions.get($("collection").value));
  const marks = hit.why?.highlights ?? {};
  const put = (selector, field) => {
    const element = node.querySelector(selector);
    if (!field) return element.remove();
    const marked = marks[field]?.find((text) => field !== prose && text.includes("<mark>"));
    element.replaceChildren(...(marked ? passage(marked) : [document.createTextNode(shown(hit.item[field]))]));
  };
  put("h2", title);
  put(".by", by);
  const whole = prose ? shown(hit.item[prose]) : "";
  const excerpt = node.querySelector(".excerpt");
  if (!whole) {
    excerpt.remove();
    node.querySelector("details").remove();
  } else {
    const passages = marks[prose] ?? [];
    excerpt.replaceChildren(...(passages.length ? passages.flatMap((text, i) => i ? [document.createTextNode(" … "), ...passage(text)] : passage(text))
      : [document.createTextNode(whole)]));
    node.querySelector(".whole").textContent = whole;
    if (!passages.length && whole.length < 200 && whole.split("\n").length <= 5) node.querySelector("details").remove();
  }
  const why = node.querySelector(".why");
  const reason = (signal, text) => {
    if (!signal) return;
    const li = document.createElement("li");
    li.textContent = fill(text, { rank: signal.rank, score: signal.score.toFixed(2) });
    why.append(li);
  };
  reason(hit.why?.vector, texts.byMeaning);
  reason(hit.why?.text, texts.byWords);
  if (!why.children.length) why.remove();
  return node;
}

async function ask({ more = false } = {}) {
  const query = $("question").value.trim();
  if (!query) return;
  const turn = ++state.asked;
  const offset = more ? state.offset : 0;
  const collection = $("collection").value || "songs";
  say(texts.loading);
  $("results").setAttribute("aria-busy", "true");
  try {
    const found = await call(`/v1/collections/${encodeURIComponent(collection)}/search`,
      { query, mode: $("mode").value, limit: PAGE, offset });
    if (turn !== state.asked) return;
    const cards = found.hits.map(card);
    more ? $("results").append(...cards) : $("results").replaceChildren(...cards);
    state.offset = offset + found.hits.length;
    $("more").hidden = found.hits.length < PAGE;
    const total = $("results").children.length;
    say(total === 0 ? texts.empty : fill(total === 1 ? texts.foundOne : texts.found,
      { n: number.format(total), ms: number.format(Math.round(found.took_ms)) }));
  } catch (error) {
    if (turn !== state.asked) return;
    if (!more) $("results").replaceChildren();
    $("more").hidden = true;
    say(error.message, true);
  } finally {
    if (turn === state.asked) $("results").removeAttribute("aria-busy");
  }
}

function remember() {
  const url = new URL(location.href);
  url.search = new URLSearchParams({ q: $("question").value, c: $("collection").value, m: $("mode").value });
  if (url.href !== location.href) history.pushState(null, "", url);
}

function recall() {
  const query = new URLSearchParams(location.search);
  $("question").value = query.get("q") ?? "";
  if (definitions.has(query.get("c"))) $("collection").value = query.get("c");
  if (query.get("m")) $("mode").value = query.get("m");
  if ($("question").value) return ask();
  $("results").replaceChildren();
  $("more").hidden = true;
}

async function start() {
  try {
    const { items } = await call("/v1/collections?limit=100");
    for (const collection of items) {
      definitions.set(collection.name, collection.definition);
      const option = new Option(`${collection.name} (${number.format(collection.items)})`, collection.name);
      $("collection").append(option);
    }
    if (definitions.has("songs")) $("collection").value = "songs";
    if (items.length && items.every((collection) => collection.items === 0)) say(texts.bare);
  } catch (error) {
    say(error.message, true);
  }
  await recall();
}

$("ask").addEventListener("submit", (event) => { event.preventDefault(); remember(); ask(); });
for (const id of ["collection", "mode"]) $(id).addEventListener("change", () => { if ($("question").value) { remember(); ask(); } });
$("more").addEventListener("click", () => ask({ more: true }));
addEventListener("popstate", recall);
start();
