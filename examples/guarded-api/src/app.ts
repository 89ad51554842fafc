import express, { type Express, type RequestHandler } from 'express'
import { orderApi } from './order-api.ts'
import { exampleOrders } from './orders.ts'
import { pages } from './pages.ts'

/** Makes the app: pages for people, an API for programs, over the same orders. What signs users in is handed in. */
export function createApp(...auth: RequestHandler[]): Express {
  const app = express()
  const orders = exampleOrders()
  app.use(auth)
  app.use('/api/orders', orderApi(orders))
  app.use(pages(orders))
  return app
}
