/** The server closes a connection with this code when the sign-in has ended. `src/chat.ts` has the same number. */
const LOGIN_ENDED = 4401
const RETRY_AFTER = 2_000 // milliseconds

const element = id => document.getElementById(id)
const form = element('say')
const field = element('text')
const button = form.querySelector('button')
let socket

async function connect() {
  try {
    const { status } = await fetch('/me')
    if (status === 401) return showEnd()
  } catch {
    return retry() // the server cannot be reached
  }
  socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/chat`)
  socket.addEventListener('open', () => showState('Connected.', true))
  socket.addEventListener('message', ({ data }) => showMessage(JSON.parse(data)))
  socket.addEventListener('close', ({ code }) => (code === LOGIN_ENDED ? showEnd() : retry()))
}

function retry() {
  showState('Disconnected. Trying again …', false)
  setTimeout(() => void connect(), RETRY_AFTER)
}

function showEnd() {
  showState('Your sign-in has ended. ', false)
  element('state').append(
    Object.assign(document.createElement('a'), { href: '/login', textContent: 'Sign in' }),
  )
}

function showState(text, isConnected) {
  element('state').textContent = text
  field.disabled = button.disabled = !isConnected
}

function showMessage({ name, text }) {
  const item = document.createElement('li')
  item.append(Object.assign(document.createElement('strong'), { textContent: name }), ` ${text}`)
  element('messages').append(item)
}

form.addEventListener('submit', event => {
  event.preventDefault()
  socket.send(field.value)
  field.value = ''
})

void connect()
