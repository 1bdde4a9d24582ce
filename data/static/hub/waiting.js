// The waiting page: how far a workspace is, and on to it as soon as its server answers (src/hub/waiting.h).
//
// It asks the workspace's own calls below /notebooks/<id>/labwright/ and is told of changes by its events; where
// they cannot be had it asks again every few seconds.
"use strict";

const { workspace, hub } = document.documentElement.dataset;
const root = `/notebooks/${workspace}/`;
const STEPS = [["machine", "Allocating machine"], ["data", "Loading data"], ["jupyter", "Starting Jupyter"]];
const ASK_MS = 3000;

// What is shown for a state: the step that goes on (or -1), a sentence, what a button does.
function view(item) {
    const step = Math.max(0, STEPS.findIndex(([name]) => name === item.progress?.step));
    switch (item.state) {
    case "queued":
        return { step: 0, text: [item.reason, item.position > 1 ? `number ${item.position} in the queue` : "next in the queue"]
            .filter(Boolean).join("; ") };
    case "starting":
        return { step, text: item.reason || (item.progress?.percent ? `${item.progress.percent} %` : "This takes a few seconds.") };
    case "running":
        return { step: 2, text: "The workspace runs; its server is about to answer." };
    case "stopping":
        return { step: -1, text: item.reason ? `The workspace is being stopped: ${item.reason}` : "The workspace is being stopped. It can be resumed in a moment." };
    case "failed":
        return { step: -1, bad: true, text: item.reason || "The workspace could not be started.", button: "Try again" };
    default:
        return { step: -1, text: item.reason || "The workspace is stopped. Its files are kept.", button: "Resume" };
    }
}

function element(name, props = {}, ...children) {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
}

const title = element("h1", { textContent: "Workspace" });
const status = element("p", { textContent: "One moment …" });
status.setAttribute("role", "status");
const steps = element("ol", {}, ...STEPS.map(([, text]) => element("li", { textContent: text })));
const button = element("button", { type: "button", hidden: true });
const back = element("a", { textContent: "To the workspace's page", href: `${hub}/` });
document.querySelector("main").append(title, status, steps, element("nav", {}, button, back));

function show({ step, text, bad = false, button: label }) {
    [...steps.children].forEach((li, i) => {
        li.dataset.is = i < step ? "done" : i === step ? "now" : "later";
        li.toggleAttribute("aria-current", i === step);
    });
    steps.hidden = step < 0;
    if (status.textContent !== text)
        status.textContent = text;
    status.classList.toggle("bad", bad);
    if (label)
        button.textContent = label;
    button.hidden = !label;
}

async function call(path, method = "GET") {
    const answer = await fetch(root + path, { method, headers: { "X-Labwright": "1" }, cache: "no-store" });
    if (answer.status === 401)
        location.reload(); // the hub knows who it is, or asks
    return answer;
}

// The server answers a call: then the page that was asked for can be had.
async function goOnIfItAnswers() {
    if ((await call("api")).ok) {
        location.reload();
        return true;
    }
    return false;
}

let seen = null; // the state that was shown last

async function resume() {
    button.hidden = true;
    const answer = await call("labwright/start", "POST");
    if (!answer.ok) {
        const why = await answer.json().catch(() => ({}));
        show({ step: -1, bad: true, text: why.message || "The workspace could not be started.", button: "Try again" });
    }
}

async function look() {
    const answer = await call("labwright/");
    if (!answer.ok) {
        show({ step: -1, bad: true, text: "The hub does not say how the workspace is. It will be asked again." });
        return;
    }
    const item = await answer.json();
    title.textContent = document.title = item.name;
    if (item.page_url)
        back.href = item.page_url;
    show(view(item));
    const first = seen === null;
    seen = item.state;
    if (item.state === "running")
        await goOnIfItAnswers();
    else if (item.state === "stopped" && first)
        await resume();
}

let looking = null;
function lookSoon() {
    looking ??= look().catch(() => show({ step: -1, bad: true, text: "The hub does not answer. It will be asked again." }))
        .finally(() => looking = null);
}

const events = new EventSource(`${root}labwright/events`);
events.addEventListener("workspace.state", lookSoon);
setInterval(lookSoon, ASK_MS);
button.addEventListener("click", () => resume().catch(lookSoon));
lookSoon();
