/** What a value must be. Answers with the rule that it breaks, or `undefined`. */
export type Check = (value: unknown) => string | undefined

export const isText: Check = value => (typeof value === 'string' ? undefined : 'must be a string')
export const isFlag: Check = value => (typeof value === 'boolean' ? undefined : 'must be true or false')
export const isFunction: Check = value => (typeof value === 'function' ? undefined : 'must be a function')
export const isPositive: Check = value =>
  typeof value === 'number' && value > 0 && value < 2 ** 31
    ? undefined
    : 'must be a number above 0 and below 2,147,483,648'
export const isPath: Check = value =>
  value === false || typeof value === 'string' ? undefined : 'must be a path, or false'

export const oneOf =
  (...values: readonly string[]): Check =>
  value =>
    typeof value === 'string' && values.includes(value) ? undefined : `must be ${values.join(' or ')}`

export const isMap: Check = value => (isMapping(value) ? undefined : 'must be an object')

export const isTextMap: Check = value =>
  isMapping(value) && Object.values(value).every(member => typeof member === 'string')
    ? undefined
    : 'must be an object of strings'

export const isNames: Check = value => {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value]
  return names.length > 0 && names.every(name => typeof name === 'string' && name !== '')
    ? undefined
    : 'must be a text or an array of texts, none of them empty'
}

export const isTextList: Check = value =>
  Array.isArray(value) && value.every(member => typeof member === 'string')
    ? undefined
    : 'must be an array of strings'

export const isStore: Check = value =>
  isObject(value) && ['get', 'set', 'delete'].every(name => typeof value[name] === 'function')
    ? undefined
    : 'must have get, set and delete, as memoryStore() has'

export const isSessionStore: Check = value =>
  isObject(value) && ['get', 'destroy'].every(name => typeof value[name] === 'function')
    ? undefined
    : 'must have get and destroy, as every store of express-session has'

export const isLog: Check = value =>
  value === false || typeof value === 'function' ? undefined : 'must be a function, or false'

export const isUnauthenticatedAnswer: Check = value =>
  value === 'challenge' || typeof value === 'function' ? undefined : "must be a function, or 'challenge'"

export const isUserInfo: Check = value =>
  value === 'at-login' || value === 'lazily' || isEvery(value)
    ? undefined
    : 'must be at-login, lazily, or { every: seconds }'

const isEvery = (value: unknown): boolean =>
  isMapping(value) && Object.keys(value).join() === 'every' && isPositive(value['every']) === undefined

export function isMapping(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
