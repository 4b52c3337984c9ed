// The API reference by swagger-ui, from the service's own OpenAPI document.

import { account } from "../access/account.js";
import { Me } from "../access/me.js";
import { rooted } from "../address.js";

const me = new Me();
me.read().then(() => document.querySelector("header").append(account(me.known)));

// The requests of "Try it out" go where the page came from, which may be a path behind a proxy.
const spec = await (await fetch(rooted("/openapi.json"))).json();
const root = rooted("/").replace(/\/$/, "");
if (root === "") delete spec.servers;
else spec.servers = [{ url: root }];
/* global SwaggerUIBundle */
SwaggerUIBundle({
  spec,
  dom_id: "#reference",
  // It would contact another host.
  validatorUrl: null,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
