/** A user of the local provider. The login is also the `sub`. */
export interface User {
  readonly login: string
  readonly password: string
  readonly claims: { readonly name: string; readonly [claim: string]: unknown }
}

/** The test users. The login page lists them, because this provider protects nothing. */
export const users: readonly User[] = [
  {
    login: 'alice',
    password: 'wonderland',
    claims: {
      name: 'Alice Liddell',
      given_name: 'Alice',
      family_name: 'Liddell',
      preferred_username: 'alice',
      email: 'alice@example.com',
      email_verified: true,
      roles: ['admin'],
    },
  },
  {
    login: 'bob',
    password: 'builder',
    claims: {
      name: 'Bob Builder',
      given_name: 'Bob',
      family_name: 'Builder',
      preferred_username: 'bob',
      email: 'bob@example.com',
      email_verified: false,
      roles: [],
    },
  },
]

/** Finds a user by login, and checks the password if there is one. */
export function findUser(login: string, password?: string): User | undefined {
  return users.find(user => user.login === login && (password === undefined || user.password === password))
}
