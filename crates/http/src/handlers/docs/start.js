"use strict";
SwaggerUIBundle({
  url: "api/openapi.json",
  dom_id: "#calls",
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
