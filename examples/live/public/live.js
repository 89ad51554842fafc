const element = id => document.getElementById(id)

/** The id of the newest event that is shown. */
let newest = 0
/** The id of the newest event when the session was still there. */
let newestBefore = 0
let hasEnded = false

/** Opens the event stream. The browser reconnects automatically, except after an error page: then this does. */
function openStream() {
  const source = new EventSource('/stream')
  source.onmessage = ({ data }) => show(JSON.parse(data))
  source.onerror = () => {
    if (hasEnded) return source.close()
    showConnection('lost', 'Reconnecting')
    if (source.readyState === EventSource.CLOSED) setTimeout(openStream, 2_000)
  }
}

function show(state) {
  if (state.ended) return showEnd(state.events)
  showConnection('open', 'Live')
  showProvider(state.provider)
  showClient(state.client)
  showSessions(state.sessions)
  showEvents(state.events)
  newestBefore = newest
  showTimes()
}

function showConnection(name, text) {
  element('connection').dataset.state = name
  element('connection').textContent = text
}

function showProvider({ issuer, state, since }) {
  if (document.body.dataset.provider !== state)
    for (const button of element('provider').querySelectorAll('button')) button.disabled = false
  document.body.dataset.provider = state
  const headline = { up: 'Discovered', down: 'Not reachable', unknown: 'Looking for it' }[state]
  showCard('provider', headline, [row('Issuer', code(issuer)), row('Since', time(since))])
}

function showClient({ clientId, origin, registeredAt, nextRotationAt, generations }) {
  const current = generations.at(-1)
  const headline = current ? `Generation ${current.number}` : clientId ? 'Made by hand' : 'Not registered yet'
  const registered = { registered: 'Registered itself', reused: 'Reused, registered' }[origin] ?? 'Registered'
  showCard('client', headline, [
    ...(clientId ? [row('Client id', code(clientId))] : []),
    ...(registeredAt ? [row(registered, time(registeredAt))] : []),
    ...generations.map(({ number, since }) => row(`Generation ${number}`, time(since))).reverse(),
    ...(nextRotationAt ? [row('Next rotation', time(nextRotationAt))] : []),
  ])
}

function showSessions(sessions) {
  const headline = sessions.length === 1 ? '1 browser' : `${sessions.length} browsers`
  const rows = sessions.map(({ isThisOne, startedAt }) =>
    row(`${isThisOne ? 'This' : 'Another'} browser signed in`, time(startedAt)),
  )
  showCard('sessions', headline, rows)
}

function showCard(id, headline, rows) {
  element(id).querySelector('.headline').textContent = headline
  element(id)
    .querySelector('.rows')
    .replaceChildren(...rows)
}

function showEvents(events) {
  element('events').replaceChildren(...events.map(eventRow))
  newest = Math.max(newest, ...events.map(({ id }) => id))
}

function eventRow({ id, at, name, text, times }) {
  const clock = new Date(at).toLocaleTimeString([], { hour12: false })
  const made = row(times > 1 ? `${name} ×${times}` : name, clock, text)
  made.dataset.kind = name.endsWith('.failed') ? 'failed' : name.split('.')[0]
  if (id > newest) made.className = 'new'
  return made
}

/** The login is over: nothing of the user stays on the page. Only events follow, and one of them says why. */
function showEnd(events) {
  hasEnded = true
  showConnection('ended', 'Ended')
  for (const id of ['provider', 'client', 'sessions', 'user', 'sign-out']) element(id)?.remove()
  element('problem').hidden = true
  document.querySelector('.ended').hidden = false
  showEvents(events)
  const names = events.filter(({ id }) => id > newestBefore).map(({ name }) => name)
  element('reason').textContent = names.includes('logout.received')
    ? 'The provider ended it and told this app. The page was not reloaded.'
    : 'You were signed out of this app. The page was not reloaded.'
}

function row(...parts) {
  const made = document.createElement('li')
  made.append(...parts.map(part => (part instanceof Node ? part : text('span', part))))
  return made
}

function code(content) {
  return Object.assign(text('code', content), { title: content })
}

function text(name, content) {
  return Object.assign(document.createElement(name), { textContent: content })
}

/** A time that is told relative to now, and stays right. */
function time(at) {
  return Object.assign(document.createElement('time'), { dateTime: at })
}

function showTimes() {
  for (const shown of document.querySelectorAll('time')) {
    shown.textContent = relative((Date.parse(shown.dateTime) - Date.now()) / 1_000)
  }
}

function relative(seconds) {
  const [size, unit] = [
    [86_400, 'day'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ].find(([size]) => Math.abs(seconds) >= size) ?? [1, 's']
  const count = seconds > 0 ? Math.round(seconds / size) : Math.floor(-seconds / size)
  if (count === 0) return 'just now'
  const amount = `${count} ${unit === 'day' && count !== 1 ? 'days' : unit}`
  return seconds > 0 ? `in ${amount}` : `${amount} ago`
}

/** Sends a button's form in the background, so that the page stays as it is. */
async function send(form) {
  const button = form.querySelector('button')
  const isSwitch = form.closest('#provider') !== null
  element('problem').hidden = true
  button.disabled = true
  try {
    const response = await fetch(form.action, { method: 'POST', redirect: 'manual' })
    if (response.type !== 'opaqueredirect') throw new Error((await response.json()).error)
    button.disabled = isSwitch // until the library notices that the provider has stopped or started
  } catch (error) {
    button.disabled = false
    if (hasEnded) return
    element('problem').textContent = error.message
    element('problem').hidden = false
  }
}

document.addEventListener('submit', event => {
  if (!event.target.matches('[data-action]')) return
  event.preventDefault()
  void send(event.target)
})

setInterval(showTimes, 1_000)
openStream()
