/** The users. A real app would use a database with hashed passwords. */
const users = [
  {
    login: 'alice',
    password: 'wonderland',
    name: 'Alice Liddell',
    email: 'alice@example.com',
    roles: ['admin'],
  },
  { login: 'bob', password: 'builder', name: 'Bob Builder', email: 'bob@example.com', roles: [] },
]

/** Finds the subject of the user with this login and password. */
export function findSubject(login: unknown, password: unknown): string | undefined {
  return users.find(user => user.login === login && user.password === password)?.login
}

/** The user's claims, depending on the granted scopes. */
export function claimsFor(subject: string, scope: readonly string[]): object {
  const user = users.find(({ login }) => login === subject)
  return {
    ...(user && scope.includes('profile') && { name: user.name, roles: user.roles }),
    ...(user && scope.includes('email') && { email: user.email, email_verified: true }),
  }
}
