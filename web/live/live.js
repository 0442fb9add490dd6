// The live page: shows what the stream says. No framework; the picture is drawn anew from the state
// whenever it changes. Everything that came from outside is set as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);
const TOKEN = "firstring.token";

const state = {
  socket: null,
  live: null,            // calls, agents, queues, kpis, alarms, business
  sequence: null,        // the last fact seen: where to resume
  ahead: 0,              // server's clock minus ours, ms
  tries: 0,
  heard: 0,              // when the stream last said anything, by our clock
  recent: [],
  recentWanted: false,
};

// ---- small tools ----

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
}

const serverNow = () => Date.now() + state.ahead;

function elapsed(since) {
  const total = Math.max(0, Math.floor((serverNow() - Date.parse(since)) / 1000));
  return duration(total);
}

const left = (until) => duration(Math.max(0, (Date.parse(until) - serverNow()) / 1000));

function duration(total) {
  const whole = Math.round(total);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const tail = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

const percent = (share) => `${Math.round(share * 1000) / 10}`;
const timeOfDay = (at) =>
  new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const words = (token) => token.replaceAll("_", " ");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const nameOf = (call) => call.from_name || call.from || "Anonymous";

// Draws only what differs, and keeps the keyboard's place, for figures change every second.
function replace(parent, children) {
  const next = parent.cloneNode(false);
  next.append(...children);
  if (next.innerHTML === parent.innerHTML) return;
  const places = () => [...parent.querySelectorAll("[tabindex]")];
  const place = places().indexOf(document.activeElement);
  parent.replaceChildren(...next.childNodes);
  if (place >= 0) places()[place]?.focus({ preventScroll: true });
}

// A clock that counts by itself: redrawn each second from its data attribute.
function counting(className, since) {
  const made = element("span", className, since ? elapsed(since) : "");
  if (since) made.dataset.since = since;
  return made;
}

// ---- drawing ----

const STAGES = {
  ringing: ["Ringing", "still"], menu: ["In menu", "still"], waiting: ["Waiting", "wait"],
  offered: ["Agent's phone rings", "wait"], talking: ["Talking", "good"], held: ["On hold", "wait"],
  dialling: ["Dialling", "busy"],
  conference: ["In conference", "good"],
  consulting: ["Asking another", "busy"],
};
const STATES = {
  ready: ["Ready", "good"], offered: ["Phone rings", "wait"], talking: ["Talking", "busy"],
  wrap_up: ["Wrap-up", "busy"], away: ["Away", "wait"], unreachable: ["Unreachable", "bad"],
  signed_out: ["Signed out", "still"],
};
const OUTCOMES = {
  answered: "good", abandoned: "bad", failed: "bad", refused: "bad", flow_ended: "still",
};

const chip = (text, kind) => element("span", `chip ${kind}`, text);

function who(title, under) {
  const made = element("div", "who");
  made.append(element("strong", "", title), element("span", "", under));
  made.firstChild.title = title;
  return made;
}

function drawCalls() {
  const { calls, queues, agents } = state.live;
  byId("calls-count").textContent = calls.length || "";
  const queueName = new Map(queues.map((queue) => [queue.slug, queue.name]));
  const agentName = new Map(agents.map((agent) => [agent.slug, agent.name]));
  const shown = [...calls].sort((a, b) => a.since.localeCompare(b.since)).slice(0, 200);
  const rows = shown.map((call) => {
    const row = element("div", "row");
    const parts = [call.from_name ? call.from : null, call.number && `to ${call.number}`,
      call.queue && (queueName.get(call.queue) ?? call.queue),
      call.agent && (agentName.get(call.agent) ?? call.agent)];
    const chips = element("div", "chips");
    const [text, kind] = STAGES[call.stage] ?? [capital(words(call.stage)), "still"];
    chips.append(chip(call.position ? `${text} · ${call.position}` : text, kind));
    if (call.verified === "verified") chips.append(chip("✓ Verified", "good"));
    if (call.verified === "failed") chips.append(chip("PIN was wrong", "bad"));
    if (call.recording) chips.append(chip("● Recording", "bad"));
    if (call.muted) chips.append(chip("Muted", "wait"));
    if (call.supervision) chips.append(chip(`Supervised · ${words(call.supervision)}`, "busy"));
    row.append(who(nameOf(call), parts.filter(Boolean).join(" · ")), chips,
      counting("time", call.stage_since));
    row.lastChild.title = `In this stage since ${timeOfDay(call.stage_since)}, ` +
      `in the house since ${timeOfDay(call.since)}`;
    return row;
  });
  if (rows.length === 0) {
    rows.push(element("p", "empty",
      "Nobody is calling at the moment. Dial the number that firstringd printed."));
  }
  if (calls.length > shown.length) {
    rows.push(element("p", "empty", `and ${calls.length - shown.length} more`));
  }
  replace(byId("calls"), rows);
}

function drawAgents() {
  const { agents, kpis } = state.live;
  const figures = new Map(kpis.agents.map((one) => [one.agent, one]));
  const ready = agents.filter((agent) => agent.state === "ready").length;
  byId("agents-count").textContent = agents.length ? `${ready} of ${agents.length} ready` : "";
  const rows = agents.map((agent) => {
    const row = element("div", "row");
    const figure = figures.get(agent.slug);
    const parts = [agent.extension,
      figure && `${figure.handled} handled`,
      figure && figure.occupancy !== null && `${Math.round(figure.occupancy * 100)} % occupied`];
    const [text, kind] = STATES[agent.state] ?? [capital(words(agent.state)), "still"];
    const chips = element("div", "chips");
    chips.append(chip(agent.reason && agent.state === "away"
      ? `${text} · ${words(agent.reason)}` : text, kind));
    if (agent.wrap_up_ends) {
      chips.lastChild.append(" · ", element("span", "", left(agent.wrap_up_ends)), " left");
      chips.lastChild.querySelector("span").dataset.until = agent.wrap_up_ends;
    }
    row.append(who(agent.name, parts.filter(Boolean).join(" · ")), chips,
      counting("time", agent.state === "signed_out" ? null : agent.since));
    return row;
  });
  if (rows.length === 0) rows.push(element("p", "empty", "No agents are configured."));
  replace(byId("agents"), rows);
}

function figureOf(definition, value, beside) {
  const made = element("div", "figure");
  made.tabIndex = 0;
  const shown = element("dd", "", value);
  if (beside) shown.append(element("small", "", beside));
  made.append(element("dt", "", definition.title), shown,
    element("div", "hint", definition.definition));
  made.lastChild.setAttribute("role", "tooltip");
  return made;
}

const orDash = (value, show) => (value === null || value === undefined ? "–" : show(value));

function drawQueues() {
  const { queues, kpis } = state.live;
  const meaning = kpis.definitions.queue;
  const figures = new Map(kpis.queues.map((one) => [one.queue, one]));
  const cards = queues.map((queue) => {
    const card = element("article", "card queue");
    const top = element("div", "top");
    const chips = element("div", "chips");
    const waiting = chip(queue.waiting ? `${queue.waiting} waiting` : "Nobody waiting",
      queue.waiting ? "wait" : "good");
    if (queue.oldest_since) {
      waiting.append(" · ", counting("", queue.oldest_since));
    }
    chips.append(waiting);
    top.append(element("h3", "", queue.name), chips);
    card.append(top, element("p", "staff",
      `${queue.agents_ready} ready, ${queue.agents_busy} busy, ` +
      `${queue.agents_signed_in} signed in`));
    const kpi = figures.get(queue.slug);
    if (kpi) {
      const list = element("dl", "figures");
      const level = { title: `Within ${kpi.service_level_within_s} s`,
        definition: `${meaning.service_level.title}. ${meaning.service_level.definition}` };
      list.append(
        figureOf(meaning.offered, kpi.offered),
        figureOf(meaning.answered, kpi.answered),
        figureOf(meaning.abandoned, kpi.abandoned,
          kpi.short_abandoned ? `${kpi.short_abandoned} short` : ""),
        figureOf(level, orDash(kpi.service_level, (v) => `${percent(v)} %`)),
        figureOf({ ...meaning.asa_s, title: "Mean wait" }, orDash(kpi.asa_s, duration)),
        figureOf(meaning.longest_wait_s, orDash(kpi.longest_wait_s, duration)),
        figureOf({ ...meaning.aht_s, title: "Handle time" }, orDash(kpi.aht_s, duration)),
        figureOf(meaning.offers_missed, kpi.offers_missed));
      card.append(list);
    }
    return card;
  });
  if (cards.length === 0) cards.push(element("p", "card empty", "No queues are configured."));
  replace(byId("queues"), cards);
}

// Hints of figures at the right edge open to the left.
function openInwards(event) {
  const one = event.target.closest?.(".tile, .figure");
  one?.classList.toggle("last", one.getBoundingClientRect().left > innerWidth - 300);
}
addEventListener("pointerover", openInwards);
addEventListener("focusin", openInwards);

function tile(title, value, unit, beside, definition) {
  const made = element("div", value === null ? "tile none" : "tile");
  made.tabIndex = 0;
  const list = element("dl");
  const shown = element("dd", "", value === null ? "–" : value);
  if (unit && value !== null) shown.append(element("small", "", unit));
  list.append(element("dt", "", title), shown);
  made.append(list, element("div", "beside", beside ?? ""), element("div", "hint", definition));
  made.lastChild.setAttribute("role", "tooltip");
  return made;
}

const sum = (list, field) => list.reduce((total, one) => total + one[field], 0);

function drawToday() {
  const { calls, queues, definitions } = state.live.kpis;
  const { call, queue } = definitions;
  const offered = sum(queues, "offered");
  const short = sum(queues, "short_abandoned");
  const answered = sum(queues, "answered");
  const abandoned = sum(queues, "abandoned");
  // Rates of all queues together: sums over sums, never a mean of percentages.
  const due = answered + sum(queues, "abandoned_after");
  const level = due > 0 ? sum(queues, "answered_within") / due : null;
  const waits = queues.filter((one) => one.asa_s !== null);
  const asa = answered > 0
    ? waits.reduce((total, one) => total + one.asa_s * one.answered, 0) / answered : null;
  const targets = [...new Set(queues.map((one) => one.service_level_within_s))];
  replace(byId("today"), [
    tile("Calls received", calls.received, "",
      calls.refused ? `${calls.refused} refused` : `${calls.in_progress} in progress`,
      call.received.definition),
    tile("Waiting now", sum(queues, "waiting"), "", `of ${offered} offered`,
      queue.waiting.definition),
    tile("Answered by agents", answered, "", `${sum(queues, "handled")} handled`,
      queue.answered.definition),
    tile("Abandoned", abandoned, "", short ? `${short} of them short` : "",
      queue.abandoned.definition),
    tile("Service level", level === null ? null : percent(level), "%",
      targets.length === 1 ? `within ${targets[0]} s` : "by each queue's target",
      queue.service_level.definition),
    tile("Mean wait", asa === null ? null : duration(asa), "", "for an agent",
      queue.asa_s.definition),
    tile("Within 3 rings",
      calls.share_within_3_rings === null ? null : percent(calls.share_within_3_rings), "%",
      calls.answer_any_s === null ? "" : `${calls.answer_any_s.toFixed(1)} s on average`,
      call.share_within_3_rings.definition),
  ]);
}

function drawRecent() {
  const names = new Map(state.live.agents.map((agent) => [agent.slug, agent.name]));
  const rows = state.recent.map((call) => {
    const row = element("tr");
    const from = element("td", "from", nameOf(call));
    from.title = [call.from_name, call.from].filter(Boolean).join(" · ");
    const outcome = element("td");
    outcome.append(chip(capital(words(call.outcome ?? "ended")),
      OUTCOMES[call.outcome] ?? "still"));
    row.append(element("td", "", timeOfDay(call.received_at)), from,
      element("td", "wide", call.number ?? ""), outcome,
      element("td", "wide", call.agent ? names.get(call.agent) ?? call.agent : ""),
      element("td", "number wide", call.queue ? duration(call.queue_wait_ms / 1000) : ""),
      element("td", "number wide", call.talk_ms > 0 ? duration(call.talk_ms / 1000) : ""));
    return row;
  });
  replace(byId("recent"), rows);
  byId("recent-empty").hidden = rows.length > 0;
}

function drawAlarms() {
  const { alarms } = state.live;
  byId("alarms").hidden = alarms.length === 0;
  byId("alarms").replaceChildren(...alarms.map((alarm) => {
    const made = element("div", "alarm");
    made.append(element("strong", "", `⚠ ${capital(words(alarm.name))}`),
      element("span", "", alarm.detail));
    return made;
  }));
}

function drawAll() {
  byId("business").textContent = state.live.business.name || "Firstring";
  document.title = state.live.business.name || "Firstring";
  drawAlarms();
  drawToday();
  drawCalls();
  drawAgents();
  drawQueues();
  drawRecent();
}

function eachSecond() {
  for (const one of document.querySelectorAll("[data-since]")) {
    one.textContent = elapsed(one.dataset.since);
  }
  for (const one of document.querySelectorAll("[data-until]")) {
    one.textContent = left(one.dataset.until);
  }
  if (state.live) {
    byId("clock").textContent = new Date(serverNow()).toLocaleTimeString();
  }
  // Pings are answered below us; if the stream says nothing at all, it is gone.
  if (state.socket && state.heard && Date.now() - state.heard > 35000) state.socket.close();
}

// ---- the stream ----

function show(what) {
  byId("gate").hidden = what !== "gate";
  byId("board").hidden = what !== "board";
  byId("leave").hidden = what !== "board";
}

function sayBar(text) {
  byId("bar").hidden = !text;
  byId("bar").textContent = text ?? "";
}

async function loadRecent() {
  if (state.recentWanted) return;
  state.recentWanted = true;
  // Several calls may end at once; one question answers for all of them.
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  state.recentWanted = false;
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return;
  try {
    const answer = await fetch("/api/v1/calls?live=false&limit=20",
      { headers: { Authorization: `Bearer ${token}` } });
    if (!answer.ok) return;
    state.recent = (await answer.json()).data;
    if (state.live) drawRecent();
  } catch {
    // The bar already says that the server is away; the next snapshot asks again.
  }
}

function onMessage(message) {
  state.heard = Date.now();
  if (message.sequence !== undefined) state.sequence = message.sequence;
  switch (message.type) {
    case "snapshot":
      state.live = message.live;
      state.ahead = Date.parse(message.live.now) - Date.now();
      drawAll();
      loadRecent();
      break;
    case "changes": {
      const { definitions } = state.live.kpis;
      for (const part of ["calls", "agents", "queues", "kpis", "alarms"]) {
        if (message[part]) state.live[part] = message[part];
      }
      state.live.kpis.definitions = definitions;
      state.ahead = Date.parse(message.now) - Date.now();
      drawAll();
      break;
    }
    case "facts":
      if (message.facts.some((fact) => fact.type === "call.ended" ||
          fact.type === "disposition.set" || fact.type === "wrap_up.ended")) {
        loadRecent();
      }
      break;
    default:
      break;
  }
}

function connect() {
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return askForToken();
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/api/v1/stream`);
  state.socket = socket;
  socket.onopen = () => {
    const hello = { type: "hello", token };
    // Without the picture there is nothing to go on from.
    if (state.live && state.sequence !== null) hello.resume_from = state.sequence;
    socket.send(JSON.stringify(hello));
  };
  socket.onmessage = (event) => {
    onMessage(JSON.parse(event.data));
    state.tries = 0;
    sayBar(null);
    show("board");
  };
  socket.onclose = (event) => {
    if (state.socket !== socket) return;
    state.socket = null;
    if (event.code === 4401 || event.code === 4429) {
      sessionStorage.removeItem(TOKEN);
      return askForToken(event.code === 4429
        ? "Too many wrong tokens. Wait a moment, then try again."
        : "This token is not known to the server.");
    }
    state.tries += 1;
    if (state.live) sayBar("Connection lost. Reconnecting; what you see may be old.");
    else sayBar("The server does not answer. Trying again.");
    setTimeout(connect, Math.min(10000, 250 * 2 ** Math.min(state.tries, 6)) *
      (0.75 + Math.random() / 2));
  };
}

function askForToken(problem) {
  sayBar(null);
  show("gate");
  byId("token-problem").hidden = !problem;
  byId("token-problem").textContent = problem ?? "";
  byId("token").value = "";
  byId("token").focus();
}

function takeTokenFromAddress() {
  const match = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (!match) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(match[1]));
  // Out of sight, out of the history, out of screenshots.
  history.replaceState(null, "", location.pathname + location.search);
}

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, byId("token").value.trim());
  connect();
});
byId("leave").addEventListener("click", () => {
  sessionStorage.removeItem(TOKEN);
  const { socket } = state;
  state.socket = null;
  state.live = null;
  state.sequence = null;
  if (socket) socket.close();
  askForToken();
});
addEventListener("hashchange", () => {
  takeTokenFromAddress();
  if (!state.socket) connect();
});

takeTokenFromAddress();
setInterval(eachSecond, 1000);
connect();
