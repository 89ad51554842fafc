const element = id => document.getElementById(id)
const field = element('text')

/** Calls the back end. The browser adds the session cookie; this script never sees a token. */
async function call(path, init) {
  const response = await fetch(path, init)
  if (response.status === 401) return signIn(await response.json())
  const body = await response.json()
  if (!response.ok) throw new Error(body.error)
  return body
}

/** The session has ended: signs in again and comes back to this page, with what the user has typed. */
function signIn({ loginUrl }) {
  sessionStorage.setItem('draft', field.value)
  location.assign(`${loginUrl}?returnTo=${encodeURIComponent(location.pathname + location.search)}`)
  return new Promise(() => {}) // never resolves: the browser is leaving this page
}

function showNotes(notes) {
  const items = notes.map(text => Object.assign(document.createElement('li'), { textContent: text }))
  element('notes').replaceChildren(...items)
}

async function addNote() {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ text: field.value })
  showNotes(await call('/api/notes', { method: 'POST', headers, body }))
  field.value = ''
}

async function start() {
  const { user } = await call('/api/me')
  element('signed-out').hidden = user !== null
  element('signed-in').hidden = user === null
  if (user === null) return
  element('name').textContent = user.name
  field.value = sessionStorage.getItem('draft') ?? ''
  sessionStorage.removeItem('draft')
  showNotes(await call('/api/notes'))
}

function attempt(action) {
  element('problem').hidden = true
  action().catch(error => {
    element('problem').textContent = `Something went wrong. ${error.message}`
    element('problem').hidden = false
  })
}

element('add').addEventListener('submit', event => {
  event.preventDefault()
  attempt(addNote)
})

attempt(start)
