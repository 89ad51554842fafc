/** What an app and its store hold at one moment. */
export interface Sample {
  /** Bytes in the heap of the replica that is never restarted. */
  readonly heap: number
  /** Sockets, timers and the like of that replica. */
  readonly handles: number
  /** Keys in the store, and the bytes that they take. */
  readonly keys: number
  readonly bytes: number
}

type Quantity = keyof Sample

/** How a quantity has developed. */
export interface Development {
  readonly quantity: Quantity
  readonly first: number
  readonly last: number
  /** By how much it grew each minute in each half. */
  readonly slopes: readonly [first: number, second: number]
  /** The medians of the third quarter and of the last. */
  readonly third: number
  readonly fourth: number
}

/** By how much the last quarter may exceed the third, as a part of it or in number: what is measured is never quite the same. */
const LEVEL = 0.2
const SLACK = 20

/** Whether a quantity has stopped growing. */
export const isLevel = ({ third, fourth }: Development): boolean =>
  fourth - third <= Math.max(SLACK, LEVEL * third)

/** Sees how quantities have developed over samples that were taken at equal distances. */
export function develop(samples: readonly Sample[], minutesBetween: number): Development[] {
  const quantities: readonly Quantity[] = ['heap', 'handles', 'keys', 'bytes']
  return quantities.map(quantity => {
    const values = samples.map(sample => sample[quantity])
    const middle = Math.floor(values.length / 2)
    const quarter = Math.floor((values.length * 3) / 4)
    return {
      quantity,
      first: values[0] ?? 0,
      last: values.at(-1) ?? 0,
      slopes: [
        slopeOf(values.slice(0, middle)) / minutesBetween,
        slopeOf(values.slice(middle)) / minutesBetween,
      ],
      third: medianOf(values.slice(middle, quarter)),
      fourth: medianOf(values.slice(quarter)),
    }
  })
}

/** The slope of the line that fits best. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const products = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0)
  const squares = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0)
  return squares === 0 ? 0 : products / squares
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
