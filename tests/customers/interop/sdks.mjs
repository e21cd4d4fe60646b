// The unchanged SDKs of Node, one after the other: node sdks.mjs HOST KEY
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [host, key] = process.argv.slice(2);

async function segment() {
  const { Analytics } = require("@segment/analytics-node");
  const client = new Analytics({ writeKey: key, host, maxRetries: 5 });
  const failed = [];
  client.on("error", (error) => failed.push(String(error.reason ?? error.code)));
  client.identify({ userId: "node-1", traits: { email: "node-1@example.com", plan: "pro" } });
  client.track({ userId: "node-1", event: "Order Paid", properties: { total: 20 } });
  client.alias({ userId: "node-1", previousId: "node-anonymous" });
  client.group({ userId: "node-1", groupId: "g1", traits: { name: "Tea Ltd" } });
  client.page({ userId: "node-1", name: "Home", category: "Shop" });
  await client.closeAndFlush({ timeout: 20000 });
  return failed;
}

async function rudder() {
  const module = require("@rudderstack/rudder-sdk-node");
  const Client = module.default ?? module;
  const client = new Client(key, { dataPlaneUrl: host });
  const failed = [];
  const done = (error) => error && failed.push(String(error));
  client.identify({ userId: "rudder-node-1", traits: { plan: "team" } }, done);
  client.track({ userId: "rudder-node-1", event: "Order Paid", properties: { total: 30 } }, done);
  client.page({ userId: "rudder-node-1", name: "Cart" }, done);
  await client.flush();
  await new Promise((resolve) => setTimeout(resolve, 400));
  return failed;
}

async function sensors() {
  const module = require("sa-sdk-node");
  const SensorsAnalytics = module.default ?? module;
  const sa = new SensorsAnalytics();
  sa.submitTo({ url: `${host}/sa?project=default&token=${key}` }, { count: 3 });
  sa.track("sa-node-device", "ViewProduct", { sku: "x" });
  sa.trackSignup("sa-node-1", "sa-node-device", { channel: "web" });
  sa.profileSet("sa-node-1", { $is_login_id: true, City: "杭州" });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  return [];
}

const failed = {};
for (const [name, use] of Object.entries({ segment, rudder, sensors })) {
  failed[name] = await use();
}
console.log(JSON.stringify(failed));
process.exit(0);
